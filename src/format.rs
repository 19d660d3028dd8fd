//! The format number that every serialised root carries, so that files of every release load for ever.

/// Writes the number `N`; reading refuses any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Format<const N: u32>;

impl<const N: u32> serde::Serialize for Format<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(N)
    }
}

impl<'de, const N: u32> serde::Deserialize<'de> for Format<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            found if found == N => Ok(Self),
            found => Err(serde::de::Error::custom(format_args!(
                "format {found} is not readable here, only format {N}"
            ))),
        }
    }
}

//! The serialised form of a network: a format number and its rows.

use chrono::FixedOffset;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Network, NetworkBuilder, UnitRow};
use crate::format::Format;

#[derive(Serialize, Deserialize)]
struct NetworkSpec {
    format: Format<1>,
    /// Seconds east of UTC.
    offset: i32,
    /// In code order, so that a unit's id is its place.
    units: Vec<UnitRow>,
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let offset = self.offset().local_minus_utc();
        NetworkSpec { format: Format, offset, units: self.rows().collect() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = NetworkSpec::deserialize(deserializer)?;
        let offset = FixedOffset::east_opt(spec.offset)
            .ok_or_else(|| D::Error::custom("the offset is not within a day of UTC"))?;
        let builder = NetworkBuilder::new().offset(offset);
        if spec.units.is_empty() {
            return Ok(builder.build_partial().0);
        }
        builder.units(spec.units).build().map_err(D::Error::custom)
    }
}

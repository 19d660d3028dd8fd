//! The tiers of the network.

use std::fmt;

/// A tier of the network, outermost first, so that `Tier::Headquarters < Tier::Building`.
///
/// Towns and villages use the same tiers under other names; their names are read as well
/// (`township`, `village`, `grid`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Tier {
    /// A command headquarters (指挥部) of a city, county or district; may stand under another one.
    Headquarters,
    /// A subdistrict (街道) or township (乡镇).
    #[cfg_attr(feature = "serde", serde(alias = "township"))]
    Subdistrict,
    /// A community (社区) or village (村).
    #[cfg_attr(feature = "serde", serde(alias = "village"))]
    Community,
    /// A residential compound (小区) or grid (网格).
    #[cfg_attr(feature = "serde", serde(alias = "grid"))]
    Compound,
    /// A building (楼栋); households live here.
    Building,
}

impl Tier {
    /// All tiers, outermost first.
    pub const ALL: [Self; 5] =
        [Self::Headquarters, Self::Subdistrict, Self::Community, Self::Compound, Self::Building];

    /// Whether a unit of this tier may stand under a unit of the tier `parent`, or under none.
    ///
    /// A headquarters stands alone or under a headquarters; every other tier stands exactly one tier
    /// further in than its parent.
    #[must_use]
    pub const fn may_stand_under(self, parent: Option<Self>) -> bool {
        matches!(
            (parent, self),
            (None | Some(Self::Headquarters), Self::Headquarters)
                | (Some(Self::Headquarters), Self::Subdistrict)
                | (Some(Self::Subdistrict), Self::Community)
                | (Some(Self::Community), Self::Compound)
                | (Some(Self::Compound), Self::Building)
        )
    }
}

/// The name as in the serialised form.
impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Headquarters => "headquarters",
            Self::Subdistrict => "subdistrict",
            Self::Community => "community",
            Self::Compound => "compound",
            Self::Building => "building",
        })
    }
}

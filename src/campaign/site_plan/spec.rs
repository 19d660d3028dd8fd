//! The serialised form of a plan: the rows that it follows from, the groups in walking order.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Group, Heat, Rest, Rows, SamplingSite, SitePlan, SitePlanRules};
use crate::error::Problems;
use crate::format::Format;

#[derive(Serialize, Deserialize)]
struct SitePlanSpec {
    format: Format<1>,
    rules: SitePlanRules,
    sites: Vec<SamplingSite>,
    #[serde(default)]
    rests: Vec<Rest>,
    #[serde(default)]
    heat: Vec<Heat>,
    groups: Vec<Group>,
}

impl Serialize for SitePlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Rows { rules, sites, rests, heat, groups } = self.content.rows.clone();
        SitePlanSpec { format: Format, rules, sites, rests, heat, groups }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SitePlan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let SitePlanSpec { rules, sites, rests, heat, groups, .. } =
            SitePlanSpec::deserialize(deserializer)?;
        let rows = Rows { rules, sites, rests, heat, groups };
        // Which buildings there are, and how one walks past them, was settled when the plan was made.
        Problems::check(rows.problems(|_| false)).map_err(D::Error::custom)?;
        Ok(rows.freeze())
    }
}

//! The serialised form of a trace: what no trace of an investigation can hold is refused.

use super::{
    Case, Change, Direction, Investigation, PersonId, PlaceId, Reason, Step, Timestamp, Trace,
    Venue, better,
};
use crate::contact::round::groups;
use crate::format::Format;

#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Spec {
    format: Format<1>,
    investigation: Investigation,
    changes: Vec<Change>,
}

/// The serialised form of a change. The first files had no reason: a place stood for itself, and none
/// for a link.
#[derive(serde::Deserialize)]
pub(super) struct ChangeSpec {
    person: PersonId,
    round: u32,
    group: u32,
    time: Timestamp,
    source: PersonId,
    place: Option<PlaceId>,
    #[serde(default)]
    reason: Option<Reason>,
    #[serde(default)]
    outer_bound: bool,
}

impl From<ChangeSpec> for Change {
    fn from(spec: ChangeSpec) -> Self {
        let ChangeSpec { person, round, group, time, source, place, reason, outer_bound } = spec;
        let told = place.map_or(Reason::DirectContact, |_| Reason::SharedPlace);
        let reason = reason.unwrap_or(told);
        Self { person, round, group, time, source, place, reason, outer_bound }
    }
}

fn step(change: &Change, base: i64, places: u32) -> Option<Step> {
    let after = change.time.seconds().checked_sub(base)?;
    let venue = match (change.reason, change.place) {
        (Reason::SharedPlace, Some(place)) => Venue::Place(place.get()),
        (Reason::DirectContact, None) => Venue::Link,
        (Reason::Household, None) => Venue::Household(0),
        (Reason::Cumulative, None) => Venue::Together,
        _ => return None,
    };
    Some(Step {
        person: change.person.get(),
        round: change.round,
        group: change.group,
        time: u32::try_from(after).ok()?,
        source: change.source.get(),
        venue: venue.code(places)?,
    })
}

impl serde::Serialize for Trace {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let investigation = self.investigation.clone();
        let changes = self.steps.iter().map(|step| self.change(step)).collect();
        Spec { format: Format, investigation, changes }.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Trace {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spec { investigation, changes, .. } = Spec::deserialize(deserializer)?;
        investigation.check(u32::MAX).map_err(serde::de::Error::custom)?;
        let base = changes.iter().map(|change| change.time).min();
        let base = base.map_or(0, Timestamp::seconds);
        let places = changes.iter().filter_map(|change| change.place).max();
        let places = places.map_or(0, |last| last.get().saturating_add(1));
        let steps = changes.iter().map(|change| step(change, base, places));
        let mut steps = steps.collect::<Option<Vec<Step>>>().ok_or_else(|| {
            serde::de::Error::custom(
                "a change by no rule, or further from others than an index can hold",
            )
        })?;
        steps.sort_unstable();
        let trace = Self::new(investigation, (base, places), vec![steps], &());
        let bounds = changes.iter().filter(|change| change.outer_bound);
        let mut bounds: Vec<Step> =
            bounds.filter_map(|change| step(change, base, places)).collect();
        bounds.sort_unstable();
        let trace = trace.map_err(serde::de::Error::custom)?.with_outer_bounds(bounds);
        match trace.broken() {
            None => Ok(trace),
            Some(change) => Err(serde::de::Error::custom(format_args!(
                "round {} of {:?} cannot have happened",
                change.round, change.person
            ))),
        }
    }
}

impl Trace {
    /// A change that no trace of this investigation makes, whatever the index: the first one found.
    fn broken(&self) -> Option<Change> {
        let (protocol, groups) = (self.investigation.protocol(), groups(&self.investigation));
        let cases = groups.iter().flatten();
        let mut cases: Vec<PersonId> = cases.map(|case| case.person).collect();
        cases.sort_unstable();
        let betters = |old: Timestamp, new: Timestamp| {
            old != new && better(protocol.direction(), old, new) == new
        };
        let mut last: Option<Change> = None;
        self.steps.iter().map(|step| self.change(step)).find(|change| {
            let known = cases.binary_search(&change.person).is_ok();
            let in_limits = (1..=protocol.tiers()).contains(&change.round);
            let again = last.is_some_and(|last| {
                (last.person, last.round, last.group) == (change.person, change.round, change.group)
            });
            last = Some(*change);
            let worse = self
                .label(change.person, change.group, change.round.saturating_sub(1))
                .is_some_and(|before| !betters(before.time, change.time));
            let allowed = match change.reason {
                Reason::Household => protocol.household_contacts(),
                Reason::Cumulative => protocol.cumulative().is_some(),
                _ => true,
            };
            let possible = allowed && self.follows(change, &groups);
            known || !in_limits || again || worse || !possible
        })
    }

    /// Whether the source carries in time for a change: it is a case of the group, or changed in the
    /// round before (whoever did not had offered the same contact a round earlier).
    fn follows(&self, change: &Change, groups: &[Vec<Case>]) -> bool {
        let protocol = self.investigation.protocol();
        let latency = i64::from(protocol.latency());
        let Some(cases) = groups.get(change.group as usize) else { return false };
        let case = cases.binary_search_by_key(&change.source, |case| case.person);
        let case = case.ok().map(|at| &cases[at]).filter(|_| change.round == 1);
        let label = self
            .label(change.source, change.group, change.round.saturating_sub(1))
            .filter(|label| label.round + 1 == change.round)
            .filter(|label| change.outer_bound || !label.outer_bound);
        match protocol.direction() {
            Direction::Forward => {
                let from_case = case.is_some_and(|case| case.from <= change.time);
                let carries = |label: Change| label.time.saturating_add(latency);
                from_case || label.is_some_and(|label| carries(label) <= change.time)
            }
            Direction::Backward => {
                let to_case = case.is_some_and(|case| {
                    case.from <= change.time && case.until.is_none_or(|until| change.time < until)
                });
                let exposed = |label: Change| label.time.saturating_add(-latency);
                to_case || label.is_some_and(|label| change.time <= exposed(label))
            }
        }
    }
}

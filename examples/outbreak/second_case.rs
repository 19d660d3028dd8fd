//! A second case, which is constructed: a close contact tests positive in quarantine, while some visits
//! of the days before come late. The trace goes on from where it was.

use epitier::PersonId;
use epitier::contact::{Case, ContactIndex, Investigation, Trace};

use super::investigation::{case, protocol};
use super::scenario::{City, Outcome, Records};
use super::tables::Tables;

/// The second case, as the tables call them.
const SECOND: &str = "rider-31";

/// What is known and asked once the second case has arrived.
pub(crate) struct SecondCase {
    pub(crate) case: Case,
    /// Everything on record, the late visits too.
    pub(crate) index: ContactIndex,
    investigation: Investigation,
    /// Of whom a visit came late.
    pub(crate) revised: Vec<PersonId>,
}

impl SecondCase {
    /// Adds the late visits to a copy of the index, and the case to the question of the first trace. As
    /// the child, the case carries from the look-back on, though not before any exposure.
    pub(crate) fn new(
        tables: &Tables,
        city: &City,
        records: &Records,
        index: &ContactIndex,
        trace: &Trace,
    ) -> Outcome<Self> {
        let stated = case(tables, city, SECOND, protocol())?;
        let exposed = trace.get(stated.person).ok_or("the second case is no contact")?.earliest;
        let case = Case { from: stated.from.max(exposed.saturating_add(1)), ..stated };
        let mut revised: Vec<PersonId> =
            records.late_visits.iter().map(|visit| visit.person).collect();
        revised.sort_unstable();
        revised.dedup();
        Ok(Self {
            case,
            index: records.with_late(index)?,
            investigation: trace.investigation().clone().with_cases([case]),
            revised,
        })
    }

    /// Goes on from the first trace.
    pub(crate) fn resume(&self, old: &Trace) -> Outcome<Trace> {
        let revised = self.revised.iter().copied();
        Ok(self.index.resume(old, &self.investigation, revised, &())?)
    }

    /// Traces the same without the first trace.
    pub(crate) fn afresh(&self) -> Outcome<Trace> {
        Ok(self.index.trace(&self.investigation, &())?)
    }
}

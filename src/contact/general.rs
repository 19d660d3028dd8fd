//! General contacts (一般接触者): there with a case, but below the threshold.

use super::all_evidence::gather;
use super::chunks::chunks;
use super::encounter::Encounters;
use super::index::ContactIndex;
use super::investigation::{Investigation, InvestigationError};
use super::record::Setting;
use super::summary::ExposureSummary;
use super::trace::Trace;
use crate::error::Stopped;
use crate::id::PersonId;
use crate::watch::Watch;

impl Trace {
    /// Everybody who shared a place, a home or a link with a case in its window for any time at all, but whom the
    /// trace did not reach: by person, each with what their exposures add up to.
    ///
    /// Direction, lag, cases and isolations are those of the trace; no minimum overlap holds. Two visits
    /// that only touch are still no contact. `index` is the one that was traced.
    ///
    /// # Cost
    ///
    /// A trace of one tier without thresholds, and the exposures of those who are listed.
    ///
    /// # Determinism
    ///
    /// The same for any number of threads.
    ///
    /// # Errors
    ///
    /// [`Stopped::Cancelled`]; [`Stopped::Refused`] on an index that does not know the cases.
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::contact::{Case, ContactIndexBuilder, Investigation, Link, Protocol};
    /// use epitier::{PersonId, Timestamp};
    ///
    /// let zero = Timestamp::from_seconds(0);
    /// let talk = |b, seconds| Link {
    ///     a: PersonId::new(0),
    ///     b: PersonId::new(b),
    ///     start: zero,
    ///     end: Timestamp::from_seconds(seconds),
    ///     one_way: false,
    /// };
    /// let index = ContactIndexBuilder::new(3, 0).links([talk(1, 60), talk(2, 900)]).build(&())?;
    /// let case = Case { person: PersonId::new(0), from: zero, until: None };
    /// let protocol = Protocol::new().with_min_overlap(900);
    /// let trace = index.trace(&Investigation::new(protocol).with_cases([case]), &())?;
    ///
    /// let general = trace.general_contacts(&index, &())?;
    /// assert_eq!(general.len(), 1);
    /// assert_eq!((general[0].person, general[0].seconds), (PersonId::new(1), 60));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn general_contacts(
        &self,
        index: &ContactIndex,
        watch: &dyn Watch,
    ) -> Result<Vec<ExposureSummary>, Stopped<InvestigationError>> {
        let stated = self.investigation();
        let protocol = stated.protocol().with_tiers(1).with_min_overlap(0).with_cumulative(None);
        let protocol = Setting::ALL
            .into_iter()
            .fold(protocol, |protocol, setting| protocol.with_min_overlap_in(setting, 0));
        let anything = Investigation::new(protocol)
            .with_cases(stated.cases().iter().copied())
            .with_isolations(stated.isolations().iter().copied());
        let trace = index.trace(&anything, watch)?;
        let mut listed = vec![false; index.people() as usize];
        for chunk in chunks(self.people().len()) {
            watch.check()?;
            for traced in &self.people()[chunk] {
                if let Some(listed) = listed.get_mut(traced.person.index()) {
                    *listed = true;
                }
            }
        }
        let unlisted = |person: PersonId| !listed[person.index()];
        let evidence = gather(&Encounters::new(&trace, index, unlisted, watch)?, index, watch)?;
        Ok(evidence.summaries().collect())
    }
}

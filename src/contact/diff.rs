//! What changed from one trace to another, and why.

use super::investigation::Case;
use super::trace::{Trace, Traced};
use crate::id::PersonId;

/// Why somebody's place in a trace changed. The first that holds, in the order of this list.
///
/// A cause is read off the two traces alone; it does not know whether data, rules or cases changed.
/// A source *changed* if its tier, its times or its window as a case differ between the traces.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Cause {
    /// Is a case now, and was none.
    BecameCase,
    /// Came: the source that reached them was not in the old trace.
    SourceCame,
    /// Came: their source was there and has changed.
    SourceCarriesMore,
    /// Came: their source is as it was; a contact with it is new or counts now.
    NewContact,
    /// Was a case, and is not in the trace any more.
    CaseWithdrawn,
    /// Went: their source went.
    SourceWent,
    /// Went: their source is still there and has changed.
    SourceCarriesLess,
    /// Went: their source is as it was; the contact with it is gone or does not count any more.
    ContactGone,
    /// Was a case and is none, but is still in the trace.
    CeasedToBeCase,
    /// A case in both, with another window.
    WindowChanged,
    /// In a lower tier than before.
    NearerTier,
    /// In a higher tier than before.
    FartherTier,
    /// The first exposure is earlier; or it is the same, and the earliest among all chains is earlier.
    EarlierExposure,
    /// The first exposure is later; or it is the same, and the earliest among all chains is later.
    LaterExposure,
    /// Only the source, the place or the rule of the first exposure differs.
    OtherSource,
}

/// One person whose row differs between two traces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Difference {
    /// Who.
    pub person: PersonId,
    /// Why.
    pub cause: Cause,
    /// The row before; `None` for somebody who came.
    pub old: Option<Traced>,
    /// The row now; `None` for somebody who went.
    pub new: Option<Traced>,
}

impl Trace {
    /// Who came, who went and who changed from `old` to `new`, by person; whoever is the same in both
    /// is left out.
    ///
    /// Both are to run in the same direction; backward, earlier and later mean the times as they stand.
    ///
    /// # Cost
    ///
    /// The rows of both traces, sorted by person.
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::contact::{
    ///     Case, Cause, ContactIndexBuilder, Investigation, Link, Protocol, Trace,
    /// };
    /// use epitier::{PersonId, Timestamp};
    ///
    /// let zero = Timestamp::from_seconds(0);
    /// let talk =
    ///     Link { a: PersonId::new(0), b: PersonId::new(1), start: zero, end: zero, one_way: false };
    /// let index = ContactIndexBuilder::new(2, 0).links([talk]).build(&())?;
    /// let nobody = Investigation::new(Protocol::new());
    /// let case = Case { person: PersonId::new(0), from: zero, until: None };
    /// let old = index.trace(&nobody, &())?;
    /// let new = index.trace(&nobody.with_cases([case]), &())?;
    ///
    /// let causes: Vec<_> = Trace::diff(&old, &new).iter().map(|row| row.cause).collect();
    /// assert_eq!(causes, [Cause::BecameCase, Cause::SourceCame]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn diff(old: &Self, new: &Self) -> Vec<Difference> {
        let (before, after) = (Standings::of(old), Standings::of(new));
        let mut people: Vec<PersonId> = before.people().chain(after.people()).collect();
        people.sort_unstable();
        people.dedup();
        let row = |person| {
            let (old, new) = (before.get(person), after.get(person));
            let cause = cause(&before, &after, old, new)?;
            let row = |standing: Standing| standing.traced;
            Some(Difference { person, cause, old: old.map(row), new: new.map(row) })
        };
        people.into_iter().filter_map(row).collect()
    }
}

/// A person's row and, for a case, the window.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Standing {
    traced: Traced,
    window: Option<Case>,
}

impl Standing {
    /// Whether others see the same: only the way in which the person was reached may differ.
    fn carries_like(&self, other: &Self) -> bool {
        let seen = |row: &Self| {
            let Traced { tier, first_exposure, earliest, .. } = row.traced;
            (tier, first_exposure, earliest, row.window)
        };
        seen(self) == seen(other)
    }
}

/// The people of a trace, by person.
struct Standings(Vec<Standing>);

impl Standings {
    fn of(trace: &Trace) -> Self {
        let mut cases = trace.investigation().cases().to_vec();
        cases.sort_unstable();
        let standing = |&traced: &Traced| {
            let window = cases.binary_search_by_key(&traced.person, |case| case.person);
            Standing { traced, window: window.ok().map(|at| cases[at]) }
        };
        let mut rows: Vec<Standing> = trace.people().iter().map(standing).collect();
        rows.sort_unstable_by_key(|row| row.traced.person);
        Self(rows)
    }

    fn people(&self) -> impl Iterator<Item = PersonId> {
        self.0.iter().map(|row| row.traced.person)
    }

    fn get(&self, person: PersonId) -> Option<Standing> {
        let at = self.0.binary_search_by_key(&person, |row| row.traced.person);
        at.ok().map(|at| self.0[at])
    }
}

/// Why a person's rows differ; `None` if they do not.
fn cause(
    before: &Standings,
    after: &Standings,
    old: Option<Standing>,
    new: Option<Standing>,
) -> Option<Cause> {
    let came = |new: Standing| match new.traced.source {
        None => Cause::BecameCase,
        Some(source) => match (before.get(source), after.get(source)) {
            (None, _) => Cause::SourceCame,
            (Some(was), Some(is)) if was.carries_like(&is) => Cause::NewContact,
            _ => Cause::SourceCarriesMore,
        },
    };
    let went = |old: Standing| match old.traced.source {
        None => Cause::CaseWithdrawn,
        Some(source) => match (before.get(source), after.get(source)) {
            (_, None) => Cause::SourceWent,
            (Some(was), Some(is)) if was.carries_like(&is) => Cause::ContactGone,
            _ => Cause::SourceCarriesLess,
        },
    };
    match (old, new) {
        (None, None) => None,
        (None, Some(new)) => Some(came(new)),
        (Some(old), None) => Some(went(old)),
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) => Some(changed(&old, &new)),
    }
}

/// Why somebody's rows in both traces differ.
fn changed(old: &Standing, new: &Standing) -> Cause {
    let times = |row: &Standing| (row.traced.first_exposure, row.traced.earliest);
    match (old.window, new.window) {
        (None, Some(_)) => Cause::BecameCase,
        (Some(_), None) => Cause::CeasedToBeCase,
        (Some(_), Some(_)) => Cause::WindowChanged,
        (None, None) if new.traced.tier < old.traced.tier => Cause::NearerTier,
        (None, None) if new.traced.tier > old.traced.tier => Cause::FartherTier,
        (None, None) if times(new) < times(old) => Cause::EarlierExposure,
        (None, None) if times(new) > times(old) => Cause::LaterExposure,
        (None, None) => Cause::OtherSource,
    }
}

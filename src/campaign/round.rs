//! A round: its frozen list, its journal, and what it answers.

use std::fmt;
use std::sync::Arc;

use super::book::{Book, Bytes};
use super::gap::Earlier;
use super::plan::Frozen;
use super::{
    Entry, EntryError, EventId, Exemption, Filed, Filing, NotGrown, Outcome, Receipt, RoundKind,
    RoundPlan, Subject, Target,
};
use crate::id::UnitId;
use crate::interval::Timestamp;
use crate::population::{Population, Positions};
use crate::watch::{Cancelled, Progress, Watch};

/// Entries of a batch between two looks at the watch.
const STRETCH: usize = 1 << 16;

/// One round of a campaign; see the [module](super).
///
/// A clone shares everything. Recording with one clone leaves the others as they are, and copies only the
/// pieces that it writes to.
#[derive(Clone)]
pub struct Round {
    pub(super) number: u32,
    pub(super) kind: RoundKind,
    pub(super) deadline: Option<Timestamp>,
    pub(super) units: Arc<[UnitId]>,
    /// By target.
    pub(super) exemptions: Arc<[Exemption]>,
    /// The gaps of the round before, in walking order.
    pub(super) carried: Arc<[Earlier]>,
    pub(super) book: Book,
}

/// How a target stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Standing {
    /// Not on the list, or no longer.
    NotListed,
    /// Reached.
    Reached,
    /// Exempt, by the plan or as a visit found, and not reached all the same.
    Exempt,
    /// Neither.
    Gap,
}

/// What is known of a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Status {
    /// How it stands.
    pub standing: Standing,
    /// The outcome of the last visit that counts.
    pub last: Option<Outcome>,
    /// How often somebody tried, as far as it counts.
    pub tries: u32,
    /// Whether it was a gap of the round before.
    pub carried: bool,
}

impl Round {
    pub(super) fn new(
        number: u32,
        plan: &RoundPlan,
        frozen: Frozen,
        carried: Vec<Earlier>,
    ) -> Self {
        let mut book = frozen.book;
        book.share();
        Self {
            number,
            kind: plan.kind,
            deadline: plan.deadline,
            units: plan.units.as_slice().into(),
            exemptions: frozen.exemptions.into(),
            carried: carried.into(),
            book,
        }
    }

    /// The number of the round, from 1 on.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What the round is for.
    #[must_use]
    pub fn kind(&self) -> RoundKind {
        self.kind
    }

    /// What the target list consists of.
    #[must_use]
    pub fn subject(&self) -> Subject {
        self.book.frame().subject
    }

    /// The units within which the targets live, as the plan gave them.
    #[must_use]
    pub fn units(&self) -> &[UnitId] {
        &self.units
    }

    /// The first second at which a visit is not early.
    #[must_use]
    pub fn opens(&self) -> Timestamp {
        self.book.frame().opens
    }

    /// The first second at which a visit is late.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    /// The first second at which whatever is received goes to the late ledger; `None` while the round is open.
    #[must_use]
    pub fn closed(&self) -> Option<Timestamp> {
        self.book.closed()
    }

    /// The people of the round.
    #[must_use]
    pub fn population(&self) -> &Population {
        self.book.population()
    }

    /// The exemptions of the plan, by target.
    #[must_use]
    pub fn exemptions(&self) -> &[Exemption] {
        &self.exemptions
    }

    /// The frozen list, by position. O(n) for n people.
    pub fn frozen(&self) -> impl Iterator<Item = Target> {
        let cells = (0..).zip(self.book.cells().iter());
        cells.filter(|(_, cell)| cell.is_frozen()).filter_map(|(at, _)| self.target_at(at))
    }

    /// Takes an entry, unless it cannot be one of this round.
    ///
    /// An entry that is there already changes nothing, and is answered as it was the first time.
    ///
    /// # Cost
    ///
    /// O(1) but for the entries that name the same target or correct the same visit, which are at most 255;
    /// O(n) for n entries where the entry closes the round before some of them.
    ///
    /// # Errors
    ///
    /// [`EntryError`]; the round is then as it was.
    pub fn record(&mut self, entry: &Entry) -> Result<Receipt, EntryError> {
        let answer = self.book.record(entry);
        self.book.share();
        answer
    }

    /// Takes a batch of entries one by one, each with an answer of its own.
    ///
    /// # Errors
    ///
    /// [`Cancelled`]; the round is then as it was. A batch of 65,536 entries or fewer is not asked.
    pub fn record_all(
        &mut self,
        entries: &[Entry],
        watch: &dyn Watch,
    ) -> Result<Vec<Result<Receipt, EntryError>>, Cancelled> {
        let mut answers = Vec::with_capacity(entries.len());
        let before = (entries.len() > STRETCH).then(|| self.clone());
        self.book.reserve(entries.len());
        for stretch in entries.chunks(STRETCH) {
            if let Some(before) = &before {
                let (done, total) = (answers.len() as u64, entries.len() as u64);
                watch.progress(Progress { stage: "record entries", done, total });
                if let Err(cancelled) = watch.check() {
                    *self = before.clone();
                    return Err(cancelled);
                }
            }
            self.book.record_all(stretch, &mut answers);
        }
        self.book.share();
        Ok(answers)
    }

    /// Takes a population in which more people have been [registered](Population::register), so that they
    /// can join the list. Nobody joins without an entry.
    ///
    /// # Cost
    ///
    /// O(t + s) for t newcomers and s targets whom the population did not have; O(n) for n people where the
    /// populations share nothing.
    ///
    /// # Errors
    ///
    /// [`NotGrown`] where somebody's position has changed, as in a rebuilt population: that is for the next round.
    pub fn grow(&mut self, population: &Population) -> Result<(), NotGrown> {
        if !population.extends(self.population()) {
            return Err(NotGrown);
        }
        self.book.grow(population);
        self.book.share();
        Ok(())
    }

    /// How many entries there are.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.book.len()
    }

    /// All entries by time of receipt and event id, each with where it stands: to record them anew gives the
    /// same round. O(n log n).
    #[must_use]
    pub fn entries(&self) -> Vec<Filed> {
        self.sorted(|_| true)
    }

    /// The entries that stand so, by time of receipt and event id: the list of the repeated ones, the late
    /// ledger and so on. O(n + k log k) for k of n entries.
    #[must_use]
    pub fn filed(&self, filing: Filing) -> Vec<Entry> {
        self.sorted(|found| found == filing).into_iter().map(|filed| filed.entry).collect()
    }

    fn sorted(&self, keep: impl Fn(Filing) -> bool) -> Vec<Filed> {
        let rows = self.book.sorted(|row| keep(row.filing()));
        rows.into_iter().filter_map(|at| self.book.filed(at)).collect()
    }

    /// The entry with an event id, and where it stands. O(1).
    #[must_use]
    pub fn find(&self, event: EventId) -> Option<Filed> {
        self.book.find(event)
    }

    /// The entries that name a target, by time of receipt and event id. O(k log k) for k of them.
    #[must_use]
    pub fn history(&self, target: Target) -> Vec<Filed> {
        if target.subject() != self.subject() {
            return Vec::new();
        }
        let rows = self.book.named(target.number());
        let mut filed: Vec<Filed> = rows.filter_map(|(at, _)| self.book.filed(at)).collect();
        filed.sort_unstable_by_key(|filed| (filed.entry.received, filed.entry.event));
        filed
    }

    /// What is known of a target; `None` for somebody whom the population does not have. O(log n) for n people.
    #[must_use]
    pub fn status(&self, target: Target) -> Option<Status> {
        let number = target.number();
        let position = self.book.position(number).filter(|_| target.subject() == self.subject())?;
        let cell = self.book.cells().get(position);
        Some(Status {
            standing: cell.standing(),
            last: cell.last(),
            tries: self.book.tries(number, cell.tries()),
            carried: cell.is_carried(),
        })
    }

    /// The bytes of memory held.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.book.bytes()
    }

    /// The positions of what the list consists of in a unit.
    pub(super) fn positions(&self, unit: UnitId) -> Positions<'_> {
        match self.subject() {
            Subject::Households => self.population().household_positions(unit),
            Subject::Residents => self.population().resident_positions(unit),
        }
    }

    fn target_at(&self, position: usize) -> Option<Target> {
        match self.subject() {
            Subject::Households => {
                self.population().household_at(position).map(|home| Target::Household(home.id))
            }
            Subject::Residents => self.population().person_at(position).map(Target::Person),
        }
    }
}

/// The same plan for the same people, and the same set of entries; everything else follows from these. The
/// answers that were given do not count.
impl PartialEq for Round {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
            && self.kind == other.kind
            && self.deadline == other.deadline
            && self.units == other.units
            && self.exemptions == other.exemptions
            && self.carried == other.carried
            && self.book.frame() == other.book.frame()
            && self.population() == other.population()
            && self.frozen().eq(other.frozen())
            && self.entries() == other.entries()
    }
}

impl Eq for Round {}

/// Shows the number of the round and how many entries it has.
impl fmt::Debug for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Round")
            .field("number", &self.number)
            .field("kind", &self.kind)
            .field("entries", &self.entry_count())
            .finish_non_exhaustive()
    }
}

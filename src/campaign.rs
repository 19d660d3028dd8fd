//! Rounds over a target list, recorded visit by visit, that end in a gap list: no household missed, no
//! person missed.
//!
//! Mass testing, a door-to-door survey, a vaccination census, disinfection and help in daily life are one
//! idea: a [`Round`] over a frozen list of households or residents. A [`Campaign`] is a sequence of such
//! rounds, each of which starts from the gaps of the one before.
//!
//! # What a round is
//!
//! A round has a plan ([`RoundPlan`]) and a journal. The plan is checked once and frozen: the targets, the
//! exemptions with their reasons, the opening, and a deadline where there is one. The journal is a *set* of
//! entries ([`Entry`]). Each carries the host's event id and the time at which the headquarters received it;
//! it says that somebody was sought ([`Act::Visit`]), that such a visit was other than recorded
//! ([`Act::Amend`]) or did not take place ([`Act::Void`]), that somebody joins or leaves the list
//! ([`Act::Change`]), or that the round is closed ([`Act::Close`]).
//!
//! **Everything that a round answers is a function of the plan, the population and the set of entries.** The
//! order in which entries come does not matter: a correction may come before what it corrects, a visit
//! before the newcomer whom it reached, the closing before all of them. Only the [`Receipt`] of an entry
//! says what was known at that moment.
//!
//! An entry whose event id is there already changes nothing: it is answered as it was the first time if it
//! says the same, and refused if it says something else ([`EntryError::EventReused`]). A refused entry is not
//! in the set.
//!
//! # What follows from the entries
//!
//! Let *closed* be the least time of receipt of all closings, if there is any.
//!
//! 1. **In time** is what was received before *closed*, and the closing itself. The rest is in the late
//!    ledger ([`Filing::Ledger`]) and has no effect whatever: the figures of a closed round are final.
//!    What follows is about entries in time.
//! 2. **Corrections.** Of the corrections of a visit, the last one by (time of receipt, event id) stands: a
//!    voiding, or a visit in place of the first, perhaps to another target. The visit and the other
//!    corrections are [`Filing::Superseded`]. A correction of what is no visit in time is
//!    [`Filing::Pending`].
//! 3. **The list.** A target is on it as its last change by (time, event id) says, or, without a change, if it
//!    was on the frozen list. So `frozen + joined - left = targets` at any time. Only those whom the
//!    population has can be listed; register newcomers there, [`grow`](Round::grow) the round, and record
//!    the change.
//! 4. **Visits** that stand count, unless the target never was on the list ([`Filing::Orphan`]), the visit
//!    was before the opening ([`Filing::Early`]), or comes after the first visit, by (time, event id), with
//!    the outcome [`Outcome::Done`] ([`Filing::Repeated`]). A visit at or after the deadline counts and is listed
//!    ([`Filing::Late`]).
//! 5. **Standing.** A target is *reached* if a visit that counts is done; else *exempt* if the plan says so or
//!    a visit that counts [found it so](Outcome::exempts); else it is a *gap*. So
//!    `reached + exempt + unreached = targets`, for every unit of every tier. Its *last reason* is the outcome of
//!    the last visit that counts, by (time, event id); its *tries* are the visits that count but for
//!    [`Outcome::TeamDidNotCome`]. Visits to somebody who has left stay what they are, and are in no figure.
//!
//! # The next round
//!
//! A round opens when the one before is closed. The gaps of that one, as they are at that moment, are carried
//! over: they come first in [`Round::gaps`], and [`Round::earlier_gaps`] says what has become of each.
//!
//! # Readers and a writer
//!
//! A clone shares everything, and recording copies the pieces that it writes to. So a service records on one
//! clone while readers go on with another.
//!
//! # Kinds
//!
//! What is recorded beside rounds goes into a [`Journal`] of its own, and a register of its kind is read from it
//! as of a time. Who has been reached stands in a round all the same.
//!
//! - [`site_plan`]: who is called to which sampling site when, so that no queue grows too long
//! - [`samples`]: tubes, pools, results and what follows for the people
//! - [`survey`]: what was said at the doors; [`census`]: what that means for vaccination
//! - [`checks`] at a checkpoint, and nobody passes uncounted
//! - [`disinfection`] of the places where cases were
//! - [`services`] and deliveries; [`needs`] with their owners and deadlines
//!
//! # Ids from elsewhere
//!
//! No query panics for an id that is not in here: it returns `None`, zeros or nothing.
//!
//! # Examples
//!
//! ```
//! use epitier::campaign::{
//!     Campaign, Entry, EventId, Filing, Outcome, RoundKind, RoundPlan, Subject, Target, Visit,
//! };
//! use epitier::network::{NetworkBuilder, Tier, UnitRow};
//! use epitier::population::{Household, PopulationBuilder};
//! use epitier::{HouseholdId, ResponderId, Timestamp};
//!
//! let network = NetworkBuilder::new()
//!     .unit(UnitRow::new("hq", "County", Tier::Headquarters))
//!     .unit(UnitRow::new("town", "Town", Tier::Subdistrict).under("hq"))
//!     .unit(UnitRow::new("village", "Village", Tier::Community).under("town"))
//!     .unit(UnitRow::new("grid", "Grid", Tier::Compound).under("village"))
//!     .unit(UnitRow::new("tower", "Tower", Tier::Building).under("grid"))
//!     .build()?;
//! let (village, tower) = (network.unit("village"), network.unit("tower"));
//! let (village, tower) = village.zip(tower).ok_or("no such unit")?;
//! let homes = (0..3).map(|door| Household { door, ..Household::new(HouseholdId::new(door), tower) });
//! let population = PopulationBuilder::new(&network).households(homes).build(&())?;
//!
//! let opens: Timestamp = "2021-08-02T06:00:00+08:00".parse()?;
//! let at = |minutes: i64| opens.saturating_add(60 * minutes);
//! let home = |number| Target::Household(HouseholdId::new(number));
//! let plan = RoundPlan::new(RoundKind::Survey, opens).unit(village);
//! let mut campaign = Campaign::new(Subject::Households);
//! let round = campaign.open(&population, &plan, &())?;
//!
//! let responder = ResponderId::new(68);
//! let seen = Visit::new(home(0), at(10), responder, Outcome::Done);
//! let away = Visit::new(home(2), at(15), responder, Outcome::Absent);
//! round.record(&Entry::visit(EventId::new(1), at(11), seen))?;
//! round.record(&Entry::visit(EventId::new(2), at(16), away))?;
//! let again = round.record(&Entry::visit(EventId::new(2), at(16), away))?;
//! assert!(again.retried && again.filing == Filing::Stands);
//!
//! let coverage = round.coverage(village);
//! assert_eq!((coverage.targets, coverage.reached, coverage.unreached), (3, 1, 2));
//! let gaps = round.gaps(village);
//! assert_eq!((gaps[0].target, gaps[0].reason), (home(1), None));
//! assert_eq!((gaps[1].target, gaps[1].reason), (home(2), Some(Outcome::Absent)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod book;
mod cell;
pub mod census;
pub mod checks;
mod chunked;
mod coverage;
pub mod disinfection;
mod entry;
mod error;
mod event_index;
mod findings;
mod gap;
mod journal;
pub mod needs;
mod plan;
mod round;
mod row;
pub mod samples;
pub mod services;
pub mod site_plan;
#[cfg(feature = "serde")]
mod spec;
pub mod survey;

pub use self::book::Bytes;
pub use self::coverage::Coverage;
pub use self::entry::{
    Act, Cause, Change, Channel, Entry, EventId, Filed, Filing, Outcome, Receipt, Subject, Target,
    Visit,
};
pub use self::error::{CampaignError, EntryError, NotGrown};
pub use self::gap::{Earlier, Gap};
pub use self::journal::{Journal, JournalError, Line, Recorded, Says, Stated};
pub use self::plan::{Exemption, Reason, RoundKind, RoundPlan};
pub use self::round::{Round, Standing, Status};
use crate::error::{Problems, Stopped};
use crate::id::dense;
use crate::population::Population;
use crate::watch::Watch;

/// Rounds over households or over residents, numbered from 1; see the [module](self).
///
/// A clone shares everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    subject: Subject,
    rounds: Vec<Round>,
}

impl Campaign {
    /// A campaign without a round.
    #[must_use]
    pub const fn new(subject: Subject) -> Self {
        Self { subject, rounds: Vec::new() }
    }

    /// What the target lists consist of.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        self.subject
    }

    /// Opens the next round over the people as they are now, who may live on a redrawn network, and carries
    /// over the gaps of the round before.
    ///
    /// # Cost
    ///
    /// O(n) for n people, O(e log e) for e exemptions.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every problem of the plan: times, units, targets, exemptions, each in row
    /// order; or because the round before is [still open](CampaignError::StillOpen). [`Stopped::Cancelled`].
    pub fn open(
        &mut self,
        population: &Population,
        plan: &RoundPlan,
        watch: &dyn Watch,
    ) -> Result<&mut Round, Stopped<CampaignError>> {
        self.may_open()?;
        let carried = self.rounds.last().map(Round::all_gaps).unwrap_or_default();
        let frozen = plan.freeze(population, self.subject, &carried, watch)?;
        let at = self.rounds.len();
        self.rounds.push(Round::new(dense(at + 1), plan, frozen, carried));
        Ok(&mut self.rounds[at])
    }

    fn may_open(&self) -> Result<(), Problems<CampaignError>> {
        let open = self.rounds.last().filter(|round| round.closed().is_none());
        Problems::check(
            open.map(|last| CampaignError::StillOpen { round: last.number }).into_iter().collect(),
        )
    }

    /// The rounds in order.
    #[must_use]
    pub fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    /// The round with a number, from 1 on.
    #[must_use]
    pub fn round(&self, number: u32) -> Option<&Round> {
        self.rounds.get(place(number)?)
    }

    /// The round with a number, to record entries.
    #[must_use]
    pub fn round_mut(&mut self, number: u32) -> Option<&mut Round> {
        self.rounds.get_mut(place(number)?)
    }
}

/// The place of the round with a number.
fn place(number: u32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

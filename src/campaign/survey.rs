//! The register of a door-to-door survey (《小区入户摸排登记表》): who returned from where, vaccination, symptoms,
//! mobility, suspicious persons, newcomers.
//!
//! Whoever asks at a door puts one [`SurveyAct`] for each answer into a [`Journal`](super::Journal): about a
//! household or a person, when, by whom, in which round. A [`SurveyRegister`] is what all of that comes to as of a
//! time; it is a function of the journal, the population and that time, and of nothing else.
//!
//! Who has not been asked yet is no question to the register: that is the gap list of the
//! [round](super::Round::gaps).
//!
//! # What the register says
//!
//! 1. An act is *said* at its time, or where that is after the receipt of its line, at the receipt.
//! 2. Of all that stands about one household or person and one [`Question`], the **last answer** by (said, event id)
//!    holds. What is said about a household holds for nobody in it by name, and the other way round.
//! 3. A *day* of an act is the calendar day on which it is said, by the offset of the network.
//! 4. What cannot be right is named ([`SurveyProblem`]), and nothing is dropped for it but what is about somebody
//!    whom the population does not have.
//!
//! # Newcomers in mid-round
//!
//! There is one way onto a list. [Register](crate::population::Population::register) the household and the people, let the
//! round [grow](super::Round::grow), and record what [`SurveyRegister::joining`] answers: the newcomers found in that
//! round who are not on its list.
//!
//! # Examples
//!
//! Two doors; at one a family that nobody knew, and a student who came back:
//!
//! ```
//! use epitier::campaign::survey::{
//!     Answer, DEFAULT_RETURN_DAYS, Part, Return, Rule, SurveyAct, SurveyRegister,
//! };
//! use epitier::campaign::{
//!     Campaign, EventId, Journal, Line, RoundKind, RoundPlan, Subject, Target,
//! };
//! use epitier::network::{NetworkBuilder, Tier, UnitRow};
//! use epitier::population::{Household, PopulationBuilder, Resident};
//! use epitier::{Day, HouseholdId, OriginId, PersonId, ResponderId, Timestamp};
//!
//! let network = NetworkBuilder::new()
//!     .unit(UnitRow::new("hq", "County", Tier::Headquarters))
//!     .unit(UnitRow::new("town", "Town", Tier::Subdistrict).under("hq"))
//!     .unit(UnitRow::new("village", "Village", Tier::Community).under("town"))
//!     .unit(UnitRow::new("grid", "Grid", Tier::Compound).under("village"))
//!     .unit(UnitRow::new("tower", "Tower", Tier::Building).under("grid"))
//!     .build()?;
//! let (village, tower) = network.unit("village").zip(network.unit("tower")).ok_or("no unit")?;
//! let (home, new_home) = (HouseholdId::new(0), HouseholdId::new(1));
//! let (student, newcomer) = (PersonId::new(0), PersonId::new(1));
//! let mut population = PopulationBuilder::new(&network)
//!     .household(Household::new(home, tower))
//!     .resident(Resident::new(student, home))
//!     .build(&())?;
//! let opens: Timestamp = "2021-08-02T08:00:00+08:00".parse()?;
//! let mut campaign = Campaign::new(Subject::Households);
//! let plan = RoundPlan::new(RoundKind::Survey, opens).unit(village);
//! let round = campaign.open(&population, &plan, &())?;
//!
//! let at = opens.saturating_add(600);
//! let nanjing = OriginId::new(0);
//! let act = |about, answer| SurveyAct::new(about, at, ResponderId::new(68), round.number(), answer);
//! let back = Return { from: Some(nanjing), on: Some("2021-07-24".parse()?) };
//! let mut journal = Journal::new();
//! let returned = act(Target::Person(student), Answer::Return(Some(back)));
//! journal.record(Line::act(EventId::new(1), at, returned))?;
//! let moved_in = act(Target::Household(new_home), Answer::Newcomer { since: None });
//! journal.record(Line::act(EventId::new(2), at, moved_in))?;
//!
//! population.register([Household::new(new_home, tower)], [Resident::new(newcomer, new_home)])?;
//! round.grow(&population)?;
//! let register = SurveyRegister::read(&journal, &population, at, &())?;
//! for entry in register.joining(round) {
//!     round.record(&entry)?;
//! }
//! assert_eq!(round.coverage(village).joined, 1);
//!
//! let from_nanjing = Part::Returned { from: Some([nanjing].into()), days: DEFAULT_RETURN_DAYS };
//! let today: Day = "2021-08-02".parse()?;
//! let list = register.list(village, &Rule::any([from_nanjing]), today);
//! assert_eq!((list.len(), list[0].target), (1, Target::Person(student)));
//! assert_eq!(list[0].held[0].event, EventId::new(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod problem;
mod read;
mod register;
mod rule;
mod symptom;
mod totals;

pub use self::problem::SurveyProblem;
pub use self::register::{Member, Sheet, SurveyRegister};
pub use self::rule::{DEFAULT_RETURN_DAYS, Held, Listed, Part, Rule};
pub use self::symptom::{Symptom, SymptomSet};
pub use self::totals::{Counts, Tally, Totals};
use super::Target;
use super::entry::codes;
use crate::id::{OriginId, ResponderId, VaccineId};
use crate::interval::{Day, Timestamp};
use crate::population::Mobility;

/// One answer to one question about one household or person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SurveyAct {
    /// About whom.
    pub about: Target,
    /// When it was said.
    pub at: Timestamp,
    /// Who asked.
    pub responder: ResponderId,
    /// In which round, from 1 on.
    pub round: u32,
    /// What was said.
    pub answer: Answer,
}

impl SurveyAct {
    /// An answer.
    #[must_use]
    pub const fn new(
        about: Target,
        at: Timestamp,
        responder: ResponderId,
        round: u32,
        answer: Answer,
    ) -> Self {
        Self { about, at, responder, round, answer }
    }
}

/// What was said to one question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Answer {
    /// Came back from elsewhere (外地返乡), or nobody did.
    Return(Option<Return>),
    /// Vaccinated so far, perhaps not at all.
    Vaccination(Vaccination),
    /// Symptoms at present, perhaps none.
    Symptoms {
        /// Which ones.
        shown: SymptomSet,
        /// The day of onset, where it is known.
        since: Option<Day>,
    },
    /// Whether they can come to a site.
    Mobility(Mobility),
    /// Somebody suspicious, or nothing suspicious any more.
    Suspicion(Option<Suspicion>),
    /// Came to live here.
    Newcomer {
        /// The day since which they live here, where it is known.
        since: Option<Day>,
    },
}

impl Answer {
    /// The question that it answers.
    #[must_use]
    pub const fn question(self) -> Question {
        match self {
            Self::Return(_) => Question::Return,
            Self::Vaccination(_) => Question::Vaccination,
            Self::Symptoms { .. } => Question::Symptoms,
            Self::Mobility(_) => Question::Mobility,
            Self::Suspicion(_) => Question::Suspicion,
            Self::Newcomer { .. } => Question::Newcomer,
        }
    }

    /// Whether it says yes: a return, a dose, a symptom, a need for help, a suspicion, a newcomer.
    #[must_use]
    pub const fn is_yes(self) -> bool {
        match self {
            Self::Return(back) => back.is_some(),
            Self::Vaccination(status) => status.doses > 0,
            Self::Symptoms { shown, .. } => !shown.is_empty(),
            Self::Mobility(mobility) => !matches!(mobility, Mobility::Independent),
            Self::Suspicion(reason) => reason.is_some(),
            Self::Newcomer { .. } => true,
        }
    }

    /// How far somebody is vaccinated, if it says that.
    #[must_use]
    pub const fn vaccination(self) -> Option<Vaccination> {
        match self {
            Self::Vaccination(status) => Some(status),
            _ => None,
        }
    }

    /// The day that it states.
    #[must_use]
    pub fn day(self) -> Option<Day> {
        match self {
            Self::Return(back) => back?.on,
            Self::Vaccination(status) => status.last,
            Self::Symptoms { since, .. } | Self::Newcomer { since } => since,
            Self::Mobility(_) | Self::Suspicion(_) => None,
        }
    }
}

codes! {
    /// What a survey asks.
    Question {
        /// Who came back, from where, and when?
        Return,
        /// Vaccinated?
        Vaccination,
        /// Any symptoms?
        Symptoms,
        /// Does anybody need help to come to a site?
        Mobility,
        /// Is there anybody suspicious?
        Suspicion,
        /// Is there anybody new?
        Newcomer,
    }
}

/// A return from elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Return {
    /// Where from, where that is known; the host keeps the names in a [`Directory`](crate::Directory).
    pub from: Option<OriginId>,
    /// The day of return, where it is known.
    pub on: Option<Day>,
}

/// How far somebody is vaccinated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Vaccination {
    /// How many doses so far.
    pub doses: u8,
    /// Of which vaccine, where that is known.
    #[cfg_attr(feature = "serde", serde(default))]
    pub vaccine: Option<VaccineId>,
    /// The day of the last dose, where it is known.
    #[cfg_attr(feature = "serde", serde(default))]
    pub last: Option<Day>,
    /// Whether they must not be vaccinated.
    #[cfg_attr(feature = "serde", serde(default))]
    pub contraindication: Option<Contraindication>,
}

/// A medical reason against vaccination.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Contraindication {
    /// The last day on which it holds; none where it holds for good.
    pub until: Option<Day>,
}

codes! {
    /// Why somebody is suspicious (可疑人员). Who is no resident is stated about the household in which they were found,
    /// or registered first.
    Suspicion {
        /// Lives here and is on no list.
        Unregistered,
        /// Does not say where they have been.
        HidesTravel,
        /// Was with a case or in the same place, as they or others say.
        MetACase,
        /// Ill, and says nothing about it.
        HidesSymptoms,
        /// The health code or travel code says so.
        Code,
        /// Anything else.
        Other,
    }
}

//! The vaccination census (疫苗接种普查): doses given and due by age band, and who is to be asked to come.
//!
//! A census is a round of the kind [`Vaccination`](super::RoundKind::Vaccination) over residents: who has been asked,
//! and the gap list, are the [round's](super::Round). What was said at the door or done at the site stands in the
//! journal of the [survey](super::survey): one [`Vaccination`](super::survey::Vaccination) for each person and
//! occasion, with the doses so far, the vaccine and the day of the last dose. A [`Census`] is what the last answers
//! mean on a day under a [`CensusPlan`]; nothing is kept twice.
//!
//! # The state of a person on a day
//!
//! Ages in a census are those reached in the calendar year of the day: 2021 less the year of birth. A band of ages
//! is taken as it stands. The first line that fits holds; answers about households say nothing here.
//!
//! 1. [`State::Exempt`]: a contraindication is stated that holds for good, or whose last day is not over.
//! 2. [`State::NotEligible`]: no dose is stated, or nothing at all, and the age is below the least one for sure.
//! 3. [`State::Unknown`]: nothing is stated; or no dose, and the age is unknown or its band holds the least age; or
//!    a dose of a vaccine that is unknown or has no schedule; or more doses are to come, and the day of the last one
//!    is unknown.
//! 4. [`State::Complete`]: as many doses as the schedule has, or more.
//! 5. Else the next dose is due from a day on: the first one from the [first day](CensusPlan::since) of the plan, another
//!    one so many days after the last dose as the schedule says. Before it, [`State::NotYetDue`]; from it on
//!    [`State::Due`]; and after the last day, if there is one, [`State::Overdue`].
//!
//! # Examples
//!
//! ```
//! use epitier::campaign::census::{Census, CensusPlan, Schedule, State};
//! use epitier::campaign::survey::{Answer, SurveyAct, SurveyRegister, Vaccination};
//! use epitier::campaign::{EventId, Journal, Line, Target};
//! use epitier::network::{NetworkBuilder, Tier, UnitRow};
//! use epitier::population::{Age, Household, PopulationBuilder, Resident};
//! use epitier::{Day, HouseholdId, PersonId, ResponderId, Timestamp, VaccineId};
//!
//! let network = NetworkBuilder::new()
//!     .unit(UnitRow::new("hq", "County", Tier::Headquarters))
//!     .unit(UnitRow::new("town", "Town", Tier::Subdistrict).under("hq"))
//!     .unit(UnitRow::new("village", "Village", Tier::Community).under("town"))
//!     .unit(UnitRow::new("grid", "Grid", Tier::Compound).under("village"))
//!     .unit(UnitRow::new("tower", "Tower", Tier::Building).under("grid"))
//!     .build()?;
//! let (village, tower) = network.unit("village").zip(network.unit("tower")).ok_or("no unit")?;
//! let home = HouseholdId::new(0);
//! let aged = |number, age| Resident { age, ..Resident::new(PersonId::new(number), home) };
//! let population = PopulationBuilder::new(&network)
//!     .household(Household::new(home, tower))
//!     .residents([aged(0, Age::Born(2013)), aged(1, Age::Born(1951))])
//!     .build(&())?;
//!
//! let at: Timestamp = "2021-08-02T10:00:00+08:00".parse()?;
//! let inactivated = VaccineId::new(0);
//! let last: Day = "2021-07-20".parse()?;
//! let one = Vaccination { doses: 1, vaccine: Some(inactivated), last: Some(last), ..Vaccination::default() };
//! let about = Target::Person(PersonId::new(1));
//! let act = SurveyAct::new(about, at, ResponderId::new(68), 1, Answer::Vaccination(one));
//! let mut journal = Journal::new();
//! journal.record(Line::act(EventId::new(1), at, act))?;
//! let register = SurveyRegister::read(&journal, &population, at, &())?;
//!
//! let since: Day = "2021-03-29".parse()?;
//! let plan = CensusPlan::new(since).schedule(inactivated, Schedule::INACTIVATED);
//! let census = Census::read(&register, &plan, "2021-08-10".parse()?, &())?;
//! let counts = census.counts(village);
//! assert_eq!((counts.residents, counts.not_eligible, counts.due), (2, 1, 1));
//! let due = census.list(village, State::is_due);
//! assert_eq!(due[0].person, PersonId::new(1));
//! assert_eq!(due[0].event, Some(EventId::new(1)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod counts;
mod plan;
mod state;

use std::fmt;
use std::sync::Arc;

pub use self::counts::DoseCounts;
pub use self::plan::{AgeBands, CensusPlan, DEFAULT_LEAST_AGE, Schedule};
pub use self::state::{NextDose, State, Unclear};
use super::EventId;
use super::survey::{Question, SurveyRegister};
use crate::id::{HouseholdId, PersonId, UnitId};
use crate::interval::Day;
use crate::network::Tier;
use crate::watch::{Cancelled, Progress, Watch};

/// Buildings between two looks at the watch.
const STRETCH: usize = 1 << 10;

/// Doses given and due on a day; see the [module](self).
///
/// A clone shares everything.
#[derive(Clone, PartialEq, Eq)]
pub struct Census {
    register: SurveyRegister,
    plan: Arc<CensusPlan>,
    today: Day,
    /// For every band of ages, and last for unknown ones, the counts by unit.
    bands: Arc<[Vec<DoseCounts>]>,
}

/// How a resident stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CensusRow {
    /// Who.
    pub person: PersonId,
    /// The household.
    pub household: HouseholdId,
    /// The building of the household.
    pub building: UnitId,
    /// The order of its door on a walk through the building.
    pub door: u32,
    /// The number of the band of ages; none where the age leaves it open.
    pub band: Option<usize>,
    /// How they stand.
    pub state: State,
    /// The answer that says so; none where nothing is stated.
    pub event: Option<EventId>,
}

impl Census {
    /// Says how every resident of a register stands on a day.
    ///
    /// # Cost
    ///
    /// O(n + b u) for n residents, b bands and u units.
    ///
    /// # Errors
    ///
    /// [`Cancelled`].
    pub fn read(
        register: &SurveyRegister,
        plan: &CensusPlan,
        today: Day,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let mut census = Self {
            register: register.clone(),
            plan: Arc::new(plan.clone()),
            today,
            bands: Arc::new([]),
        };
        let population = register.population();
        let network = population.network();
        let slots = plan.bands().len() + 1;
        let mut bands = vec![vec![DoseCounts::default(); network.len()]; slots];
        let is_building = |unit: &UnitId| network.tier(*unit) == Some(Tier::Building);
        let buildings: Vec<UnitId> = network.units().filter(is_building).collect();
        for (stretch, units) in buildings.chunks(STRETCH).enumerate() {
            watch.check()?;
            let (done, total) = ((stretch * STRETCH) as u64, buildings.len() as u64);
            watch.progress(Progress { stage: "count doses", done, total });
            for &building in units {
                for position in population.resident_positions(building).iter() {
                    if let Some((row, doses)) = census.row(position) {
                        let slot = row.band.unwrap_or(slots - 1);
                        bands[slot][building.index()].count(row.state, doses);
                    }
                }
            }
        }
        // There is a value for every unit.
        let sums = bands.iter().map(|values| network.roll_up(values).unwrap_or_default());
        census.bands = sums.collect();
        Ok(census)
    }

    /// The register that it was read from.
    #[must_use]
    pub fn register(&self) -> &SurveyRegister {
        &self.register
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &CensusPlan {
        &self.plan
    }

    /// The day.
    #[must_use]
    pub fn today(&self) -> Day {
        self.today
    }

    /// The counts of a unit, all ages together. O(b) for b bands.
    #[must_use]
    pub fn counts(&self, unit: UnitId) -> DoseCounts {
        let mut sum = DoseCounts::default();
        for values in self.bands.iter() {
            sum += values.get(unit.index()).copied().unwrap_or_default();
        }
        sum
    }

    /// The counts of a unit in a band of ages; `None` for those whose age leaves it open. O(1).
    #[must_use]
    pub fn counts_of(&self, unit: UnitId, band: Option<usize>) -> DoseCounts {
        let slot = band.unwrap_or(self.plan.bands().len());
        let values = self.bands.get(slot);
        values.and_then(|values| values.get(unit.index())).copied().unwrap_or_default()
    }

    /// How a resident stands; `None` for somebody whom the population does not have. O(log n).
    #[must_use]
    pub fn of(&self, person: PersonId) -> Option<CensusRow> {
        let position = self.register.population().resident_position(person)?;
        self.row(position).map(|(row, _)| row)
    }

    /// The residents of a unit whose state is to be listed, in walking order (building, entrance, door, household,
    /// person). [`State::is_due`] lists who is to be asked to come, [`State::is_unknown`] who is to be asked again.
    ///
    /// O(n) for n residents of the unit, O(k log k) for k rows.
    #[must_use]
    pub fn list(&self, unit: UnitId, keep: impl Fn(State) -> bool) -> Vec<CensusRow> {
        let population = self.register.population();
        let mut rows = Vec::new();
        for position in population.resident_positions(unit).iter() {
            let row = self.row(position).filter(|(row, _)| keep(row.state));
            if let Some(((row, _), home)) = row.zip(population.home_at(position)) {
                rows.push((population.door(&home), row));
            }
        }
        // Two sorted runs, which the sort merges.
        rows.sort_by_key(|(door, row)| (*door, row.person));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// How the resident at a position stands, and how many doses were given.
    fn row(&self, position: usize) -> Option<(CensusRow, u8)> {
        let population = self.register.population();
        let (resident, home) = (population.resident_at(position)?, population.home_at(position)?);
        let stated = self.register.answer_at(position, Question::Vaccination);
        let status = stated.and_then(|stated| stated.act.answer.vaccination());
        let years = state::years(resident.age, self.today);
        let row = CensusRow {
            person: resident.person,
            household: home.id,
            building: home.building,
            door: home.door,
            band: years.and_then(|years| self.plan.bands().holding(years)),
            state: self.plan.state(status, years, self.today),
            event: stated.map(|stated| stated.event),
        };
        Some((row, status.map_or(0, |status| status.doses)))
    }
}

/// Shows the day.
impl fmt::Debug for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Census").field("today", &self.today).finish_non_exhaustive()
    }
}

//! The rounds as they were held, and what was said in them.

use epitier::campaign::census::{Census, CensusPlan};
use epitier::campaign::survey::SurveyRegister;
use epitier::campaign::{
    Campaign, Entry, EventId, Filing, Journal, Recorded, Round, RoundKind, RoundPlan, Standing,
    Subject, Target,
};
use epitier::population::{Population, PopulationBuilder};
use epitier::{Day, VaccineId};

use super::input::{Input, VACCINES};

/// Everything that is printed.
pub(crate) struct Survey {
    pub(crate) campaign: Campaign,
    /// How many rows said what an earlier row says.
    pub(crate) retries: usize,
    pub(crate) register: SurveyRegister,
    pub(crate) census: Census,
    pub(crate) today: Day,
}

/// How a round stands.
pub(crate) struct Figures {
    /// People in the households on the list.
    pub(crate) people: usize,
    /// People in the households reached.
    pub(crate) asked: usize,
    /// Earlier gaps that were reached, and that were missed again.
    pub(crate) recovered: usize,
    pub(crate) missed_again: usize,
}

/// Holds all rounds, or returns every row that the library refuses.
pub(crate) fn hold(input: &Input, today: Option<Day>) -> Result<Survey, Vec<String>> {
    let mut problems = Vec::new();
    let mut journal = Journal::new();
    let mut retries = 0;
    for (place, line) in &input.answers {
        match journal.record(*line) {
            Ok(Recorded::New) => {}
            Ok(Recorded::Retried) => retries += 1,
            Err(error) => problems.push(format!("{place}: {error}")),
        }
    }
    let mut campaign = Campaign::new(Subject::Households);
    let mut population = PopulationBuilder::new(&input.network)
        .build(&())
        .map_err(|error| vec![error.to_string()])?;
    let mut arrivals = input.arrivals.iter().peekable();
    let Some(last) = input.rounds.last() else { return Err(vec!["there is no round".to_owned()]) };
    for (row, entries) in input.rounds.iter().zip(&input.entries) {
        while let Some((_, came)) = arrivals.next_if(|(at, _)| at.is_none_or(|at| at < row.opens)) {
            let (homes, people) = (came.households.iter().copied(), came.residents.iter().cloned());
            population.register(homes, people).map_err(|error| vec![error.to_string()])?;
        }
        let plan = plan(input, &campaign, &population, row.opens);
        let plan = row.deadline.map_or(plan.clone(), |deadline| plan.deadline(deadline));
        let round =
            campaign.open(&population, &plan, &()).map_err(|stopped| vec![stopped.to_string()])?;
        // Whoever is found while the round is open: registered, and onto its list by what the survey says.
        while let Some((_, came)) = arrivals.next_if(|(at, _)| at.is_some_and(|at| at < row.closes))
        {
            let (homes, people) = (came.households.iter().copied(), came.residents.iter().cloned());
            population.register(homes, people).map_err(|error| vec![error.to_string()])?;
        }
        round.grow(&population).map_err(|error| vec![error.to_string()])?;
        for (place, entry) in entries {
            match round.record(entry) {
                Ok(receipt) => retries += usize::from(receipt.retried),
                Err(error) => problems.push(format!("{place}: {error}")),
            }
        }
        let register = SurveyRegister::read(&journal, &population, row.closes, &())
            .map_err(|error| vec![error.to_string()])?;
        let closing = Entry::close(EventId::new(row.event), row.closes);
        for entry in register.joining(round).iter().chain([&closing]) {
            if let Err(error) = round.record(entry) {
                problems.push(error.to_string());
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let stopped = |error: epitier::Cancelled| vec![error.to_string()];
    let register =
        SurveyRegister::read(&journal, &population, last.closes, &()).map_err(stopped)?;
    let today = today.or_else(|| Day::of(last.closes, input.network.offset()));
    let today =
        today.ok_or_else(|| vec!["the last round closes outside the calendar".to_owned()])?;
    let census = Census::read(&register, &census_plan()?, today, &()).map_err(stopped)?;
    Ok(Survey { campaign, retries, register, census, today })
}

/// Everybody who lives here, but for those who had left the list before.
fn plan(
    input: &Input,
    campaign: &Campaign,
    population: &Population,
    opens: epitier::Timestamp,
) -> RoundPlan {
    let before = campaign.rounds().last();
    let roots = || input.network.roots();
    let stays = |target: &Target| {
        let status = before.and_then(|round| round.status(*target));
        status.is_none_or(|status| status.standing != Standing::NotListed)
    };
    let homes = roots().flat_map(|root| population.households(root)).map(Target::Household);
    RoundPlan::new(RoundKind::Survey, opens).units(roots()).only(homes.filter(stays))
}

/// First doses since spring 2021 (from memory), over 12 years; the three kinds of vaccine of the guide.
fn census_plan() -> Result<CensusPlan, Vec<String>> {
    let since = Day::from_ymd(2021, 3, 29).ok_or_else(|| vec!["no such day".to_owned()])?;
    let schedules = (0..).zip(VACCINES);
    Ok(schedules.fold(CensusPlan::new(since), |plan, (number, (_, schedule))| {
        plan.schedule(VaccineId::new(number), schedule)
    }))
}

impl Figures {
    pub(crate) fn new(round: &Round) -> Self {
        let population = round.population();
        let people = |keep: &dyn Fn(Standing) -> bool| {
            let roots = population.network().roots();
            let homes = roots.flat_map(|root| population.households(root));
            homes
                .filter(|&home| {
                    round.status(Target::Household(home)).is_some_and(|found| keep(found.standing))
                })
                .map(|home| population.members(home).count())
                .sum()
        };
        let earlier = |wanted| round.earlier_gaps().filter(|&(_, now)| now == wanted).count();
        Self {
            people: people(&|standing| standing != Standing::NotListed),
            asked: people(&|standing| standing == Standing::Reached),
            recovered: earlier(Standing::Reached),
            missed_again: earlier(Standing::Gap),
        }
    }
}

/// The lists in which records land that change no standing, each with its name.
pub(crate) const APART: [(Filing, &str); 7] = [
    (Filing::Late, "late (counted)"),
    (Filing::Repeated, "repeated"),
    (Filing::Early, "early"),
    (Filing::Orphan, "orphan"),
    (Filing::Superseded, "superseded"),
    (Filing::Pending, "pending"),
    (Filing::Ledger, "after the closing"),
];

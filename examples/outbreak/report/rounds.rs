//! Rounds in the report: how far they are, and who has not been reached.

use std::fmt::Write;

use epitier::campaign::{Coverage, Gap, Outcome as Found, Round, Standing, Target};
use epitier::network::Tier;
use epitier::{ResponderId, UnitId};

use super::super::investigation::tally;
use super::super::survey::{Survey, Surveyed};
use super::super::testing::{Seat, Town};
use super::Report;
use super::text::{cells, day, moment, padded, thousands};

/// Lines of a gap list, and units, that are shown.
const GAPS: usize = 8;
const UNITS: usize = 3;

impl Report<'_> {
    /// Meiyuan's survey, round by round, and the gap list to walk with.
    pub(crate) fn survey(&mut self, survey: &Survey) {
        const WIDTHS: [usize; 10] = [7, 8, 9, 8, 7, 7, 9, 9, 11, 7];
        self.heading(
            "Survey of Meiyuan, door to door (68 responders, 62 buildings, 764 households published)",
        );
        line!(
            self,
            "  At the door with the caseloads above; whom that missed by phone, then by message, by the 6 free
  responders. Who was at home is constructed."
        );
        let columns = [
            "list",
            "people",
            "reached",
            "missed",
            "door",
            "phone",
            "message",
            "earlier",
            "recovered",
            "again",
        ];
        line!(self, "{:18}{}", "", cells(&columns, &WIDTHS));
        let (mut households, mut people, mut reached) = (0, 0, 0);
        for (round, told) in survey.campaign.rounds().iter().zip(&survey.rounds) {
            let Coverage { targets, reached: of_round, unreached, .. } =
                round.coverage(survey.compound);
            let [door, phone, message] = told.reached_by;
            let [earlier, recovered, again] = told.earlier;
            let numbers = [
                targets as usize,
                told.people.0,
                of_round as usize,
                unreached as usize,
                door,
                phone,
                message,
                earlier,
                recovered,
                again,
            ];
            let label = format!("{}: {}", round.number(), day(round.opens()));
            line!(self, "  {label:16}{}", cells(&numbers.map(thousands), &WIDTHS));
            households += targets;
            people += told.people.0;
            reached += of_round;
        }
        line!(
            self,
            "  In all {} households and {} people listed (published: 2,292 and 8,143 surveyed), {} households
  reached; one person joined a household before round 3, which the 8,143 need.",
            thousands(households),
            thousands(people),
            thousands(reached)
        );
        let sum =
            |count: fn(&Surveyed) -> usize| -> usize { survey.rounds.iter().map(count).sum() };
        line!(
            self,
            "  Of the journals: {} entries sent twice, taken once; {} visits to whom had been reached; {} after
  the closing, without effect.",
            sum(|told| told.retried),
            sum(|told| told.repeated),
            sum(|told| told.ledger)
        );
        if let [first, second, _] = survey.campaign.rounds() {
            line!(self, "  Missed in round 1: {};", reasons(first, survey.compound));
            line!(self, "    in round 2: {}.", reasons(second, survey.compound));
        }
        let gaps = survey.gaps();
        line!(self, "  Gap list of round 3, to walk with on 6 August:");
        for (gap, responder) in gaps.iter().take(GAPS) {
            self.gap(gap, *responder);
        }
        self.more(gaps.len(), GAPS, "households");
    }

    fn gap(&mut self, gap: &Gap, responder: Option<ResponderId>) {
        let place = format!("{}, door {}", self.city.name(gap.building), gap.door + 1);
        let tries =
            if gap.tries == 1 { "1 try".to_owned() } else { format!("{} tries", gap.tries) };
        let carried = if gap.carried { ", missed in round 2 too" } else { "" };
        let who = responder.map_or_else(String::new, |who| format!("responder {}", who.get()));
        let why = reason(gap.reason);
        line!(self, "    {place:<24}{who:<15}{why}, {tries}{carried}");
    }

    fn more(&mut self, all: usize, shown: usize, what: &str) {
        if all > shown {
            line!(self, "    and {} more {what}", all - shown);
        }
    }

    /// The three rounds of the town.
    pub(crate) fn town(&mut self, town: &Town) {
        const WIDTHS: [usize; 7] = [10, 9, 7, 9, 10, 9, 9];
        self.heading("Mass testing of Yongjiahe town (3,447, 4,192 and the hours published)");
        let columns = ["frozen", "joined", "left", "targets", "sampled", "exempt", "missed"];
        line!(self, "{:18}{}", "", cells(&columns, &WIDTHS));
        for round in town.campaign.rounds() {
            let Coverage { frozen, joined, left, targets, reached, exempt, unreached, .. } =
                round.coverage(town.unit);
            let numbers = [frozen, joined, left, targets, reached, exempt, unreached];
            let label = format!("{}: {}", round.number(), moment(round.opens()));
            line!(self, "  {label:16}{}", cells(&numbers.map(thousands), &WIDTHS));
        }
        let rounds = town.campaign.rounds();
        if let [first, second, third] = rounds {
            line!(self, "  Missed in round 1: {}.", reasons(first, town.unit));
            let earlier: Vec<Standing> =
                second.earlier_gaps().map(|(_, standing)| standing).collect();
            let recovered = earlier.iter().filter(|&&at| at == Standing::Reached).count();
            line!(
                self,
                "  Of these {} round 2 recovered {recovered}; {} are no longer on the list.",
                earlier.len(),
                earlier.iter().filter(|&&at| at == Standing::NotListed).count()
            );
            line!(
                self,
                "  The list grew by changes with time and cause; exempt is the child, in a hospital."
            );
            line!(
                self,
                "  Round 3 is told up to {}; still to come, by community:",
                moment(town.told)
            );
            self.least(third, town.unit);
        }
    }

    /// The communities of a unit in which most are missing.
    fn least(&mut self, round: &Round, unit: UnitId) {
        let network = self.city.network();
        let coverage = round.coverage_by_unit();
        let mut communities = network.members(unit, Tier::Community).to_vec();
        communities.sort_by_key(|at| std::cmp::Reverse(coverage[at.index()].unreached));
        for &at in communities.iter().take(UNITS) {
            let Coverage { targets, unreached, .. } = coverage[at.index()];
            let (unreached, targets) = (thousands(unreached), thousands(targets));
            let name = padded(self.city.name(at), 34);
            line!(self, "    {name}{unreached:>7} of {targets}");
        }
        self.more(communities.len(), UNITS, "communities");
    }

    /// The night in the county seat.
    pub(crate) fn seat(&mut self, seat: &Seat) {
        self.heading("Mass testing of the county seat, 31 July 17:00 to 1 August 02:00");
        let Some(round) = seat.campaign.rounds().last() else { return };
        let coverage = round.coverage_by_unit();
        for unit in [seat.unit, seat.beimengang] {
            let Coverage { targets, reached, unreached, late, .. } = coverage[unit.index()];
            line!(
                self,
                "  {}{:>8} of {:>7} sampled, {late} of them late; {unreached} missed",
                padded(self.city.name(unit), 40),
                thousands(reached),
                thousands(targets)
            );
        }
        line!(
            self,
            "  The last of Beimengang at {} (published: 11,956 by 02:00).",
            moment(seat.last)
        );
        let buildings = self.city.network().members(seat.unit, Tier::Building);
        let whole = buildings.iter().filter(|at| coverage[at.index()].unreached == 0).count();
        line!(
            self,
            "  Coverage of every unit comes from one pass: nobody is missing in {} of {} buildings. Most are",
            thousands(whole),
            thousands(buildings.len())
        );
        self.least(round, seat.unit);
        let gaps = round.gaps(seat.unit);
        line!(
            self,
            "  Gap list of the seat in walking order, {} people; it begins",
            thousands(gaps.len())
        );
        for gap in gaps.iter().take(UNITS) {
            let place = format!("{}, door {}", self.place(gap.building), gap.door + 1);
            let Target::Person(person) = gap.target else { continue };
            let (who, why) = (self.city.person_name(person), reason(gap.reason));
            line!(self, "    {place:<56}{who}: {why}");
        }
    }
}

/// Why the gaps of a unit were not reached, the most frequent reason first.
fn reasons(round: &Round, unit: UnitId) -> String {
    let counts = tally(&round.gaps(unit), |gap| reason(gap.reason));
    let counts = counts.into_iter().map(|(why, count)| format!("{why} {count}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// Why somebody has not been reached.
pub(super) fn reason(found: Option<Found>) -> &'static str {
    match found {
        None => "nobody has come",
        Some(Found::Absent) => "not at home",
        Some(Found::Refused) => "refused",
        Some(Found::ClosedHouse) => "closed house",
        Some(Found::NotFound) => "not found",
        Some(Found::TeamDidNotCome) => "the team did not come",
        Some(_) => "another reason",
    }
}

//! People on the seats of teams, as a transportation problem.
//!
//! Sources are the classes of team 0, of team 1 and so on, each of as many seats as it can have. Sinks are the
//! people, and then one for the empty seats of each team. Arcs come by source and then by sink, so that the arc
//! for empty seats is the last of each source.

use rayon::slice::ParallelSliceMut;

use super::TeamError;
use super::share::Numbers;
use crate::dispatch::plan::narrow;
use crate::error::Stopped;
use crate::id::dense;
use crate::solver::transport::{self, Arc, Defect, Problem, ProblemBuilder, Sink, Solution};
use crate::watch::Watch;

/// The seats that must stay empty are the most urgent demand, which can always be met: so the size holds.
const EMPTY: u32 = 0;

/// Everybody should have a seat.
const PERSON: Sink = Sink { min: 1, max: 1, class: 1 };

/// A seat that a person takes, or could take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    pub(super) team: u32,
    pub(super) class: u32,
    pub(super) person: u32,
    pub(super) metres: u32,
}

/// Seats, and who sits on them.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Seating {
    classes: u32,
    people: u32,
    problem: Problem,
    solution: Solution,
}

impl Seating {
    /// The best seating of so many people in so many teams, who can sit on these seats.
    pub(super) fn best(
        numbers: &Numbers,
        (people, teams): (usize, usize),
        seats: &[Seat],
        watch: &dyn Watch,
    ) -> Result<Self, Stopped<TeamError>> {
        let (people, classes) = (dense(people), dense(numbers.classes.len()));
        let mut builder = ProblemBuilder::new();
        builder.place_everybody(true);
        for _ in 0..people {
            builder.sink(PERSON);
        }
        let mut arcs: Vec<Arc> = Vec::with_capacity(seats.len() + teams * numbers.classes.len());
        let all: u64 = numbers.classes.iter().map(|band| band.max).sum();
        let (min, max) = (units(all - numbers.size.max), units(all - numbers.size.min));
        for _ in 0..teams {
            let sink = builder.sink(Sink { min, max, class: EMPTY });
            for band in &numbers.classes {
                let source = builder.supply(units(band.max));
                let cap = Some(units(band.max - band.min));
                arcs.push(Arc { source, sink, cap, cost: 0 });
            }
        }
        arcs.extend(seats.iter().map(|seat| Arc {
            source: seat.team * classes + seat.class,
            sink: seat.person,
            cap: None,
            cost: seat.metres.into(),
        }));
        arcs.par_sort_unstable_by_key(|arc| (arc.source, arc.sink));
        for arc in arcs {
            builder.arc(arc);
        }
        let problem = builder
            .build()
            .map_err(|problems| problems.map(|problem| TeamError::TooLarge { problem }))?;
        let solution = transport::solve(&problem, watch)?;
        Ok(Self { classes, people, problem, solution })
    }

    pub(super) fn people(&self) -> usize {
        self.people as usize
    }

    pub(super) fn teams(&self) -> usize {
        self.problem.sinks().len() - self.people()
    }

    /// Whether the problem is of the form that `best` gives it.
    pub(super) fn is_in_form(&self) -> bool {
        let (sources, sinks) = (self.problem.supplies().len(), self.problem.sinks());
        let arcs = self.problem.arcs();
        let people = self.people();
        if people > sinks.len() || Some(sources) != self.classes().checked_mul(self.teams()) {
            return false;
        }
        let rows = arcs.chunk_by(|a, b| a.source == b.source);
        let in_form = |(source, row): (usize, &[Arc])| {
            let Some((empty, seats)) = row.split_last() else { return false };
            let supply = self.problem.supplies()[source];
            empty.source as usize == source
                && empty.sink as usize == people + source / self.classes()
                && empty.cap.is_some_and(|cap| cap <= supply)
                && seats
                    .iter()
                    .all(|seat| seat.sink < self.people && u32::try_from(seat.cost).is_ok())
        };
        rows.clone().count() == sources
            && rows.enumerate().all(in_form)
            && arcs.is_sorted_by(|a, b| (a.source, a.sink) < (b.source, b.sink))
            && self.problem.place_everybody()
            && sinks[..people].iter().all(|&sink| sink == PERSON)
            && sinks[people..].iter().all(|sink| sink.class == EMPTY)
    }

    /// The proof of the solution.
    pub(super) fn certify(&self) -> Result<(), Defect> {
        transport::certify(&self.problem, &self.solution)
    }

    /// Who sits where, by team, class and person.
    pub(super) fn taken(&self) -> impl Iterator<Item = Seat> + '_ {
        let flow = self.problem.arcs().iter().zip(self.solution.flow());
        flow.filter(|&(arc, &units)| units > 0 && arc.sink < self.people).map(|(arc, _)| Seat {
            team: arc.source / self.classes,
            class: arc.source % self.classes,
            person: arc.sink,
            metres: narrow(arc.cost),
        })
    }

    /// For each team and for each person, whether anybody or any team is in reach.
    pub(super) fn reached(&self) -> (Vec<bool>, Vec<bool>) {
        let (mut teams, mut people) = (vec![false; self.teams()], vec![false; self.people()]);
        for seat in self.problem.arcs().iter().filter(|arc| arc.sink < self.people) {
            teams[seat.source as usize / self.classes()] = true;
            people[seat.sink as usize] = true;
        }
        (teams, people)
    }

    /// Those without a seat.
    pub(super) fn standing(&self) -> impl Iterator<Item = usize> + '_ {
        let unfilled = &self.solution.unfilled()[..self.people()];
        unfilled.iter().enumerate().filter(|&(_, &units)| units > 0).map(|(person, _)| person)
    }

    /// Who is missing: the team, the class or else the size alone, and how many.
    pub(super) fn missing(&self) -> Vec<(usize, Option<u32>, u32)> {
        let mut taken = vec![0; self.problem.supplies().len()];
        for seat in self.taken() {
            taken[(seat.team * self.classes + seat.class) as usize] += 1;
        }
        let empty = self.problem.arcs().iter().filter(|arc| arc.sink >= self.people);
        let least = self.problem.supplies().iter().zip(empty);
        let least: Vec<i64> = least.map(|(supply, arc)| supply - arc.cap.unwrap_or(0)).collect();
        let mut missing = Vec::new();
        for (team, sink) in self.problem.sinks()[self.people()..].iter().enumerate() {
            let own = team * self.classes()..(team + 1) * self.classes();
            let seats: i64 = self.problem.supplies()[own.clone()].iter().sum();
            let of_size = seats - sink.max - taken[own.clone()].iter().sum::<i64>();
            let of_classes =
                least[own.clone()].iter().zip(&taken[own]).map(|(least, got)| least - got);
            let of_classes: Vec<(u32, i64)> =
                (0..).zip(of_classes).filter(|row| row.1 > 0).collect();
            let alone = of_size - of_classes.iter().map(|row| row.1).sum::<i64>();
            if alone > 0 {
                missing.push((team, None, narrow(alone)));
            }
            missing.extend(
                of_classes.into_iter().map(|(class, few)| (team, Some(class), narrow(few))),
            );
        }
        missing
    }

    /// The number of a stated class; `None` for the rest.
    pub(super) fn stated(&self, class: u32) -> Option<u32> {
        (class + 1 < self.classes).then_some(class)
    }

    fn classes(&self) -> usize {
        self.classes as usize
    }
}

/// A number of seats for the solver, which refuses more than it can add up.
fn units(seats: u64) -> i64 {
    i64::try_from(seats).unwrap_or(i64::MAX)
}

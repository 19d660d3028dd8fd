//! How many people of each class, and in all, each team is to have.

use super::{Headcount, TeamRules};

/// The fewest and the most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    pub(super) min: u64,
    pub(super) max: u64,
}

impl Band {
    /// So many parts of a whole, rounded down and up; nothing of no parts.
    pub(super) fn even(whole: u64, parts: u64) -> Self {
        let min = whole.checked_div(parts).unwrap_or(0);
        Self { min, max: min + u64::from(min * parts < whole && parts > 0) }
    }

    fn stated(people: Headcount) -> Option<Self> {
        match people {
            Headcount::Even => None,
            Headcount::Between { min, max } => Some(Self { min: min.into(), max: max.into() }),
        }
    }
}

/// The same for every team.
pub(super) struct Numbers {
    /// For each class, the rest last.
    pub(super) classes: Vec<Band>,
    pub(super) size: Band,
}

impl Numbers {
    /// By the rules, for so many teams, and so many people of each class, the rest last. Row numbers are 32
    /// bits wide, so no product of two of them leaves the range.
    pub(super) fn new(rules: &TeamRules, people: &[u64], teams: u64) -> Self {
        let stated = rules.classes.iter().map(|&(_, people)| Band::stated(people)).chain([None]);
        let least: u64 = stated.clone().flatten().map(|band| band.min).sum();
        let rows = stated.clone().zip(people);
        let size = Band::stated(rules.size).unwrap_or_else(|| {
            let seats = rows.clone().map(|(band, &all)| match band {
                Some(Band { min, max }) => all.clamp(min * teams, max * teams),
                None => all,
            });
            let Band { min, max } = Band::even(seats.sum(), teams);
            // Only where nobody reaches any team is it less.
            Band { min: min.max(least), max: max.max(least) }
        });
        // What the stated classes do not need is divided among the others in proportion.
        let others: u64 = rows.clone().filter(|(band, _)| band.is_none()).map(|(_, all)| all).sum();
        let seats = others.min((size.max - least) * teams);
        let even = |all: u64| Band::even(all * seats, others * teams);
        let mut classes: Vec<Band> =
            rows.map(|(band, &all)| band.unwrap_or_else(|| even(all))).collect();
        classes[rules.classes.len()] = Band { min: 0, max: size.max };
        Self { classes, size }
    }

    /// One class alone, of so many people for so many teams.
    pub(super) fn of_one_class(people: u64, teams: u64) -> Self {
        let size = Band::even(people, teams);
        Self { classes: vec![Band { min: 0, max: size.max }], size }
    }
}

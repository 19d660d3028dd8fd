//! Whom a team consists of, and how many.

use super::{Candidate, TeamError};
use crate::dispatch::ways::Reach;
use crate::dispatch::{Skill, SkillSet};
use crate::id::{Claims, HomeUnitId, dense};

/// Who counts for a class of members: all who meet what is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MemberClass {
    /// The organisation that they come from.
    pub home_unit: Option<HomeUnitId>,
    /// What each of them can do.
    pub skills: SkillSet,
}

impl MemberClass {
    pub(super) fn fits(&self, candidate: &Candidate) -> bool {
        self.home_unit.is_none_or(|home_unit| candidate.home_unit == Some(home_unit))
            && candidate.skills.covers(self.skills)
    }
}

impl From<HomeUnitId> for MemberClass {
    fn from(home_unit: HomeUnitId) -> Self {
        Self { home_unit: Some(home_unit), ..Self::default() }
    }
}

impl From<SkillSet> for MemberClass {
    fn from(skills: SkillSet) -> Self {
        Self { skills, ..Self::default() }
    }
}

impl From<Skill> for MemberClass {
    fn from(skill: Skill) -> Self {
        SkillSet::from(skill).into()
    }
}

/// How many people each team has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Headcount {
    /// An even division, rounded down or up: see the [module](super::super) for of whom.
    #[default]
    Even,
    /// A stated number.
    Between {
        /// The fewest.
        min: u32,
        /// The most, at least `min`.
        max: u32,
    },
}

impl Headcount {
    /// So many and no other number.
    #[must_use]
    pub const fn exactly(people: u32) -> Self {
        Self::Between { min: people, max: people }
    }
}

/// Whom a team consists of, and how far its people come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TeamRules {
    pub(super) reach: Reach,
    pub(super) size: Headcount,
    pub(super) classes: Vec<(MemberClass, Headcount)>,
    pub(super) leaders: Option<(MemberClass, u32)>,
}

impl TeamRules {
    /// Teams of even size, of people who go no farther than so many great-circle metres, without leaders.
    #[must_use]
    pub const fn new(farthest: u32) -> Self {
        let reach = Reach { farthest, nearest: None };
        Self { reach, size: Headcount::Even, classes: Vec::new(), leaders: None }
    }

    /// The same with this size.
    #[must_use]
    pub fn with_size(self, size: Headcount) -> Self {
        Self { size, ..self }
    }

    /// The same with so many of one more class in each team. Results number the classes from 0, in the order in which
    /// they were added.
    #[must_use]
    pub fn with_class(mut self, class: impl Into<MemberClass>, people: Headcount) -> Self {
        self.classes.push((class.into(), people));
        self
    }

    /// The same, but of each person only so many of the nearest teams are thought of, and of each team so many
    /// of the nearest leaders, so that memory does not grow with people times teams. The teams are then the
    /// best among those.
    #[must_use]
    pub fn with_nearest_teams(self, teams: u32) -> Self {
        Self { reach: Reach { nearest: Some(teams), ..self.reach }, ..self }
    }

    /// The same, but everybody of a class leads, guides teams that are no farther than so many great-circle metres,
    /// and takes no seat.
    #[must_use]
    pub fn led_by(self, class: impl Into<MemberClass>, farthest: u32) -> Self {
        Self { leaders: Some((class.into(), farthest)), ..self }
    }

    /// Every mistake: of the classes, of numbers, and of both together.
    pub(super) fn check(&self, found: &mut Vec<TeamError>) {
        let classes = Claims::new(self.classes.iter().map(|(class, _)| *class));
        let error =
            |(class, first)| TeamError::ClassTwice { class: dense(class), first: dense(first) };
        found.extend(classes.repeats().into_iter().map(error));
        let counts = (0..).map(Some).zip(self.classes.iter().map(|&(_, people)| people));
        let mut least = 0;
        for (class, people) in counts.chain([(None, self.size)]) {
            let Headcount::Between { min, max } = people else { continue };
            if min > max {
                found.push(TeamError::MinAboveMax { class, min, max });
            } else if class.is_some() {
                least += u64::from(min);
            } else if least > max.into() {
                found.push(TeamError::MixAboveSize { least, size: max });
            }
        }
    }
}

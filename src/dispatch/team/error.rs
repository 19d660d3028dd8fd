//! What can be wrong with the rows of teams, and with their proof.

use crate::solver::transport::{Defect, ProblemError};

/// What forming teams refuses. Rows count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum TeamError {
    /// A responder that stood in an earlier row.
    #[error("candidate row {row}: row {first} has the same responder")]
    ResponderTwice {
        /// The row.
        row: usize,
        /// The earlier row.
        first: usize,
    },
    /// A team that stood in an earlier row.
    #[error("team row {row}: row {first} has the same team")]
    TeamTwice {
        /// The row.
        row: usize,
        /// The earlier row.
        first: usize,
    },
    /// A class that was added before.
    #[error("class {class}: class {first} is the same")]
    ClassTwice {
        /// The class.
        class: u32,
        /// The earlier class.
        first: u32,
    },
    /// A number of people that nothing meets.
    #[error("at least {min} people and at most {max} is no number")]
    MinAboveMax {
        /// The class; `None` for the size of the team.
        class: Option<u32>,
        /// The fewest.
        min: u32,
        /// The most.
        max: u32,
    },
    /// The stated classes need more people than a team can have.
    #[error("the classes need {least} people, and a team has at most {size}")]
    MixAboveSize {
        /// The fewest that the classes need together.
        least: u64,
        /// The most that a team can have.
        size: u32,
    },
    /// Too many ways, or people, for the solver: see
    /// [`TeamRules::with_nearest_teams`](super::TeamRules::with_nearest_teams).
    #[error("too much for the solver: {problem}")]
    TooLarge {
        /// What the solver said.
        problem: ProblemError,
    },
}

impl TeamError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ResponderTwice { .. } => "responder-twice",
            Self::TeamTwice { .. } => "team-twice",
            Self::ClassTwice { .. } => "class-twice",
            Self::MinAboveMax { .. } => "min-above-max",
            Self::MixAboveSize { .. } => "mix-above-size",
            Self::TooLarge { .. } => "too-large",
        }
    }
}

/// What is wrong with teams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum TeamsDefect {
    /// The members are not seated in a best way.
    #[error("the proof of the members fails: {defect}")]
    Members {
        /// Where; sources are the classes of each team, sinks are people.
        defect: Defect,
    },
    /// The leaders are not given to teams in a best way.
    #[error("the proof of the leaders fails: {defect}")]
    Leaders {
        /// Where; sources are leaders, sinks are teams.
        defect: Defect,
    },
    /// The people, teams, seats or ways are not of the form that the module describes.
    #[error("the people, teams or seats are not those of the problems")]
    Rows,
    /// What is told is not what the solutions say.
    #[error("what is told of the teams is not what their solutions say")]
    Lists,
}

impl TeamsDefect {
    /// The stable code of the defect, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Members { .. } => "members",
            Self::Leaders { .. } => "leaders",
            Self::Rows => "rows",
            Self::Lists => "lists",
        }
    }
}

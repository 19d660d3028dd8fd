//! What a trace is asked: the rules, the cases with their windows, and who was isolated when.

use super::protocol::Protocol;
use crate::error::Problems;
use crate::id::PersonId;
use crate::interval::Timestamp;

/// A person known to be infected, with the window `from <= t < until` in which they may have exposed
/// others (forward) or can have been exposed (backward).
///
/// What is known is not revised: a trace never changes the times of a case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Case {
    /// Who.
    pub person: PersonId,
    /// The first second of the window.
    pub from: Timestamp,
    /// The first second after the window; `None` while it is still open.
    pub until: Option<Timestamp>,
}

/// What an isolation keeps a person from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Cuts {
    /// Every contact: centralised quarantine, a hospital.
    Everything,
    /// Every contact but those at the own home and with members of the own household: home quarantine.
    OutsideHousehold,
}

/// A time `from <= t < until` in which a person was kept from others.
///
/// It is applied before anything else: the person's visits and links are cut by it, and what remains
/// of them counts as visits and links of their own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Isolation {
    /// Who.
    pub person: PersonId,
    /// The first second.
    pub from: Timestamp,
    /// The first second after it; `None` while it lasts.
    pub until: Option<Timestamp>,
    /// What it keeps the person from.
    pub cuts: Cuts,
}

/// A case investigation: the question that a trace answers.
///
/// # Examples
///
/// ```
/// use epitier::contact::{Case, Investigation, Protocol};
/// use epitier::{PersonId, Timestamp};
///
/// let index_case =
///     Case { person: PersonId::new(0), from: Timestamp::from_seconds(0), until: None };
/// let investigation = Investigation::new(Protocol::new()).with_cases([index_case]);
/// assert_eq!(investigation.cases().len(), 1);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "Spec", into = "Spec")
)]
pub struct Investigation {
    protocol: Protocol,
    cases: Vec<Case>,
    isolations: Vec<Isolation>,
    as_of: Option<Timestamp>,
}

impl Investigation {
    /// An investigation by these rules, without cases so far.
    #[must_use]
    pub fn new(protocol: Protocol) -> Self {
        Self { protocol, cases: Vec::new(), isolations: Vec::new(), as_of: None }
    }

    /// The same with more cases. A person may be a case only once.
    #[must_use]
    pub fn with_cases(mut self, cases: impl IntoIterator<Item = Case>) -> Self {
        self.cases.extend(cases);
        self
    }

    /// The same with more isolations; a person may have any number, overlapping or not.
    #[must_use]
    pub fn with_isolations(mut self, isolations: impl IntoIterator<Item = Isolation>) -> Self {
        self.isolations.extend(isolations);
        self
    }

    /// The same, asked of what was known at this moment. It is kept with the answer and changes nothing
    /// in it: which rows and cases were known is for the host to say.
    #[must_use]
    pub fn with_as_of(self, moment: Timestamp) -> Self {
        Self { as_of: Some(moment), ..self }
    }

    /// The rules.
    #[must_use]
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// The cases, in the order given.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The isolations, in the order given.
    #[must_use]
    pub fn isolations(&self) -> &[Isolation] {
        &self.isolations
    }

    /// The moment whose knowledge was asked, if it was stated.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        self.as_of
    }

    /// Every problem of the cases, then of the isolations, for an index of so many people.
    pub(super) fn check(&self, people: u32) -> Result<(), Problems<InvestigationError>> {
        let mut found = Vec::new();
        let mut by_person: Vec<(PersonId, usize)> = Vec::with_capacity(self.cases.len());
        for (row, case) in self.cases.iter().enumerate() {
            if case.person.get() >= people {
                found.push(InvestigationError::UnknownCase { row, person: case.person });
            }
            if case.until.is_some_and(|until| until <= case.from) {
                found.push(InvestigationError::EmptyWindow { row, person: case.person });
            }
            by_person.push((case.person, row));
        }
        by_person.sort_unstable();
        for pair in by_person.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let (person, row) = pair[1];
            found.push(InvestigationError::CaseTwice { row, person });
        }
        found.sort_by_key(InvestigationError::row);
        for (row, isolation) in self.isolations.iter().enumerate() {
            let person = isolation.person;
            if person.get() >= people {
                found.push(InvestigationError::UnknownIsolated { row, person });
            }
            if isolation.until.is_some_and(|until| until <= isolation.from) {
                found.push(InvestigationError::EmptyIsolation { row, person });
            }
        }
        Problems::check(found)
    }
}

/// Why an investigation is refused. Rows count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum InvestigationError {
    /// A case is nobody of the index.
    #[error("case {row} is {person:?}, unknown to the index")]
    UnknownCase {
        /// The row among the cases.
        row: usize,
        /// The person.
        person: PersonId,
    },
    /// A case's window ends before it starts, or at the same second.
    #[error("the window of case {row}, {person:?}, is empty")]
    EmptyWindow {
        /// The row among the cases.
        row: usize,
        /// The person.
        person: PersonId,
    },
    /// A person is a case already: which window should hold?
    #[error("case {row} is {person:?}, who is a case already")]
    CaseTwice {
        /// The later row among the cases.
        row: usize,
        /// The person.
        person: PersonId,
    },
    /// An isolated person is nobody of the index.
    #[error("isolation {row} is of {person:?}, unknown to the index")]
    UnknownIsolated {
        /// The row among the isolations.
        row: usize,
        /// The person.
        person: PersonId,
    },
    /// An isolation ends before it starts, or at the same second.
    #[error("isolation {row}, of {person:?}, is empty")]
    EmptyIsolation {
        /// The row among the isolations.
        row: usize,
        /// The person.
        person: PersonId,
    },
}

impl InvestigationError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownCase { .. } => "unknown-case",
            Self::EmptyWindow { .. } => "empty-window",
            Self::CaseTwice { .. } => "case-twice",
            Self::UnknownIsolated { .. } => "unknown-isolated",
            Self::EmptyIsolation { .. } => "empty-isolation",
        }
    }

    /// The row: among the cases, but for [`UnknownIsolated`](Self::UnknownIsolated) and
    /// [`EmptyIsolation`](Self::EmptyIsolation) among the isolations.
    #[must_use]
    pub const fn row(&self) -> usize {
        match *self {
            Self::UnknownCase { row, .. }
            | Self::EmptyWindow { row, .. }
            | Self::CaseTwice { row, .. }
            | Self::UnknownIsolated { row, .. }
            | Self::EmptyIsolation { row, .. } => row,
        }
    }
}

/// The serialised form of an investigation. Any list of cases is accepted: a trace checks them.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Spec {
    format: crate::format::Format<1>,
    protocol: Protocol,
    cases: Vec<Case>,
    isolations: Vec<Isolation>,
    #[serde(default)]
    as_of: Option<Timestamp>,
}

#[cfg(feature = "serde")]
impl From<Spec> for Investigation {
    fn from(Spec { protocol, cases, isolations, as_of, .. }: Spec) -> Self {
        Self { protocol, cases, isolations, as_of }
    }
}

#[cfg(feature = "serde")]
impl From<Investigation> for Spec {
    fn from(Investigation { protocol, cases, isolations, as_of }: Investigation) -> Self {
        Self { format: crate::format::Format, protocol, cases, isolations, as_of }
    }
}

//! How many answers there are, and how many say yes.

use std::ops::AddAssign;

use super::{Question, SurveyAct};
use crate::campaign::Stated;

/// What is on the sheets of a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Totals {
    /// Households with an answer about them or about somebody in them.
    pub sheets: u32,
    /// Answers about households.
    pub households: Counts,
    /// Answers about residents.
    pub residents: Counts,
}

/// How many households or residents have answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Counts {
    /// With any answer.
    pub stated: u32,
    /// By question, in the order of [`Question::ALL`].
    tallies: [Tally; Question::ALL.len()],
}

/// How many have a last answer to one question.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tally {
    /// Have one.
    pub answered: u32,
    /// Have one that [says yes](super::Answer::is_yes); these are among the answered.
    pub yes: u32,
}

impl Counts {
    /// How many have a last answer to a question.
    #[must_use]
    pub const fn of(&self, question: Question) -> Tally {
        self.tallies[question as usize]
    }

    /// Counts one household or resident with its last answers, unless there is none.
    pub(super) fn count(&mut self, answers: &[Stated<SurveyAct>]) {
        self.stated += u32::from(!answers.is_empty());
        for stated in answers {
            let answer = stated.act.answer;
            let tally = &mut self.tallies[answer.question() as usize];
            tally.answered += 1;
            tally.yes += u32::from(answer.is_yes());
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.stated += other.stated;
        for (sum, more) in self.tallies.iter_mut().zip(other.tallies) {
            sum.answered += more.answered;
            sum.yes += more.yes;
        }
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.sheets += other.sheets;
        self.households += other.households;
        self.residents += other.residents;
    }
}

//! What follows for a person from the tubes of their samples.

use std::num::NonZeroU8;

use super::super::EventId;
use super::tube::{Reading, Swab, Tube};
use super::{SampleProblem, TubeKind};
use crate::contact::Onset;
use crate::id::{PersonId, PostId, TubeId};
use crate::interval::{Day, Timestamp};

/// The rules by which samples are read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SampleRules {
    positives: NonZeroU8,
}

impl SampleRules {
    /// Two positives confirm: the first one, of a pool or of a single tube, is preliminary, and the single re-test decides.
    #[must_use]
    pub const fn new() -> Self {
        Self { positives: NonZeroU8::MIN.saturating_add(1) }
    }

    /// The same rules, where so many positives confirm. The last one is of a single tube, and a pool counts once
    /// at most: with 1 no single positive waits for a re-test, with 3 a positive pool needs two.
    #[must_use]
    pub const fn with_positives(self, positives: NonZeroU8) -> Self {
        Self { positives }
    }

    /// How many positives confirm.
    #[must_use]
    pub const fn positives(&self) -> NonZeroU8 {
        self.positives
    }
}

impl Default for SampleRules {
    fn default() -> Self {
        Self::new()
    }
}

/// How a person stands in a round; see the [module](super).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum State {
    /// No sample is recorded.
    NotSampled,
    /// Sampled, and without a result yet.
    Pending,
    /// Clear.
    Negative,
    /// On hold: somebody of their tube is positive.
    PoolPositive,
    /// On hold, and a provisional case: positive singly, and not confirmed yet.
    Preliminary,
    /// To be sampled again: the tube was lost, or nothing can be said of it.
    ToResample,
    /// A case.
    Confirmed,
    /// Positive first, and then found clear.
    Excluded,
}

impl State {
    /// Whether the person must stay where they are until the re-test.
    #[must_use]
    pub const fn is_on_hold(self) -> bool {
        matches!(self, Self::PoolPositive | Self::Preliminary)
    }
}

/// All samples of one person in one round, and what they come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Course {
    /// The round.
    pub round: u32,
    /// The person.
    pub person: PersonId,
    /// Where the first sample was taken.
    pub site: PostId,
    /// When the first sample was taken.
    pub taken: Timestamp,
    /// How the person stands.
    pub state: State,
    /// The tube that the state follows from.
    pub tube: TubeId,
    /// Whether they are to be sampled again, singly.
    pub resample: bool,
}

/// How sure a case is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Certainty {
    /// Positive singly, to be tested again: traced provisionally.
    Provisional,
    /// Confirmed.
    Confirmed,
}

/// A person who is positive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Positive {
    /// Who.
    pub person: PersonId,
    /// How sure it is: the surest of all rounds.
    pub certainty: Certainty,
    /// When the first sample of the positives that count was taken, the earliest of all rounds.
    pub sampled: Timestamp,
}

impl Positive {
    /// The day of the first positive sample at an offset from UTC, in the place of a day of onset, for
    /// [`Protocol::case`](crate::contact::Protocol::case). `None` where it is no day of the calendar.
    #[must_use]
    pub fn onset(&self, offset: chrono::FixedOffset, isolated: Option<Timestamp>) -> Option<Onset> {
        let day = Day::of(self.sampled, offset)?;
        Some(Onset { person: self.person, day, isolated })
    }
}

/// The courses by (round, person), and what is read off them.
#[derive(Default)]
pub(super) struct CourseReader {
    pub(super) courses: Vec<Course>,
    /// By (round, person).
    pub(super) positives: Vec<Positive>,
    pub(super) problems: Vec<SampleProblem>,
}

impl CourseReader {
    /// Takes the samples of one course by (time, event).
    pub(super) fn take(&mut self, swabs: &[Swab], tubes: &[Tube], rules: SampleRules) {
        let Some(first) = swabs.first() else { return };
        let &Swab { round, person, site, at: taken, .. } = first;
        let mut walk = Walk::new(rules, tubes[first.tube as usize].tube);
        let mut before: Option<EventId> = None;
        let mut opened: Option<Timestamp> = None;
        for &Swab { at, event, tube, .. } in swabs {
            let tube = &tubes[tube as usize];
            if let Some(earlier) = before {
                if opened.is_none_or(|opened| opened > at) {
                    self.problems.push(SampleProblem::SampledTwice {
                        event,
                        person,
                        round,
                        earlier,
                    });
                } else if walk.state.is_on_hold() && tube.kind != TubeKind::Single {
                    let tube = tube.tube;
                    self.problems.push(SampleProblem::NotSingly { event, person, tube });
                }
            }
            before = Some(event);
            opened = opened.into_iter().chain(tube.opened).min();
            walk.step(tube, at);
        }
        let resample = match walk.state {
            State::PoolPositive | State::Preliminary => !walk.waits,
            state => state == State::ToResample,
        };
        let (state, tube) = (walk.state, walk.tube);
        self.courses.push(Course { round, person, site, taken, state, tube, resample });
        let certainty = match state {
            State::Preliminary => Certainty::Provisional,
            State::Confirmed => Certainty::Confirmed,
            _ => return,
        };
        let sampled = walk.positive_since;
        self.positives.extend(sampled.map(|sampled| Positive { person, certainty, sampled }));
    }
}

/// A walk through the samples of a course.
struct Walk {
    rules: SampleRules,
    state: State,
    /// The tube that made the state.
    tube: TubeId,
    /// The positives since the last release.
    positives: u8,
    /// When the sample of the first one was taken.
    positive_since: Option<Timestamp>,
    /// Whether a single sample was taken that can end the hold.
    waits: bool,
}

impl Walk {
    fn new(rules: SampleRules, tube: TubeId) -> Self {
        let state = State::NotSampled;
        Self { rules, state, tube, positives: 0, positive_since: None, waits: false }
    }

    /// The next sample, taken at a time, as the module's table says.
    fn step(&mut self, tube: &Tube, at: Timestamp) {
        let held = self.state.is_on_hold();
        let next = match (tube.reading, self.state) {
            (_, State::Confirmed) | (Reading::Negative, State::Excluded) => return,
            (Reading::Positive, _) => {
                self.positive(at);
                let enough = self.positives >= self.rules.positives.get();
                if enough { State::Confirmed } else { State::Preliminary }
            }
            (Reading::PoolPositive, _) if held => return,
            (Reading::PoolPositive, _) => {
                self.positive(at);
                State::PoolPositive
            }
            (Reading::Negative, _) if held && !tube.is_single() => return,
            (Reading::Negative, state) => {
                self.positives = 0;
                self.waits = false;
                if state == State::Preliminary { State::Excluded } else { State::Negative }
            }
            (Reading::Pending, _) if held => {
                self.waits |= tube.is_single();
                return;
            }
            (Reading::Pending, _) => State::Pending,
            (Reading::Invalid | Reading::Lost, State::NotSampled) => State::ToResample,
            (Reading::Invalid | Reading::Lost, _) => return,
        };
        self.state = next;
        self.tube = tube.tube;
    }

    fn positive(&mut self, at: Timestamp) {
        if self.positives == 0 {
            self.positive_since = Some(at);
        }
        self.positives = self.positives.saturating_add(1);
    }
}

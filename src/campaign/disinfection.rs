//! Disinfection tasks from the list of exposed places (消杀).
//!
//! A trace says which places were exposed, from when until when and by how many
//! ([`Trace::exposed_places`](crate::contact::Trace::exposed_places)); a host records in a
//! [`Journal`] of [`DisinfectionAct`]s what was done about it. A [`DisinfectionRegister`] is read from both as of a
//! time: there is no second list of exposures, and what is open follows anew from what is known.
//!
//! # What a task is
//!
//! - There is one task for each place on the lists. Where a place is listed more than once, its exposure lasts from the
//!   first to the last moment of all, and counts with the least tier and the greatest numbers.
//! - A disinfection is no use while carriers are there. So a task is *ready* when the last exposure has ended and the
//!   place was aired, and *due* so many hours later.
//! - A disinfection at that time or later finishes the task, until somebody states that it must be done
//!   again: then the task is ready once more from that moment on.
//! - An earlier one finishes nothing. So a new exposure after a finished disinfection, which moves the
//!   end of the last exposure, opens the task again.
//!
//! # Examples
//!
//! ```
//! use epitier::campaign::disinfection::{
//!     Disinfected, DisinfectionAct, DisinfectionRegister, DisinfectionRules, TaskState,
//! };
//! use epitier::campaign::{EventId, Journal, Line};
//! use epitier::contact::ExposedPlace;
//! use epitier::{PlaceId, ResponderId, Timestamp};
//!
//! let at = |hour: i64| Timestamp::from_seconds(hour * 3_600);
//! let (place, responder) = (PlaceId::new(7), ResponderId::new(1));
//! let exposed = |until| ExposedPlace { place, from: at(0), until, carriers: 1, people: 4 };
//! let rules = DisinfectionRules { airing_seconds: 3_600, within_seconds: 6 * 3_600 };
//! let mut journal = Journal::new();
//! let done = DisinfectionAct::Done(Disinfected { place, at: at(5), responder });
//! journal.record(Line::act(EventId::new(1), at(5), done))?;
//!
//! let register = DisinfectionRegister::read(&journal, [(0, exposed(at(2)))], rules, at(6));
//! assert!(matches!(register.tasks()[0].state, TaskState::Done { .. }));
//! // The case was there once more.
//! let register = DisinfectionRegister::read(&journal, [(0, exposed(at(8)))], rules, at(16));
//! assert_eq!(register.tasks()[0].state, TaskState::Overdue);
//! assert_eq!(register.overdue().count(), 1);
//! # Ok::<(), epitier::campaign::JournalError>(())
//! ```

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::findings::Findings;
use super::{EventId, Journal, Stated};
use crate::contact::ExposedPlace;
use crate::id::{PlaceId, ResponderId};
use crate::interval::Timestamp;

/// What a line of the journal of disinfection says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum DisinfectionAct {
    /// A place was disinfected.
    Done(Disinfected),
    /// A place must be disinfected again: the work was incomplete, or a sample was not clean.
    Again(Again),
}

/// A place was disinfected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Disinfected {
    /// Where.
    pub place: PlaceId,
    /// When the work began.
    pub at: Timestamp,
    /// By whom.
    pub responder: ResponderId,
}

/// A place must be disinfected again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Again {
    /// Where.
    pub place: PlaceId,
    /// When this was found.
    pub at: Timestamp,
}

impl DisinfectionAct {
    const fn place(self) -> PlaceId {
        match self {
            Self::Done(done) => done.place,
            Self::Again(again) => again.place,
        }
    }

    const fn at(self) -> Timestamp {
        match self {
            Self::Done(done) => done.at,
            Self::Again(again) => again.at,
        }
    }
}

/// How the window of a task follows from an exposure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DisinfectionRules {
    /// Seconds between the end of the last exposure and the first moment at which work may begin. 0 by default: the
    /// lag of the protocol is in the exposure already. (The US CDC of 2020 said 24 hours where that can be done: seen in
    /// secondary pages only.)
    pub airing_seconds: u32,
    /// Seconds from then on within which work must begin. 6 hours by default, the time that Chinese rules give towns for
    /// places of the most dangerous diseases (GB 19193, 12 hours in the countryside: from memory).
    pub within_seconds: u32,
}

impl Default for DisinfectionRules {
    fn default() -> Self {
        Self { airing_seconds: 0, within_seconds: 6 * 3_600 }
    }
}

/// Where a task stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum TaskState {
    /// Exposed to this hour, or not yet aired.
    NotYet,
    /// Somebody must go there.
    Open,
    /// Somebody must go there, and the deadline has come.
    Overdue,
    /// Disinfected.
    Done {
        /// The line that says so.
        by: EventId,
        /// Whether that was at the deadline or later.
        late: bool,
    },
}

/// A place to disinfect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Task {
    /// The least tier up to which carriers were looked at and the place was found: 0 where cases were.
    pub tier: u32,
    /// The place, and all that is known of its exposure.
    pub exposed: ExposedPlace,
    /// The first moment at which work may begin.
    pub ready: Timestamp,
    /// The first moment at which it is late.
    pub due: Timestamp,
    /// Where the task stands.
    pub state: TaskState,
    /// A disinfection that does not finish the task: the one that had finished it before it was to be done again, or
    /// else the last one before the place was ready, as there was another exposure after it.
    pub undone: Option<EventId>,
}

impl Task {
    /// Whether somebody must go there, now or later.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self.state, TaskState::Done { .. })
    }
}

/// A problem in what was recorded of disinfection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum DisinfectionProblem {
    /// A correction of a line that is not there, or is a correction itself.
    #[error("{event:?} corrects {of:?}, which is not there")]
    Pending {
        /// The correction.
        event: EventId,
        /// The line that it corrects.
        of: EventId,
    },
    /// A place that is on no list of exposed places: the wrong place, or one whose exposure was withdrawn.
    #[error("{event:?} names {place:?}, which was not exposed")]
    NotExposed {
        /// The line.
        event: EventId,
        /// The place.
        place: PlaceId,
    },
    /// To be done again, but it was not done before. It has no effect.
    #[error("{event:?}: {place:?} was not disinfected before that")]
    NothingDone {
        /// The line.
        event: EventId,
        /// The place.
        place: PlaceId,
    },
}

impl DisinfectionProblem {
    /// The stable code of the problem, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::NotExposed { .. } => "not-exposed",
            Self::NothingDone { .. } => "nothing-done",
        }
    }
}

/// The tasks as of a time; see the [module](self).
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DisinfectionRegister {
    tasks: Vec<Task>,
    problems: Vec<DisinfectionProblem>,
}

impl DisinfectionRegister {
    /// Reads what was recorded by a time about places that were exposed, each with the tier up to which carriers were
    /// looked at. The order of the places does not matter. O(n log n) for n lines and places.
    #[must_use]
    pub fn read(
        journal: &Journal<DisinfectionAct>,
        exposed: impl IntoIterator<Item = (u32, ExposedPlace)>,
        rules: DisinfectionRules,
        as_of: Timestamp,
    ) -> Self {
        let wait = |event, of| DisinfectionProblem::Pending { event, of };
        let mut found = Findings::new(journal, as_of, wait);
        let mut lines = journal.standing(as_of);
        lines.sort_by_key(|line| (line.act.place(), line.act.at()));
        let mut histories: BTreeMap<PlaceId, &[Stated<DisinfectionAct>]> = lines
            .chunk_by(|a, b| a.act.place() == b.act.place())
            .map(|lines| (lines[0].act.place(), lines))
            .collect();
        let places = merged(exposed).into_iter();
        let mut tasks: Vec<Task> = places
            .map(|(place, (tier, exposed))| {
                let history = histories.remove(&place).unwrap_or_default();
                task(tier, exposed, history, rules, as_of, &mut found)
            })
            .collect();
        for line in histories.into_values().flatten() {
            let (event, place) = (line.event, line.act.place());
            found.add(line, DisinfectionProblem::NotExposed { event, place });
        }
        tasks.sort_by_key(|task| {
            let ExposedPlace { place, carriers, people, .. } = task.exposed;
            (task.tier, Reverse(people), Reverse(carriers), place)
        });
        Self { tasks, problems: found.in_order() }
    }

    /// All tasks, the most urgent first: by tier, then by (people, carriers) descending, then by place.
    #[must_use]
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// Those that are not finished, the most urgent first.
    pub fn open(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.is_open())
    }

    /// Those whose deadline has come and that are not finished, the most urgent first.
    pub fn overdue(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.state == TaskState::Overdue)
    }

    /// What is wrong with the data, by the time of receipt and event id of the lines concerned.
    #[must_use]
    pub fn problems(&self) -> &[DisinfectionProblem] {
        &self.problems
    }
}

/// Each place once, with all that its rows say.
fn merged(
    exposed: impl IntoIterator<Item = (u32, ExposedPlace)>,
) -> BTreeMap<PlaceId, (u32, ExposedPlace)> {
    let mut places = BTreeMap::new();
    for (tier, row) in exposed {
        let (least, all) = places.entry(row.place).or_insert((tier, row));
        *least = tier.min(*least);
        *all = ExposedPlace {
            place: row.place,
            from: row.from.min(all.from),
            until: row.until.max(all.until),
            carriers: row.carriers.max(all.carriers),
            people: row.people.max(all.people),
        };
    }
    places
}

/// The task of a place whose lines are given by time.
fn task(
    tier: u32,
    exposed: ExposedPlace,
    history: &[Stated<DisinfectionAct>],
    rules: DisinfectionRules,
    as_of: Timestamp,
    found: &mut Findings<DisinfectionProblem>,
) -> Task {
    let due = |ready: Timestamp| ready.saturating_add(rules.within_seconds.into());
    let mut ready = exposed.until.saturating_add(rules.airing_seconds.into());
    let (mut done, mut undone) = (None, None);
    let mut ever_done = false;
    for line in history {
        let event = line.event;
        match line.act {
            DisinfectionAct::Done(Disinfected { at, .. }) => {
                ever_done = true;
                if at < ready {
                    undone = Some(event);
                } else if done.is_none() {
                    done = Some((event, at));
                }
            }
            DisinfectionAct::Again(Again { place, .. }) if !ever_done => {
                found.add(line, DisinfectionProblem::NothingDone { event, place });
            }
            DisinfectionAct::Again(Again { at, .. }) => {
                undone = done.take().map(|(event, _)| event).or(undone);
                ready = ready.max(at);
            }
        }
    }
    let due = due(ready);
    let state = match done {
        Some((by, at)) => TaskState::Done { by, late: at >= due },
        None if as_of < ready => TaskState::NotYet,
        None if as_of < due => TaskState::Open,
        None => TaskState::Overdue,
    };
    Task { tier, exposed, ready, due, state, undone }
}

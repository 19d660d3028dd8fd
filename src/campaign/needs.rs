//! Needs of people who cannot see to them themselves, with a deadline and an owner: dialysis, medicine, a birth,
//! food, a child left alone.
//!
//! A host records in a [`Journal`](super::Journal) of [`NeedAct`]s what was raised, who took it on, and what has
//! become of it; a [`NeedRegister`] is read from it as of a time.
//!
//! # What becomes of a need
//!
//! - It is open from the line that raises it until it is met or cancelled, **whoever owns it**. What happened to it is
//!   read by (time, time of receipt, event id).
//! - Taken on, it has an owner: a responder or a unit. An owner can hand it over. When a responder drops out, all
//!   that they owned is without an owner, and stays open.
//! - A [repeated](Repeat) need is never met for good: each time that it is met, the next is due so many seconds after this
//!   one was due, or after it was met. The owner stays. A line says which time it met, so that two lines about one
//!   dialysis are not two.
//! - It is overdue from its deadline on, and met late if it is met then.
//!
//! # Examples
//!
//! ```
//! use std::num::NonZeroU32;
//!
//! use epitier::campaign::needs::{
//!     Need, NeedAct, NeedKind, NeedRegister, Owner, Repeat, RepeatFrom, Urgency,
//! };
//! use epitier::campaign::{EventId, Journal, Line, Target};
//! use epitier::network::Network;
//! use epitier::population::PopulationBuilder;
//! use epitier::{PersonId, ResponderId, Timestamp};
//!
//! let population = PopulationBuilder::new(&Network::default()).build(&())?;
//! let hour = |hours: i64| Timestamp::from_seconds(hours * 3_600);
//! let (dialysis, responder) = (EventId::new(1), ResponderId::new(5));
//! let every = NonZeroU32::new(48 * 3_600).ok_or("never")?;
//! let need = Need {
//!     of: Target::Person(PersonId::new(9)),
//!     kind: NeedKind::Dialysis,
//!     urgency: Urgency::Emergency,
//!     at: hour(0),
//!     due: hour(10),
//!     repeat: Some(Repeat { every, from: RepeatFrom::Due }),
//! };
//! let owner = Owner::Responder(responder);
//! let mut journal = Journal::new();
//! for (event, at, act) in [
//!     (1, hour(0), NeedAct::Raised(need)),
//!     (2, hour(1), NeedAct::TakenOn { need: dialysis, owner, at: hour(1) }),
//!     (3, hour(9), NeedAct::Met { need: dialysis, time: 0, at: hour(9) }),
//!     (4, hour(20), NeedAct::DroppedOut { responder, at: hour(20) }),
//! ] {
//!     journal.record(Line::act(EventId::new(event), at, act))?;
//! }
//! let register = NeedRegister::read(&journal, &population, hour(24));
//! let next = register.without_owner().next().ok_or("lost")?;
//! assert_eq!((next.time, next.due), (1, hour(58)));
//! assert_eq!(register.overdue().count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod course;
mod problem;
mod record;
mod register;

pub use self::problem::NeedProblem;
pub use self::record::{CancelReason, Need, NeedAct, NeedKind, Owner, Repeat, RepeatFrom, Urgency};
pub use self::register::{Escalation, Home, MetLate, NeedRegister, NeedState, NeedStatus};

//! Checks at a checkpoint: who passes by stated rules, and nobody passes uncounted.
//!
//! A host records in a [`Journal`](super::Journal) of [`CheckAct`]s who came: a [`Vehicle`] with its number of occupants,
//! every [`Traveller`] in it or on foot with what they showed, what the barrier counted ([`BarrierCount`]), and what
//! became of those who were held ([`HoldEnd`]). [`CheckRules`] decide about each traveller; a [`CheckRegister`] is
//! read from both as of a time.
//!
//! # Nobody uncounted
//!
//! Every line of a person is one passage, and every vehicle is one; the same person twice in one vehicle, or on foot at
//! one post in one second, is one. Occupants that a vehicle is stated to have and that nobody checked are counted as
//! unchecked. So the tallies of any cut, by post, by hour or other, add up to the total. Where a barrier counted
//! more than this, so many [passed without a check](CheckProblem::Uncounted).
//!
//! # Examples
//!
//! ```
//! use epitier::campaign::checks::{
//!     CheckAct, CheckRegister, CheckRules, HealthCode, Purpose, Shown, Traveller, Vehicle,
//! };
//! use epitier::campaign::{EventId, Journal, Line};
//! use epitier::{PostId, Timestamp};
//!
//! let now: Timestamp = "2021-08-01T13:27:00+08:00".parse()?;
//! let (post, car) = (PostId::new(3), EventId::new(1));
//! let red = Shown { health: HealthCode::Red, ..Shown::GREEN };
//! let in_car = |shown, purpose| {
//!     let person = Traveller::new(post, now, shown, purpose);
//!     CheckAct::Person(Traveller { vehicle: Some(car), ..person })
//! };
//! let mut journal = Journal::new();
//! journal.record(Line::act(car, now, CheckAct::Vehicle(Vehicle { post, at: now, occupants: 3 })))?;
//! let driver = in_car(Shown::GREEN, Purpose::EmergencyCare);
//! journal.record(Line::act(EventId::new(2), now, driver))?;
//! journal.record(Line::act(EventId::new(3), now, in_car(red, Purpose::Other)))?;
//!
//! let register = CheckRegister::read(&journal, &CheckRules::village_entrance(), now);
//! let total = register.total();
//! assert_eq!((total.vehicles, total.people), (1, 3));
//! assert_eq!((total.admitted, total.held, total.unchecked), (1, 1, 1));
//! assert_eq!(register.problems()[0].code(), "occupants-differ");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod problem;
mod record;
mod register;
mod rules;

pub use self::problem::CheckProblem;
pub use self::record::{
    BarrierCount, CheckAct, Decision, HealthCode, HoldEnd, HoldOutcome, Purpose, Shown, TravelCode,
    Traveller, Vehicle,
};
pub use self::register::{Check, CheckRegister, Tally, VehicleCheck};
pub use self::rules::{CheckRules, Condition, Reason, Rule, Ruling};

//! Samples and pools: who was sampled in which tube, what follows from its result, and what does not fit.
//!
//! A host keeps one [`Journal`](super::Journal) of [`SampleAct`]s: a sample was taken, a tube was sealed, arrived,
//! was found negative or positive, was lost. A [`SampleRegister`] is read from it as of a time, and everything that
//! it answers is a function of the acts that [stand](super::Journal::standing) then. An act whose time is no day
//! of the calendar (years 1 to 9999) is named and has no effect.
//!
//! # What follows for a tube
//!
//! The acts of a tube are taken by (time, event id). Its *people* are those of its samples, each once. Its *kind*,
//! site and round are those of its first sample.
//!
//! - A tube is **doubtful** where its samples name two sites, kinds or rounds; where the people, or the count stated
//!   on sealing, are [more than the kind allows](TubeKind::capacity); where fewer were counted on sealing than are
//!   recorded; where it arrived or had a result before a sample was taken; or where it has a result and was lost. A doubtful tube
//!   clears nobody, until the record is corrected.
//! - Its [`Reading`] is positive where any result is. Else it is what the last result says, but for a negative
//!   one of a doubtful tube, which is invalid. Without a result it is lost where it was lost, and else pending.
//! - A positive one is of *one person* where the kind is [`TubeKind::Single`] and the tube is not doubtful. Any
//!   other is of a pool: nobody can say whose it is.
//!
//! # What follows for a person
//!
//! All samples of one person that state one round are a *course*: a re-sample states the round of the tube that it
//! follows. The samples of a course are taken by (time, event id), and each one moves the state, from
//! [`State::NotSampled`] on, as the reading of its tube says. *Hold* stands for the states `PoolPositive` and `Preliminary`.
//!
//! | reading | before | after |
//! | --- | --- | --- |
//! | any | `Confirmed` | the same |
//! | positive, of one person | any other | `Confirmed` with the [stated number](SampleRules) of positives, else `Preliminary` |
//! | positive, of a pool | a hold | the same |
//! | | any other | `PoolPositive`, the first positive |
//! | negative, single | `PoolPositive` | `Negative`: released |
//! | | `Preliminary` | `Excluded`: released, and no case any more |
//! | negative | a hold | the same where the tube is no single one |
//! | | `Excluded` | the same |
//! | | any other | `Negative` |
//! | pending | a hold | the same; a single sample that is no doubtful one is what the hold *waits* for |
//! | | any other | `Pending` |
//! | invalid or lost | `NotSampled` | `ToResample` |
//! | | any other | the same |
//!
//! Positives are counted from the first one after the last release. Somebody is *to be re-sampled*, singly, in `ToResample`, and in a
//! hold that waits for nothing.
//!
//! # Cases
//!
//! Who is confirmed in any course is a case, and who is `Preliminary` in one, and confirmed in none, a provisional
//! one: both are [ready to be traced](SampleRegister::cases), from the day of the first sample of the positives
//! that count. An exclusion takes the hold and the provisional case away, and the next trace, without that
//! case, whatever hung on it.
//!
//! # The numbers of a day
//!
//! Each course counts once, in its round, and at the site and on the day of its first sample: a re-sample moves
//! nobody to another day. In [`Tally`], *negative* are `Negative` and `Excluded`; *pending* are `Pending` and those on hold, until
//! each is decided singly; *positive* are `Confirmed`; *lost* are `ToResample`. So
//! `sampled = negative + pending + positive + lost` for every round, day and site, and for any sum of them.
//!
//! # What does not fit
//!
//! [`SampleRegister::problems`] names whatever contradicts something else: see [`SampleProblem`].
//!
//! # Coverage
//!
//! Who has been sampled at all is a [`Round`](super::Round) of residents, with its coverage and its gaps:
//! [`round_entries`] turns the journal into its entries.
//!
//! # Examples
//!
//! A pool of three is positive. Two are released and one is confirmed.
//!
//! ```
//! use epitier::campaign::samples::{
//!     Certainty, Finding, Sample, SampleAct, SampleRegister, SampleRules, State, TubeKind,
//! };
//! use epitier::campaign::{EventId, Journal, Line};
//! use epitier::contact::Protocol;
//! use epitier::network::{NetworkBuilder, Tier, UnitRow};
//! use epitier::population::PopulationBuilder;
//! use epitier::{LaboratoryId, PersonId, PostId, ResponderId, Timestamp, TubeId};
//!
//! let network =
//!     NetworkBuilder::new().unit(UnitRow::new("hq", "County", Tier::Headquarters)).build()?;
//! let people = PopulationBuilder::new(&network).build(&())?;
//! let six: Timestamp = "2021-08-02T06:00:00+08:00".parse()?;
//! let mut journal = Journal::new();
//! let mut tell = |minute: i64, act: SampleAct| {
//!     let event = EventId::new(journal.len() as u64);
//!     journal.record(Line::act(event, six.saturating_add(60 * minute), act))
//! };
//! let sample = |person, tube, kind, minute: i64| {
//!     SampleAct::Taken(Sample {
//!         person: PersonId::new(person),
//!         tube: TubeId::new(tube),
//!         kind,
//!         site: PostId::new(7),
//!         round: 2,
//!         sampler: ResponderId::new(1),
//!         at: six.saturating_add(60 * minute),
//!     })
//! };
//! let result = |tube, finding, minute: i64| SampleAct::Result {
//!     tube: TubeId::new(tube),
//!     laboratory: LaboratoryId::new(0),
//!     finding,
//!     at: six.saturating_add(60 * minute),
//! };
//! for person in 0..3 {
//!     tell(5, sample(person, 100, TubeKind::TenInOne, 5))?;
//! }
//! tell(300, result(100, Finding::Positive, 300))?;
//! for person in 0..3 {
//!     tell(360, sample(person, 101 + person, TubeKind::Single, 360))?;
//!     let finding = if person == 1 { Finding::Positive } else { Finding::Negative };
//!     tell(600, result(101 + person, finding, 600))?;
//! }
//!
//! let read = |minute: i64| {
//!     let as_of = six.saturating_add(60 * minute);
//!     SampleRegister::read(&journal, &people, SampleRules::new(), as_of, &())
//! };
//! assert_eq!(read(300)?.to_resample().len(), 3);
//! let evening = read(600)?;
//! assert_eq!(evening.state(2, PersonId::new(0)), State::Negative);
//! assert_eq!(evening.state(2, PersonId::new(1)), State::Confirmed);
//! let cases = evening.cases(&Protocol::new(), Certainty::Confirmed);
//! assert_eq!(cases.iter().map(|case| case.person).collect::<Vec<_>>(), [PersonId::new(1)]);
//! let day = evening.tally(|of| of.round == 2);
//! assert_eq!((day.sampled, day.negative, day.positive), (3, 2, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod act;
mod course;
mod entries;
mod laboratory;
mod problem;
mod register;
mod tally;
mod tube;

pub use self::act::{Arrival, Finding, Sample, SampleAct, TubeKind};
pub use self::course::{Certainty, Course, Positive, SampleRules, State};
pub use self::entries::round_entries;
pub use self::laboratory::{Forecast, Laboratory, LaboratoryError, LaboratoryForecast, forecast};
pub use self::problem::SampleProblem;
pub use self::register::SampleRegister;
pub use self::tally::{Tallied, Tally};
pub use self::tube::{Reading, Tube};

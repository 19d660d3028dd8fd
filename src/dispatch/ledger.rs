//! One ledger of commitments: nobody is booked twice, and nobody who is kept from duty is booked.

mod broken;
mod error;
mod record;
#[cfg(feature = "serde")]
mod spec;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

pub use broken::{Broken, DropOut};
pub use error::LedgerError;
pub use record::{Cause, Commitment, Duty, Excluded, Exclusion, Registration, Span};

pub(super) use self::steps::Steps;
use crate::contact::Trace;
use crate::id::{CommitmentId, DenseId, ExclusionId, PersonId, ResponderId, UnitId};
use crate::network::Network;

/// Who is booked for what and when, over posts, caseloads, teams and shifts, and who is kept from duty.
///
/// All times are half-open and may have no end. A ledger counts people: of the n people of a responder,
/// those who are *free* at a time are n less those who are booked then and those who are kept from duty then,
/// by each exclusion of its own; they are free for a span if they are at every second of it. So two
/// exclusions of a class of interchangeable people never pass for one of the same person, and one of a
/// single person counts once.
///
/// An exclusion takes effect on bookings that are there already: it *breaks* them
/// ([`Ledger::broken`]), but leaves them in the book until they are cancelled. Ids of commitments and
/// exclusions count up and are never given out again.
///
/// A clone is independent and made in O(1); the first change of either copies the book.
///
/// # Cost
///
/// Every operation takes O(log n + k log k), with k rows of the responders concerned, unless it says
/// otherwise.
///
/// # Examples
///
/// A driver is booked for a shift and for a post after it, and then traced:
///
/// ```
/// use epitier::dispatch::{Cause, Commitment, Duty, Excluded, Exclusion, Ledger, Registration, Span};
/// use epitier::network::Network;
/// use epitier::{PersonId, PostId, ResponderId, Timestamp};
///
/// let time = Timestamp::from_seconds;
/// let (driver, person) = (ResponderId::new(4), PersonId::new(77));
/// let mut ledger = Ledger::new(&Network::default());
/// ledger.register(Registration { person: Some(person), ..Registration::new(driver) })?;
/// let book = |duty, start, end| Commitment { responder: driver, duty, people: 1, start, end };
///
/// ledger.book(book(Duty::Shift(9), time(0), Some(time(100))))?;
/// let refused = ledger.book(book(Duty::Post(PostId::new(1)), time(99), None)).unwrap_err();
/// assert_eq!(refused.code(), "taken");
/// let at_post = ledger.book(book(Duty::Post(PostId::new(1)), time(100), None))?;
///
/// let cause = Cause::Traced { tier: 1 };
/// let who = Excluded::Person(person);
/// let traced = ledger.exclude(Exclusion { who, cause, start: time(150), end: Some(time(900)) })?;
/// assert_eq!(ledger.broken(Span::ALWAYS)[0].commitment, at_post);
/// assert_eq!(ledger.drop_outs(Span::ALWAYS)[0].post, PostId::new(1));
/// assert_eq!(ledger.readmit(traced)?.cause, cause);
/// assert!(ledger.broken(Span::ALWAYS).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Ledger {
    book: Arc<Book>,
}

#[derive(Clone)]
struct Book {
    network: Network,
    registrations: BTreeMap<ResponderId, Registration>,
    responder_of: BTreeMap<PersonId, ResponderId>,
    /// Who lives where, by position in the network.
    living: BTreeSet<(usize, ResponderId)>,
    commitments: BTreeMap<CommitmentId, Booked>,
    commitments_of: BTreeSet<(ResponderId, CommitmentId)>,
    /// Whose people did not turn up.
    missed: BTreeSet<CommitmentId>,
    exclusions: BTreeMap<ExclusionId, Exclusion>,
    exclusions_of: BTreeSet<(Key, ExclusionId)>,
    next_commitment: u32,
    next_exclusion: u32,
}

/// The same rows and numbers; the rest follows from them.
impl PartialEq for Book {
    fn eq(&self, other: &Self) -> bool {
        self.network.rows().eq(other.network.rows())
            && self.registrations == other.registrations
            && self.commitments == other.commitments
            && self.missed == other.missed
            && self.exclusions == other.exclusions
            && (self.next_commitment, self.next_exclusion)
                == (other.next_commitment, other.next_exclusion)
    }
}

impl Eq for Book {}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Booked {
    commitment: Commitment,
    span: Span,
}

/// Whom an exclusion is found by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Responder(ResponderId),
    Person(PersonId),
    Unit(UnitId),
}

/// How many people of a responder can be on duty, and why not all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Eligibility {
    /// Those whom nothing keeps from duty at any second, booked or not.
    pub people: u32,
    /// What keeps the others from it, by id.
    pub exclusions: Vec<ExclusionId>,
}

/// What a ledger says of a responder to a dispatch.
#[derive(Debug)]
pub(super) struct Bars {
    people: i128,
    excluded: Steps,
    taken: Steps,
}

impl Bars {
    /// Whether so many people are kept from duty at no second of a span, or not for ever.
    pub(super) fn are_eligible(&self, people: u32, span: Option<Span>) -> bool {
        let away = span.map_or_else(|| self.excluded.last(), |span| self.excluded.peak(span));
        self.people - away >= i128::from(people)
    }

    /// Whether so many people are free at every second of a span.
    pub(super) fn are_free(&self, people: u32, span: Span) -> bool {
        self.people - self.taken.peak(span) >= i128::from(people)
    }
}

impl Ledger {
    /// Nobody, in a network.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let book = Book {
            network: network.clone(),
            registrations: BTreeMap::new(),
            responder_of: BTreeMap::new(),
            living: BTreeSet::new(),
            commitments: BTreeMap::new(),
            commitments_of: BTreeSet::new(),
            missed: BTreeSet::new(),
            exclusions: BTreeMap::new(),
            exclusions_of: BTreeSet::new(),
            next_commitment: 0,
            next_exclusion: 0,
        };
        Self { book: Arc::new(book) }
    }

    /// Adds a responder. What keeps the person or those who live there from duty keeps them from it too.
    ///
    /// # Errors
    ///
    /// [`LedgerError::RegisteredTwice`], [`PersonTwice`](LedgerError::PersonTwice),
    /// [`NotOnePerson`](LedgerError::NotOnePerson), [`UnknownUnit`](LedgerError::UnknownUnit).
    pub fn register(&mut self, row: Registration) -> Result<(), LedgerError> {
        let Registration { responder, people, person, residence } = row;
        if self.book.registrations.contains_key(&responder) {
            return Err(LedgerError::RegisteredTwice { responder });
        }
        if let Some(person) = person {
            if let Some(&other) = self.book.responder_of.get(&person) {
                return Err(LedgerError::PersonTwice { responder, person, other });
            }
            if people != 1 {
                return Err(LedgerError::NotOnePerson { responder, people });
            }
        }
        let position = residence.map(|unit| self.position(unit)).transpose()?;
        let book = Arc::make_mut(&mut self.book);
        book.registrations.insert(responder, row);
        book.responder_of.extend(person.map(|person| (person, responder)));
        book.living.extend(position.map(|position| (position, responder)));
        Ok(())
    }

    /// Books people, if they are free for all of the time.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Taken`] with everything that it collides with;
    /// [`UnknownResponder`](LedgerError::UnknownResponder), [`BadTimes`](LedgerError::BadTimes),
    /// [`Nobody`](LedgerError::Nobody), [`BeyondSupply`](LedgerError::BeyondSupply),
    /// [`Full`](LedgerError::Full).
    pub fn book(&mut self, commitment: Commitment) -> Result<CommitmentId, LedgerError> {
        let Commitment { responder, duty, people, start, end } = commitment;
        let registered = self.people_of(responder)?;
        check_people(responder, people, registered)?;
        let span = Span::new(start, end).map_err(|_| LedgerError::BadTimes)?;
        let free = self.free(responder, span).unwrap_or(0);
        if free < people {
            return Err(LedgerError::Taken {
                responder,
                duty,
                free,
                commitments: self.commitments_of(responder, span),
                exclusions: self.exclusions_of(responder, span),
            });
        }
        let book = Arc::make_mut(&mut self.book);
        let id = next_id(&mut book.next_commitment)?;
        book.commitments.insert(id, Booked { commitment, span });
        book.commitments_of.insert((responder, id));
        Ok(id)
    }

    /// Takes a commitment out of the book.
    ///
    /// # Errors
    ///
    /// [`LedgerError::UnknownCommitment`].
    pub fn cancel(&mut self, commitment: CommitmentId) -> Result<Commitment, LedgerError> {
        self.known(commitment)?;
        let book = Arc::make_mut(&mut self.book);
        let booked = book.commitments.remove(&commitment);
        let booked = booked.ok_or(LedgerError::UnknownCommitment { commitment })?.commitment;
        book.commitments_of.remove(&(booked.responder, commitment));
        book.missed.remove(&commitment);
        Ok(booked)
    }

    /// Records that the people of a commitment did not turn up: it is [broken](Ledger::broken). They stay
    /// booked until it is cancelled, for nobody knows where they are.
    ///
    /// # Errors
    ///
    /// [`LedgerError::UnknownCommitment`].
    pub fn did_not_turn_up(&mut self, commitment: CommitmentId) -> Result<(), LedgerError> {
        self.known(commitment)?;
        Arc::make_mut(&mut self.book).missed.insert(commitment);
        Ok(())
    }

    /// Keeps people from duty. What they are booked for stays in the book, [broken](Ledger::broken).
    ///
    /// # Errors
    ///
    /// [`LedgerError::UnknownResponder`], [`UnknownUnit`](LedgerError::UnknownUnit),
    /// [`BadTimes`](LedgerError::BadTimes), [`Nobody`](LedgerError::Nobody),
    /// [`BeyondSupply`](LedgerError::BeyondSupply), [`Full`](LedgerError::Full).
    pub fn exclude(&mut self, exclusion: Exclusion) -> Result<ExclusionId, LedgerError> {
        match exclusion.who {
            Excluded::People { responder, people } => {
                check_people(responder, people, self.people_of(responder)?)?;
            }
            Excluded::LivingIn(unit) => {
                self.position(unit)?;
            }
            Excluded::Person(_) => {}
        }
        Span::new(exclusion.start, exclusion.end).map_err(|_| LedgerError::BadTimes)?;
        let book = Arc::make_mut(&mut self.book);
        let id = next_id(&mut book.next_exclusion)?;
        book.exclusions.insert(id, exclusion);
        book.exclusions_of.insert((exclusion.who.key(), id));
        Ok(id)
    }

    /// Keeps every responder from duty whom a trace reached, with their tier as the cause; cases too. Those
    /// who are registered later are not.
    ///
    /// O(p log n) for p people of the trace.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Full`].
    pub fn exclude_traced(
        &mut self,
        trace: &Trace,
        during: Span,
    ) -> Result<Vec<ExclusionId>, LedgerError> {
        let traced = trace.people().iter();
        let reached = traced.filter(|row| self.book.responder_of.contains_key(&row.person));
        let rows: Vec<Exclusion> = reached
            .map(|row| Exclusion {
                who: Excluded::Person(row.person),
                cause: Cause::Traced { tier: row.tier },
                start: during.start(),
                end: during.end(),
            })
            .collect();
        if rows.len() > (u32::MAX - self.book.next_exclusion) as usize {
            return Err(LedgerError::Full);
        }
        rows.into_iter().map(|row| self.exclude(row)).collect()
    }

    /// Takes one exclusion away. Whatever else keeps the same people from duty still does.
    ///
    /// # Errors
    ///
    /// [`LedgerError::UnknownExclusion`].
    pub fn readmit(&mut self, exclusion: ExclusionId) -> Result<Exclusion, LedgerError> {
        let unknown = LedgerError::UnknownExclusion { exclusion };
        let row = *self.book.exclusions.get(&exclusion).ok_or(unknown)?;
        let book = Arc::make_mut(&mut self.book);
        book.exclusions.remove(&exclusion);
        book.exclusions_of.remove(&(row.who.key(), exclusion));
        Ok(row)
    }

    /// How many people of a responder nothing keeps from duty at any second of a span, and every reason
    /// why the others are kept from it; `None` for a responder who is not registered.
    #[must_use]
    pub fn eligible(&self, responder: ResponderId, span: Span) -> Option<Eligibility> {
        let bars = self.bars(responder)?;
        Some(Eligibility {
            people: rest(bars.people - bars.excluded.peak(span)),
            exclusions: self.exclusions_of(responder, span),
        })
    }

    /// How many people of a responder are free at every second of a span; `None` for a responder who is not
    /// registered.
    #[must_use]
    pub fn free(&self, responder: ResponderId, span: Span) -> Option<u32> {
        let bars = self.bars(responder)?;
        Some(rest(bars.people - bars.taken.peak(span)))
    }

    /// The registered responders, by id.
    pub fn registrations(&self) -> impl Iterator<Item = Registration> {
        self.book.registrations.values().copied()
    }

    /// A commitment of the book. O(log n).
    #[must_use]
    pub fn commitment(&self, commitment: CommitmentId) -> Option<Commitment> {
        self.book.commitments.get(&commitment).map(|booked| booked.commitment)
    }

    /// Every commitment, by id.
    pub fn commitments(&self) -> impl Iterator<Item = (CommitmentId, Commitment)> {
        self.book.commitments.iter().map(|(&id, booked)| (id, booked.commitment))
    }

    /// What people of a responder are booked for within a span, by id.
    #[must_use]
    pub fn commitments_of(&self, responder: ResponderId, span: Span) -> Vec<CommitmentId> {
        let rows = self.booked(responder).filter(|(_, booked)| booked.span.overlaps(span));
        rows.map(|(id, _)| id).collect()
    }

    /// An exclusion. O(log n).
    #[must_use]
    pub fn exclusion(&self, exclusion: ExclusionId) -> Option<Exclusion> {
        self.book.exclusions.get(&exclusion).copied()
    }

    /// Every exclusion, by id.
    pub fn exclusions(&self) -> impl Iterator<Item = (ExclusionId, Exclusion)> {
        self.book.exclusions.iter().map(|(&id, &row)| (id, row))
    }

    /// What keeps people of a responder from duty within a span, by id.
    #[must_use]
    pub fn exclusions_of(&self, responder: ResponderId, span: Span) -> Vec<ExclusionId> {
        let Some(row) = self.book.registrations.get(&responder) else { return Vec::new() };
        let rows = self.excluded(row).into_iter().filter(|(_, during, _)| during.overlaps(span));
        let mut ids: Vec<ExclusionId> = rows.map(|(id, ..)| id).collect();
        ids.sort_unstable();
        ids
    }

    /// What a dispatch has to know of a responder.
    pub(super) fn bars(&self, responder: ResponderId) -> Option<Bars> {
        let row = self.book.registrations.get(&responder)?;
        let away: Vec<(Span, u32)> =
            self.excluded(row).into_iter().map(|(_, span, people)| (span, people)).collect();
        let booked = self.booked(responder).map(|(_, row)| (row.span, row.commitment.people));
        Some(Bars {
            people: row.people.into(),
            excluded: Steps::new(away.iter().copied()),
            taken: Steps::new(away.iter().copied().chain(booked)),
        })
    }

    /// How many people a responder is.
    pub(super) fn people_of(&self, responder: ResponderId) -> Result<u32, LedgerError> {
        let row = self.book.registrations.get(&responder);
        row.map(|row| row.people).ok_or(LedgerError::UnknownResponder { responder })
    }

    fn position(&self, unit: UnitId) -> Result<usize, LedgerError> {
        self.book.network.position(unit).ok_or(LedgerError::UnknownUnit { unit })
    }

    fn known(&self, commitment: CommitmentId) -> Result<(), LedgerError> {
        let known = self.book.commitments.contains_key(&commitment);
        if known { Ok(()) } else { Err(LedgerError::UnknownCommitment { commitment }) }
    }

    /// What a responder is booked for, by id.
    fn booked(&self, responder: ResponderId) -> impl Iterator<Item = (CommitmentId, &Booked)> {
        let all = (responder, CommitmentId::new(0))..=(responder, CommitmentId::new(u32::MAX));
        let ids = self.book.commitments_of.range(all).map(|&(_, id)| id);
        ids.filter_map(|id| Some((id, self.book.commitments.get(&id)?)))
    }

    /// What keeps a responder from duty, and how many people of them.
    fn excluded(&self, row: &Registration) -> Vec<(ExclusionId, Span, u32)> {
        let own = std::iter::once(Key::Responder(row.responder));
        let person = row.person.map(Key::Person);
        let units = row.residence.into_iter();
        let units = units.flat_map(|unit| self.book.network.path_to_root(unit)).map(Key::Unit);
        let mut found = Vec::new();
        for key in own.chain(person).chain(units) {
            let all = (key, ExclusionId::new(0))..=(key, ExclusionId::new(u32::MAX));
            for &(_, id) in self.book.exclusions_of.range(all) {
                let Some(exclusion) = self.book.exclusions.get(&id) else { continue };
                let Ok(span) = Span::new(exclusion.start, exclusion.end) else { continue };
                let people = match exclusion.who {
                    Excluded::People { people, .. } => people,
                    Excluded::Person(_) | Excluded::LivingIn(_) => row.people,
                };
                found.push((id, span, people));
            }
        }
        found
    }
}

impl Excluded {
    fn key(self) -> Key {
        match self {
            Self::People { responder, .. } => Key::Responder(responder),
            Self::Person(person) => Key::Person(person),
            Self::LivingIn(unit) => Key::Unit(unit),
        }
    }
}

fn check_people(responder: ResponderId, people: u32, registered: u32) -> Result<(), LedgerError> {
    match people {
        0 => Err(LedgerError::Nobody { responder }),
        _ if people > registered => {
            Err(LedgerError::BeyondSupply { responder, people, registered })
        }
        _ => Ok(()),
    }
}

/// The people that are left, none where too many are gone; never more than a row has.
fn rest(people: i128) -> u32 {
    u32::try_from(people.max(0)).unwrap_or(u32::MAX)
}

fn next_id<Id: DenseId>(next: &mut u32) -> Result<Id, LedgerError> {
    let id = *next;
    *next = id.checked_add(1).ok_or(LedgerError::Full)?;
    Ok(Id::new(id))
}

/// Shows how many there are.
impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("registrations", &self.book.registrations.len())
            .field("commitments", &self.book.commitments.len())
            .field("exclusions", &self.book.exclusions.len())
            .finish_non_exhaustive()
    }
}

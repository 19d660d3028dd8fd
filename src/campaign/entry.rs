//! What a host puts on record: entries, and what becomes of them.

use crate::id::{HouseholdId, PersonId, ResponderId};
use crate::interval::{Day, Timestamp};

/// What the target list of a round consists of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Subject {
    /// Households: one answer for all who live behind a door.
    Households,
    /// Residents, one by one.
    Residents,
}

impl Subject {
    /// The target with a number.
    pub(super) const fn target(self, number: u32) -> Target {
        match self {
            Self::Households => Target::Household(HouseholdId::new(number)),
            Self::Residents => Target::Person(PersonId::new(number)),
        }
    }
}

/// Somebody to reach.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Target {
    /// A household.
    Household(HouseholdId),
    /// A resident.
    Person(PersonId),
}

impl Target {
    /// Which lists it can stand on.
    #[must_use]
    pub const fn subject(self) -> Subject {
        match self {
            Self::Household(_) => Subject::Households,
            Self::Person(_) => Subject::Residents,
        }
    }

    /// The number of the household or person.
    pub(super) const fn number(self) -> u32 {
        match self {
            Self::Household(household) => household.get(),
            Self::Person(person) => person.get(),
        }
    }
}

/// The host's own number of an entry, unique in a round: of a journal, of a device, or 64 bits of a UUID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct EventId(u64);

impl EventId {
    /// Wraps a number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Declares a closed set of codes that fit in four bits.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$of:meta])* $code:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(rename_all = "kebab-case")
        )]
        pub enum $name { $($(#[$of])* $code,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$code,)*];
        }
    };
}

pub(super) use codes;

codes! {
    /// How a target was sought.
    Channel {
        /// At the door (入户).
        Door,
        /// By telephone (电话).
        Phone,
        /// By a message (微信).
        Message,
        /// The target came to a site.
        Site,
    }
}

codes! {
    /// What a visit came to.
    Outcome {
        /// Reached: sampled, surveyed, vaccinated, served.
        Done,
        /// Nobody was there.
        Absent,
        /// They would not.
        Refused,
        /// The house is closed or locked: nobody lives there at present.
        ClosedHouse,
        /// The address or number leads to nobody.
        NotFound,
        /// They need not: a reason that the round accepts.
        Exempt,
        /// They must not: too young, ill, vaccinated lately.
        Ineligible,
        /// The team did not come: nobody was asked.
        TeamDidNotCome,
        /// Another time was agreed.
        Postponed,
        /// Anything else that left the target unreached.
        Other,
    }
}

impl Outcome {
    /// Whether the target counts as exempt from then on, unless reached all the same.
    #[must_use]
    pub const fn exempts(self) -> bool {
        matches!(self, Self::Exempt | Self::Ineligible)
    }

    /// Whether somebody tried to reach the target.
    #[must_use]
    pub const fn is_try(self) -> bool {
        !matches!(self, Self::TeamDidNotCome)
    }
}

codes! {
    /// Why somebody joins or leaves a frozen target list.
    Cause {
        /// Joins: came to live here.
        Newcomer,
        /// Joins: lived here before, and is back.
        Returned,
        /// Joins: was left out by mistake.
        Omitted,
        /// Leaves: lives elsewhere now.
        Moved,
        /// Leaves: died.
        Died,
        /// Leaves: was listed by mistake.
        Mistaken,
    }
}

impl Cause {
    /// Whether the target is on the list from then on; it is off the list otherwise.
    #[must_use]
    pub const fn joins(self) -> bool {
        matches!(self, Self::Newcomer | Self::Returned | Self::Omitted)
    }
}

/// One attempt to reach one target.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Visit {
    /// Who was sought.
    pub target: Target,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub responder: ResponderId,
    /// How.
    pub channel: Channel,
    /// With what outcome.
    pub outcome: Outcome,
    /// The day on which somebody should try again.
    #[cfg_attr(feature = "serde", serde(default))]
    pub follow_up: Option<Day>,
}

impl Visit {
    /// A visit at the door, with no day to try again.
    #[must_use]
    pub const fn new(
        target: Target,
        at: Timestamp,
        responder: ResponderId,
        outcome: Outcome,
    ) -> Self {
        Self { target, at, responder, channel: Channel::Door, outcome, follow_up: None }
    }

    /// The same by another channel.
    #[must_use]
    pub const fn by(self, channel: Channel) -> Self {
        Self { channel, ..self }
    }

    /// The same with a day on which somebody should try again.
    #[must_use]
    pub const fn again_on(self, day: Day) -> Self {
        Self { follow_up: Some(day), ..self }
    }
}

/// A change of the target list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Change {
    /// Who joins or leaves.
    pub target: Target,
    /// Since when.
    pub at: Timestamp,
    /// Why; this also says whether they join or leave.
    pub cause: Cause,
}

/// What an entry says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Act {
    /// Somebody was sought.
    Visit(Visit),
    /// A visit was other than its entry says.
    Amend {
        /// The entry of the visit.
        of: EventId,
        /// What it was.
        visit: Visit,
    },
    /// A visit did not take place.
    Void {
        /// The entry of the visit.
        of: EventId,
    },
    /// Somebody joins or leaves the target list.
    Change(Change),
    /// The round ends: whatever is received at that time or later goes to the late ledger.
    Close,
}

/// One line of the journal of a round.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Entry {
    /// When the headquarters received it, by the clock of the host; a retry states the same time again.
    pub received: Timestamp,
    /// The host's number of it.
    pub event: EventId,
    /// What it says.
    pub act: Act,
}

impl Entry {
    /// A visit.
    #[must_use]
    pub const fn visit(event: EventId, received: Timestamp, visit: Visit) -> Self {
        Self { received, event, act: Act::Visit(visit) }
    }

    /// A correction: the visit of an entry was this one.
    #[must_use]
    pub const fn amend(event: EventId, received: Timestamp, of: EventId, visit: Visit) -> Self {
        Self { received, event, act: Act::Amend { of, visit } }
    }

    /// A correction: the visit of an entry did not take place.
    #[must_use]
    pub const fn void(event: EventId, received: Timestamp, of: EventId) -> Self {
        Self { received, event, act: Act::Void { of } }
    }

    /// A change of the target list.
    #[must_use]
    pub const fn change(event: EventId, received: Timestamp, change: Change) -> Self {
        Self { received, event, act: Act::Change(change) }
    }

    /// The end of the round.
    #[must_use]
    pub const fn close(event: EventId, received: Timestamp) -> Self {
        Self { received, event, act: Act::Close }
    }
}

codes! {
    /// Where an entry stands among the others; the first line that fits.
    Filing {
        /// In the late ledger: received at the closing of the round or later, without any effect.
        Ledger,
        /// A correction stands in its place, or a later correction, change or closing does.
        Superseded,
        /// A correction of a visit that is not here: the visit may come yet.
        Pending,
        /// Of a target that never stood on the list: a visit there, or a change of somebody whom the population does not have.
        Orphan,
        /// A visit before the round opened; it does not count.
        Early,
        /// A visit to a target that had been reached by then; it does not count.
        Repeated,
        /// A visit at or after the deadline, while the round was open; it counts.
        Late,
        /// In effect; a visit counts.
        Stands,
    }
}

/// The answer to an entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Receipt {
    /// Where the entry stood when it was taken. Later entries can change that:
    /// [`Round::find`](super::Round::find) says where it stands now.
    pub filing: Filing,
    /// Whether the entry was there already: the answer is the one given then, and nothing has changed.
    pub retried: bool,
}

/// An entry and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Filed {
    /// The entry.
    pub entry: Entry,
    /// Where it stands now.
    pub filing: Filing,
}

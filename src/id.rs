//! Dense integer ids, and the directory between a host's own keys and them.
//!
//! The core knows people, places and posts by numbers only. A host keeps its own keys (card numbers,
//! UUIDs, codes) in a [`Directory`], which numbers them in sorted order, so that the order of the rows
//! of a table never decides a tie.

mod claims;
mod directory;

pub(crate) use claims::Claims;
pub use directory::{Directory, DirectoryBuilder, DirectoryError};

/// A dense `u32` id: what a [`Directory`] gives out and what indexes an arena.
///
/// Implemented by the ids of this crate only.
pub trait DenseId: Copy + Ord + std::fmt::Debug + Send + Sync + sealed::Sealed + 'static {
    /// Wraps a dense number.
    #[must_use]
    fn new(number: u32) -> Self;

    /// The dense number.
    #[must_use]
    fn get(self) -> u32;

    /// The dense number as an index of a slice.
    #[must_use]
    fn index(self) -> usize {
        self.get() as usize
    }
}

mod sealed {
    pub trait Sealed {}
}

/// Declares `u32` newtypes that index one arena each.
macro_rules! dense_ids {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(transparent)
        )]
        pub struct $name(u32);

        impl $name {
            /// Wraps a dense number.
            #[must_use]
            pub const fn new(number: u32) -> Self {
                Self(number)
            }

            /// The dense number.
            #[must_use]
            pub const fn get(self) -> u32 {
                self.0
            }

            /// The dense number as an index of a slice.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl sealed::Sealed for $name {}

        impl DenseId for $name {
            fn new(number: u32) -> Self {
                Self(number)
            }

            fn get(self) -> u32 {
                self.0
            }
        }
    )*};
}

dense_ids! {
    /// A unit of the network, of any tier.
    UnitId;
    /// A household.
    HouseholdId;
    /// A person: a resident, or an outsider such as a passenger or a visitor.
    PersonId;
    /// A place that people visit: a home, a coach, a shop.
    PlaceId;
    /// A place outside the network that people return from: a city, a province.
    OriginId;
    /// A kind of vaccine, with a schedule of its own.
    VaccineId;
    /// The organisation that a responder comes from.
    HomeUnitId;
    /// A responder, or a class of interchangeable ones.
    ResponderId;
    /// A post that responders are sent to.
    PostId;
    /// A commitment of a ledger.
    CommitmentId;
    /// A cause in a ledger that keeps people from duty.
    ExclusionId;
    /// A team of responders who work together.
    TeamId;
    /// A sample tube: the code on its label.
    TubeId;
    /// A laboratory.
    LaboratoryId;
}

/// The dense number of an index whose arena was checked at the door to hold fewer than 2^32 entries.
pub(crate) fn dense(index: usize) -> u32 {
    debug_assert!(u32::try_from(index).is_ok());
    #[expect(clippy::cast_possible_truncation, reason = "checked when the arena was built")]
    {
        index as u32
    }
}

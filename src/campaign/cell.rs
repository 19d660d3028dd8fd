//! What is known of one target, in 16 bits.

use super::{Outcome, Standing};

/// On the list when it was frozen.
const FROZEN: u16 = 1;
/// Exempt by the plan.
const LISTED_EXEMPT: u16 = 1 << 1;
/// A gap of the round before.
const CARRIED: u16 = 1 << 2;
/// On the list now.
const LISTED: u16 = 1 << 3;
const REACHED: u16 = 1 << 4;
/// Found exempt on a visit.
const FOUND_EXEMPT: u16 = 1 << 5;
/// Reached at or after the deadline.
const LATE: u16 = 1 << 6;
/// Four bits for the outcome of the last visit, 0 where there was none.
const LAST: u32 = 7;
/// Five bits for the number of tries.
const TRIES: u32 = 11;

/// The number of tries from which on the visits themselves must be counted.
pub(super) const MANY: u32 = 31;

/// A target. The plan sets what the first constructors set; the rest follows from the entries.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cell(u16);

impl Cell {
    /// The same on the frozen list.
    pub(super) const fn frozen(self) -> Self {
        Self(self.0 | FROZEN | LISTED)
    }

    /// The same exempt by the plan.
    pub(super) const fn exempt(self) -> Self {
        Self(self.0 | LISTED_EXEMPT)
    }

    /// The same as a gap of the round before.
    pub(super) const fn carried(self) -> Self {
        Self(self.0 | CARRIED)
    }

    /// What the plan says, with the sum of the entries.
    pub(super) fn with(self, sum: &Sum) -> Self {
        let plan = self.0 & (FROZEN | LISTED_EXEMPT | CARRIED);
        let listed = sum.listed.unwrap_or(self.is_frozen());
        let last = sum.last.map_or(0, |outcome| outcome as u16 + 1);
        let tries = u16::try_from(sum.tries.min(MANY)).unwrap_or_default();
        Self(
            plan | flag(LISTED, listed)
                | flag(REACHED, sum.reached)
                | flag(FOUND_EXEMPT, sum.exempt)
                | flag(LATE, sum.late)
                | last << LAST
                | tries << TRIES,
        )
    }

    pub(super) const fn is_frozen(self) -> bool {
        self.0 & FROZEN != 0
    }

    pub(super) const fn is_carried(self) -> bool {
        self.0 & CARRIED != 0
    }

    pub(super) const fn is_listed(self) -> bool {
        self.0 & LISTED != 0
    }

    pub(super) const fn is_reached(self) -> bool {
        self.0 & REACHED != 0
    }

    pub(super) const fn is_late(self) -> bool {
        self.0 & LATE != 0
    }

    /// Exempt and not reached all the same.
    pub(super) const fn is_exempt(self) -> bool {
        !self.is_reached() && self.0 & (LISTED_EXEMPT | FOUND_EXEMPT) != 0
    }

    /// On the list, neither reached nor exempt.
    pub(super) const fn is_gap(self) -> bool {
        self.0 & (LISTED | REACHED | LISTED_EXEMPT | FOUND_EXEMPT) == LISTED
    }

    pub(super) const fn standing(self) -> Standing {
        match () {
            () if !self.is_listed() => Standing::NotListed,
            () if self.is_reached() => Standing::Reached,
            () if self.is_exempt() => Standing::Exempt,
            () => Standing::Gap,
        }
    }

    /// The outcome of the last visit that counts.
    pub(super) fn last(self) -> Option<Outcome> {
        let code = usize::from(self.0 >> LAST & 0xf);
        Outcome::ALL.get(code.checked_sub(1)?).copied()
    }

    /// The number of tries that count, held at [`MANY`].
    pub(super) fn tries(self) -> u32 {
        u32::from(self.0 >> TRIES)
    }
}

const fn flag(bit: u16, set: bool) -> u16 {
    if set { bit } else { 0 }
}

/// What the entries of one target come to.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum {
    /// Whether the last change puts it on the list; none without a change.
    pub(super) listed: Option<bool>,
    pub(super) reached: bool,
    pub(super) exempt: bool,
    pub(super) late: bool,
    pub(super) last: Option<Outcome>,
    pub(super) tries: u32,
}

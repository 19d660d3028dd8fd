//! How many residents stand how, and how many doses they have.

use std::ops::AddAssign;

use super::State;

/// The residents of a unit by state, and the doses that they have. Always
/// `residents = not_eligible + exempt + complete + not_yet_due + due + overdue + unknown`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DoseCounts {
    /// All of them.
    pub residents: u32,
    /// [`State::NotEligible`].
    pub not_eligible: u32,
    /// [`State::Exempt`].
    pub exempt: u32,
    /// [`State::Complete`].
    pub complete: u32,
    /// [`State::NotYetDue`].
    pub not_yet_due: u32,
    /// [`State::Due`]: one dose each.
    pub due: u32,
    /// [`State::Overdue`]: one dose each.
    pub overdue: u32,
    /// [`State::Unknown`].
    pub unknown: u32,
    /// With a dose or more.
    pub begun: u32,
    /// Doses given, as stated.
    pub doses_given: u64,
}

impl DoseCounts {
    /// Doses due now: one for everybody who is due or overdue.
    #[must_use]
    pub const fn doses_due(&self) -> u64 {
        self.due as u64 + self.overdue as u64
    }

    /// Counts one resident.
    pub(super) fn count(&mut self, state: State, doses: u8) {
        self.residents += 1;
        *match state {
            State::NotEligible => &mut self.not_eligible,
            State::Exempt { .. } => &mut self.exempt,
            State::Complete => &mut self.complete,
            State::NotYetDue(_) => &mut self.not_yet_due,
            State::Due(_) => &mut self.due,
            State::Overdue(_) => &mut self.overdue,
            State::Unknown(_) => &mut self.unknown,
        } += 1;
        self.begun += u32::from(doses > 0);
        self.doses_given += u64::from(doses);
    }
}

impl AddAssign for DoseCounts {
    fn add_assign(&mut self, other: Self) {
        self.residents += other.residents;
        self.not_eligible += other.not_eligible;
        self.exempt += other.exempt;
        self.complete += other.complete;
        self.not_yet_due += other.not_yet_due;
        self.due += other.due;
        self.overdue += other.overdue;
        self.unknown += other.unknown;
        self.begun += other.begun;
        self.doses_given += other.doses_given;
    }
}

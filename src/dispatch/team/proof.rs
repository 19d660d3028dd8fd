//! The proof of teams, and all that is told of them, which is read off it.

use super::seating::{Seat, Seating};
use super::{TeamLeader, TeamMember, TeamShortage, TeamsDefect, Unplaced, UnplacedReason};
use crate::id::{ResponderId, TeamId};

#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Content {
    #[cfg(feature = "serde")]
    format: crate::format::Format<1>,
    pub(super) lists: Lists,
    proof: Proof,
}

/// What is told of teams.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Lists {
    pub(super) members: Vec<TeamMember>,
    pub(super) leaders: Vec<TeamLeader>,
    pub(super) leaderless: Vec<TeamId>,
    pub(super) unplaced: Vec<Unplaced>,
    pub(super) shortages: Vec<TeamShortage>,
    pub(super) metres: u64,
    pub(super) leader_metres: u64,
}

/// Seats by number, and whose numbers these are. All ids ascend.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Proof {
    pub(super) teams: Vec<TeamId>,
    pub(super) people: Vec<ResponderId>,
    pub(super) members: Seating,
    pub(super) guides: Vec<ResponderId>,
    /// Teams on the seats of leaders, if these were asked for.
    pub(super) leaders: Option<Seating>,
}

impl Content {
    /// What a proof says; these responders live nowhere that is known, by id.
    pub(super) fn new(proof: Proof, nowhere: &[ResponderId]) -> Self {
        Self {
            #[cfg(feature = "serde")]
            format: crate::format::Format,
            lists: proof.tell(nowhere),
            proof,
        }
    }

    /// Every check passes, or the first defect.
    pub(super) fn certify(&self) -> Result<(), TeamsDefect> {
        let Self { lists, proof, .. } = self;
        if !proof.is_in_form() {
            return Err(TeamsDefect::Rows);
        }
        proof.members.certify().map_err(|defect| TeamsDefect::Members { defect })?;
        if let Some(leaders) = &proof.leaders {
            leaders.certify().map_err(|defect| TeamsDefect::Leaders { defect })?;
        }
        let nowhere = lists.unplaced.iter().filter(|row| row.reason == UnplacedReason::NoLocation);
        let nowhere: Vec<ResponderId> = nowhere.map(|row| row.responder).collect();
        if nowhere.is_sorted() && proof.tell(&nowhere) == *lists {
            Ok(())
        } else {
            Err(TeamsDefect::Lists)
        }
    }
}

impl Proof {
    fn is_in_form(&self) -> bool {
        let Self { teams, people, members, guides, leaders } = self;
        let fits = |seating: &Seating, teams: usize, people: usize| {
            seating.is_in_form() && (seating.teams(), seating.people()) == (teams, people)
        };
        teams.is_sorted_by(|a, b| a < b)
            && people.is_sorted_by(|a, b| a < b)
            && guides.is_sorted_by(|a, b| a < b)
            && fits(members, teams.len(), people.len())
            && leaders
                .as_ref()
                .map_or(guides.is_empty(), |leaders| fits(leaders, guides.len(), teams.len()))
    }

    fn tell(&self, nowhere: &[ResponderId]) -> Lists {
        let member = |seat: Seat| TeamMember {
            team: self.teams[seat.team as usize],
            responder: self.people[seat.person as usize],
            class: self.members.stated(seat.class),
            metres: seat.metres,
        };
        let mut members: Vec<TeamMember> = self.members.taken().map(member).collect();
        members.sort_unstable();
        let leader = |seat: Seat| TeamLeader {
            team: self.teams[seat.person as usize],
            responder: self.guides[seat.team as usize],
            metres: seat.metres,
        };
        let guided = self.leaders.iter().flat_map(Seating::taken);
        let mut leaders: Vec<TeamLeader> = guided.map(leader).collect();
        leaders.sort_unstable();
        let leaderless = self.leaders.iter().flat_map(Seating::standing);
        let missing = self.members.missing().into_iter();
        let shortage =
            |(team, class, missing)| TeamShortage { team: self.teams[team], class, missing };
        Lists {
            leaderless: leaderless.map(|team| self.teams[team]).collect(),
            unplaced: self.unplaced(nowhere),
            shortages: missing.map(shortage).collect(),
            metres: members.iter().map(|row| u64::from(row.metres)).sum(),
            leader_metres: leaders.iter().map(|row| u64::from(row.metres)).sum(),
            members,
            leaders,
        }
    }

    /// Everybody without a seat or a team to lead.
    fn unplaced(&self, nowhere: &[ResponderId]) -> Vec<Unplaced> {
        let reason = |responder: &ResponderId, in_reach: bool, full: UnplacedReason| {
            if nowhere.binary_search(responder).is_ok() {
                UnplacedReason::NoLocation
            } else if in_reach {
                full
            } else {
                UnplacedReason::NoTeamInReach
            }
        };
        let unplaced = |(responder, in_reach, full)| Unplaced {
            responder,
            reason: reason(&responder, in_reach, full),
        };
        let (_, in_reach) = self.members.reached();
        let standing = self.members.standing();
        let standing =
            standing.map(|at| (self.people[at], in_reach[at], UnplacedReason::TeamsFull));
        let mut all: Vec<Unplaced> = standing.map(unplaced).collect();
        if let Some(leaders) = &self.leaders {
            let (in_reach, _) = leaders.reached();
            let mut leads = vec![false; self.guides.len()];
            for seat in leaders.taken() {
                leads[seat.team as usize] = true;
            }
            let free = (0..leads.len()).filter(|&at| !leads[at]);
            let free = free.map(|at| (self.guides[at], in_reach[at], UnplacedReason::TeamsLed));
            all.extend(free.map(unplaced));
        }
        all.sort_unstable_by_key(|row| row.responder);
        all
    }
}

#[cfg(feature = "serde")]
mod spec {
    use std::sync::Arc;

    use super::Content;
    use crate::dispatch::{Teams, TeamsDefect};

    impl TryFrom<Content> for Teams {
        type Error = TeamsDefect;

        fn try_from(content: Content) -> Result<Self, TeamsDefect> {
            content.certify().map(|()| Self { content: Arc::new(content) })
        }
    }

    impl serde::Serialize for Teams {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.content.serialize(serializer)
        }
    }
}

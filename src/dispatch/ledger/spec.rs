//! The serialised form of a ledger: its network and its rows, with the ids that were given out.

use std::sync::Arc;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::record::{Commitment, Exclusion, Registration};
use super::{Ledger, LedgerError};
use crate::format::Format;
use crate::id::{CommitmentId, ExclusionId};
use crate::network::Network;

#[derive(Serialize, Deserialize)]
struct LedgerSpec {
    format: Format<1>,
    network: Network,
    registrations: Vec<Registration>,
    commitments: Vec<(CommitmentId, Commitment, bool)>,
    exclusions: Vec<(ExclusionId, Exclusion)>,
    /// The ids that come next.
    next_commitment: u32,
    next_exclusion: u32,
}

impl Serialize for Ledger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let missed = |id| self.book.missed.contains(&id);
        let commitments = self.commitments().map(|(id, row)| (id, row, missed(id)));
        LedgerSpec {
            format: Format,
            network: self.book.network.clone(),
            registrations: self.registrations().collect(),
            commitments: commitments.collect(),
            exclusions: self.exclusions().collect(),
            next_commitment: self.book.next_commitment,
            next_exclusion: self.book.next_exclusion,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ledger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = LedgerSpec::deserialize(deserializer)?;
        let mut ids = spec.commitments.iter().map(|row| row.0.get()).collect::<Vec<_>>();
        ids.push(spec.next_commitment);
        let mut others = spec.exclusions.iter().map(|row| row.0.get()).collect::<Vec<_>>();
        others.push(spec.next_exclusion);
        if !ids.is_sorted_by(|a, b| a < b) || !others.is_sorted_by(|a, b| a < b) {
            return Err(D::Error::custom("the ids of a ledger do not count up"));
        }
        Self::replay(spec).map_err(D::Error::custom)
    }
}

impl Ledger {
    /// Does everything again. Nobody is booked twice, so that all can be booked before anybody is kept
    /// from duty.
    fn replay(spec: LedgerSpec) -> Result<Self, LedgerError> {
        let mut ledger = Self::new(&spec.network);
        for row in spec.registrations {
            ledger.register(row)?;
        }
        for (id, row, missed) in spec.commitments {
            Arc::make_mut(&mut ledger.book).next_commitment = id.get();
            ledger.book(row)?;
            if missed {
                ledger.did_not_turn_up(id)?;
            }
        }
        for (id, row) in spec.exclusions {
            Arc::make_mut(&mut ledger.book).next_exclusion = id.get();
            ledger.exclude(row)?;
        }
        let book = Arc::make_mut(&mut ledger.book);
        book.next_commitment = spec.next_commitment;
        book.next_exclusion = spec.next_exclusion;
        Ok(ledger)
    }
}

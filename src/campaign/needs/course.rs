//! What becomes of one need, act by act.

use super::problem::NeedProblem;
use super::record::{Need, NeedAct, Owner, RepeatFrom};
use super::register::{MetLate, NeedState, NeedStatus};
use crate::campaign::{EventId, Stated};
use crate::id::ResponderId;
use crate::interval::Timestamp;
use crate::network::Network;

/// The order in which things happen: by time, time of receipt and event id.
pub(super) type Moment = (Timestamp, Timestamp, EventId);

/// When a line happened.
pub(super) fn moment(line: &Stated<NeedAct>) -> Moment {
    (line.act.at(), line.received, line.event)
}

/// Who dropped out when, sorted.
pub(super) struct DropOuts(Vec<(ResponderId, Moment)>);

impl DropOuts {
    pub(super) fn new(lines: &[Stated<NeedAct>]) -> Self {
        let drop_outs = lines.iter().filter_map(|line| match line.act {
            NeedAct::DroppedOut { responder, .. } => Some((responder, moment(line))),
            _ => None,
        });
        let mut drop_outs: Vec<_> = drop_outs.collect();
        drop_outs.sort_unstable();
        Self(drop_outs)
    }

    /// When an owner first dropped out after a moment. O(log n).
    fn after(&self, owner: Owner, since: Moment) -> Option<Moment> {
        let Owner::Responder(responder) = owner else { return None };
        let next = self.0.partition_point(|&drop_out| drop_out <= (responder, since));
        let (who, when) = *self.0.get(next)?;
        (who == responder).then_some(when)
    }
}

/// A need as far as its acts have been read.
pub(super) struct Course<'a> {
    network: &'a Network,
    drop_outs: &'a DropOuts,
    status: NeedStatus,
    /// When the owner became the owner.
    owned: Moment,
    /// The lines that met it, time by time.
    met: Vec<EventId>,
}

impl<'a> Course<'a> {
    pub(super) fn new(
        network: &'a Network,
        drop_outs: &'a DropOuts,
        status: NeedStatus,
        raised: Moment,
    ) -> Self {
        Self { network, drop_outs, status, owned: raised, met: Vec::new() }
    }

    /// Takes the next act, and says if it is late or what is wrong with it.
    pub(super) fn take(
        &mut self,
        line: &Stated<NeedAct>,
        late: &mut Vec<MetLate>,
    ) -> Result<(), NeedProblem> {
        let (event, need) = (line.event, self.status.event);
        if line.act.at() < self.status.need.at {
            return Err(NeedProblem::BeforeRaised { event, need });
        }
        if let NeedAct::Met { time, .. } = line.act
            && let Some(&first) = self.met.get(time as usize)
        {
            return Err(NeedProblem::MetTwice { event, need, first });
        }
        if !self.status.is_open() {
            return Err(NeedProblem::AfterEnd { event, need });
        }
        self.drop_owner(Some(moment(line)));
        match (line.act, self.status.owner) {
            (NeedAct::TakenOn { .. }, Some(_)) => Err(NeedProblem::AlreadyOwned { event, need }),
            (NeedAct::HandedOver { .. }, None) => Err(NeedProblem::NoOwner { event, need }),
            (NeedAct::TakenOn { owner, .. } | NeedAct::HandedOver { to: owner, .. }, _) => {
                self.own(owner, line)
            }
            (NeedAct::Met { time, at, .. }, _) => self.meet(event, time, at, late),
            (NeedAct::Cancelled { reason, .. }, _) => {
                self.status.state = NeedState::Cancelled(reason);
                Ok(())
            }
            (NeedAct::Raised(_) | NeedAct::DroppedOut { .. }, _) => Ok(()),
        }
    }

    fn own(&mut self, owner: Owner, line: &Stated<NeedAct>) -> Result<(), NeedProblem> {
        if let Owner::Unit(unit) = owner
            && self.network.tier(unit).is_none()
        {
            return Err(NeedProblem::UnknownUnit { event: line.event, unit });
        }
        self.status.owner = Some(owner);
        self.status.since = line.act.at();
        self.owned = moment(line);
        Ok(())
    }

    fn meet(
        &mut self,
        event: EventId,
        time: u32,
        at: Timestamp,
        late: &mut Vec<MetLate>,
    ) -> Result<(), NeedProblem> {
        let status = &mut self.status;
        if time > status.time {
            return Err(NeedProblem::OutOfTurn { event, need: status.event, time });
        }
        let Need { of, repeat, .. } = status.need;
        if at >= status.due {
            late.push(MetLate { event, need: status.event, of, time, due: status.due, at });
        }
        self.met.push(event);
        status.time += 1;
        match repeat {
            None => status.state = NeedState::Met,
            Some(repeat) => {
                let last = match repeat.from {
                    RepeatFrom::Due => status.due,
                    RepeatFrom::Met => at,
                };
                status.due = last.saturating_add(repeat.every.get().into());
            }
        }
        Ok(())
    }

    /// Leaves the need without its owner, if the owner dropped out before a moment.
    fn drop_owner(&mut self, before: Option<Moment>) {
        let dropped = self.status.owner.and_then(|owner| self.drop_outs.after(owner, self.owned));
        if let Some(when) = dropped.filter(|&when| before.is_none_or(|before| when < before)) {
            self.status.owner = None;
            self.status.since = when.0;
        }
    }

    /// How the need stands after all acts.
    pub(super) fn end(mut self) -> NeedStatus {
        if self.status.is_open() {
            self.drop_owner(None);
        }
        self.status
    }
}

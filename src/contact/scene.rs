//! An index under the rules and isolations of one investigation.

use super::columns::{FAR, Row};
use super::index::Parts;
use super::investigation::{Case, Investigation};
use super::isolation::Isolations;
use super::protocol::Direction;
use super::record::Setting;
use super::round::Candidate;
use super::rule::{Carrier, Rule};
use super::trace::Change;
use crate::interval::Timestamp;

/// What every step of a trace looks at.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) parts: &'a Parts,
    isolations: Isolations,
    by_setting: [Rule; Setting::ALL.len()],
    /// The rule of links.
    pub(super) link_rule: Rule,
    /// Seconds between an exposure and the first onward one.
    pub(super) latency: i64,
}

/// What a forward trace asks of a contact, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    /// How long two visits must share, at least 1.
    pub(super) need: u32,
    pub(super) lag: u32,
}

impl<'a> Scene<'a> {
    pub(super) fn new(parts: &'a Parts, investigation: &Investigation) -> Self {
        let protocol = investigation.protocol();
        let rule = |min_overlap: u32| Rule {
            direction: protocol.direction(),
            span: parts.clock.span,
            min_overlap: min_overlap.into(),
            lag: protocol.lag().into(),
        };
        Self {
            parts,
            isolations: Isolations::new(investigation.isolations(), &parts.clock),
            by_setting: Setting::ALL.map(|setting| rule(protocol.min_overlap_in(setting))),
            link_rule: rule(protocol.min_overlap()),
            latency: protocol.latency().into(),
        }
    }

    /// A rule as two numbers, where nobody is isolated and the trace runs forward.
    pub(super) fn plain(&self, rule: &Rule) -> Option<Plain> {
        let plain = self.isolations.is_empty() && rule.direction == Direction::Forward;
        let narrow = |seconds: i64| u32::try_from(seconds).unwrap_or(u32::MAX);
        plain.then(|| Plain { need: narrow(rule.need()), lag: narrow(rule.lag) })
    }

    /// The rule of a place.
    pub(super) fn rule(&self, place: u32) -> &Rule {
        &self.by_setting[self.parts.setting(place) as usize]
    }

    /// What the person's isolation leaves of a visit to a place.
    pub(super) fn stays(&self, row: Row, place: u32, stay: impl FnMut((i64, i64))) {
        let at_home = || self.parts.is_home(place, row.person);
        self.isolations.pieces(row.person, at_home, row.stay(), stay);
    }

    /// What the isolations of both people leave of a link.
    pub(super) fn touches(
        &self,
        (a, b): (u32, u32),
        touch: (i64, i64),
        mut piece: impl FnMut((i64, i64)),
    ) {
        let together = || self.parts.live_together(a, b);
        self.isolations.pieces(a, together, touch, |rest| {
            self.isolations.pieces(b, together, rest, &mut piece);
        });
    }

    /// The key of a moment.
    pub(super) fn key(&self, moment: Timestamp) -> i64 {
        self.link_rule.mirror(self.parts.clock.offset(moment))
    }

    /// A change of a trace as the offer that made it; `None` for a time that no row of this index has.
    pub(super) fn candidate(&self, change: &Change) -> Option<Candidate> {
        Some(Candidate {
            person: change.person.get(),
            key: u32::try_from(self.key(change.time)).ok()?,
            source: change.source.get(),
            venue: change.place.map_or(0, |place| place.get() + 1),
        })
    }

    /// A case as a carrier.
    pub(super) fn case(&self, case: &Case) -> Carrier {
        let until = case.until.map_or(FAR, |until| self.parts.clock.offset(until));
        match self.link_rule.direction {
            Direction::Forward => Carrier { at: self.key(case.from), until },
            // The latest second at which the case was still to be exposed.
            Direction::Backward => Carrier { at: self.link_rule.mirror(until - 1), until: FAR },
        }
    }

    /// Somebody exposed (or exposing, backward) at a key, as a carrier.
    pub(super) fn carrier(&self, key: i64) -> Carrier {
        Carrier { at: key + self.latency, until: FAR }
    }
}

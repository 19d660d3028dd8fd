//! An index under the rules and isolations of one investigation.

use super::columns::{FAR, Row};
use super::cumulative::{Cumulative, Meeting};
use super::index::{Parts, Venue};
use super::investigation::{Case, Investigation};
use super::isolation::Isolations;
use super::protocol::Direction;
use super::record::Setting;
use super::rule::{Carrier, Rule};
use crate::interval::Timestamp;

/// What every step of a trace looks at.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) parts: &'a Parts,
    isolations: Isolations,
    by_setting: [Rule; Setting::ALL.len()],
    /// The rule of presence at home; `None` where living together is no contact.
    household_rule: Option<Rule>,
    /// How short contacts add up.
    pub(super) cumulative: Option<Cumulative>,
    /// The rule of links.
    pub(super) link_rule: Rule,
    /// Seconds between an exposure and the first onward one.
    pub(super) latency: i64,
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
            household_rule: protocol
                .household_contacts()
                .then(|| Rule { lag: 0, ..rule(protocol.min_overlap_in(Setting::Household)) }),
            cumulative: protocol.cumulative(),
            link_rule: rule(protocol.min_overlap()),
            latency: protocol.latency().into(),
        }
    }

    /// The rule of a venue where people stay.
    pub(super) fn rule(&self, venue: u32) -> &Rule {
        match (self.parts.venue(venue), &self.household_rule) {
            (Venue::Place(place), _) => &self.by_setting[self.parts.setting(place) as usize],
            (Venue::Household(_), Some(rule)) => rule,
            _ => &self.link_rule,
        }
    }

    /// The stays of a person that end at `first` or later and start at `last` or before, each with its
    /// venue: visits, and presence at home where living together is a contact.
    pub(super) fn stays_of(
        &self,
        person: u32,
        first: i64,
        last: i64,
    ) -> impl Iterator<Item = (u32, Row)> {
        let parts = self.parts;
        let visits = parts.visits.of_person(person, first, last);
        let homes = self.household_rule.map(|_| parts.homes.of_person(person, first, last));
        let at_places = visits.map(|(place, row)| (parts.code(Venue::Place(place)), row));
        let at_home = homes.into_iter().flatten();
        at_places.chain(at_home.map(|(home, row)| (parts.code(Venue::Household(home)), row)))
    }

    /// The stays at a venue that end at `first` or later and start at `last` or before.
    pub(super) fn stays_at(&self, venue: u32, first: i64, last: i64) -> impl Iterator<Item = Row> {
        let (visits, key) = match self.parts.venue(venue) {
            Venue::Place(place) => (Some(&self.parts.visits), place),
            Venue::Household(household) => (Some(&self.parts.homes), household),
            Venue::Link | Venue::Together => (None, 0),
        };
        visits.into_iter().flat_map(move |visits| visits.of_place(key, first, last))
    }

    /// What the person's isolation leaves of a stay at a venue.
    pub(super) fn stays(&self, row: Row, venue: u32, stay: impl FnMut((i64, i64))) {
        let at_home = || match self.parts.venue(venue) {
            Venue::Place(place) => self.parts.is_home(place, row.person),
            _ => true,
        };
        self.isolations.pieces(row.person, at_home, row.stay(), stay);
    }

    /// Every contact of a person, of whatever length, among the stays and links that end at `first` or later
    /// and start at `last` or before, with whom; the person is the one who `sheds`, or the other one.
    pub(super) fn meetings(
        &self,
        person: u32,
        sheds: bool,
        (first, last): (i64, i64),
        mut met: impl FnMut(u32, Meeting),
    ) {
        for (venue, row) in self.stays_of(person, first, last) {
            let Rule { lag, min_overlap, .. } = *self.rule(venue);
            let (start, end) = row.stay();
            let near = self.stays_at(venue, start - lag, end + lag);
            for other in near.filter(|other| other.person != person) {
                self.stays(row, venue, |own| {
                    self.stays(other, venue, |theirs| {
                        let (shed, taken) = if sheds { (own, theirs) } else { (theirs, own) };
                        met(other.person, Meeting { shed, taken, lag, min_overlap, venue });
                    });
                });
            }
        }
        let (links, min_overlap) = (&self.parts.links, self.link_rule.min_overlap);
        let directed = if sheds { &links.out } else { &links.into };
        for touches in [&links.mutual, directed] {
            for touch in touches.of(person, first, last) {
                let whole = (i64::from(touch.start), i64::from(touch.end));
                self.touches((person, touch.other), whole, |piece| {
                    let (shed, taken, venue) = (piece, piece, self.parts.code(Venue::Link));
                    met(touch.other, Meeting { shed, taken, lag: 0, min_overlap, venue });
                });
            }
        }
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

    /// The moment of a key that a row gave rise to.
    pub(super) fn moment(&self, key: i64) -> Timestamp {
        self.parts.clock.moment(self.link_rule.mirror(key))
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

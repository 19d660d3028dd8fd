//! An index under the rules and isolations of one investigation.

use std::ops::Range;

use super::columns::{FAR, Row, Visits};
use super::cumulative::{Cumulative, Meeting};
use super::index::{Parts, Venue};
use super::investigation::{Case, Investigation};
use super::isolation::Isolations;
use super::protocol::Direction;
use super::record::Setting;
use super::round::Candidate;
use super::rule::{Carrier, Rule};
use super::trace::{Change, Reason};
use crate::interval::Timestamp;

/// People are many where they made more than one in so many of all visits.
const WIDE: usize = 20;

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
            household_rule: protocol
                .household_contacts()
                .then(|| Rule { lag: 0, ..rule(protocol.min_overlap_in(Setting::Household)) }),
            cumulative: protocol.cumulative(),
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
        let at_home = homes
            .into_iter()
            .flatten()
            .map(|(home, row)| (parts.code(Venue::Household(home)), parts.clock.presence(row)));
        at_places.chain(at_home)
    }

    /// The stays at a venue that end at `first` or later and start at `last` or before.
    pub(super) fn stays_at(&self, venue: u32, first: i64, last: i64) -> impl Iterator<Item = Row> {
        let (visits, homes) = match self.parts.venue(venue) {
            Venue::Place(place) => (Some(self.parts.visits.of_place(place, first, last)), None),
            Venue::Household(home) => (None, Some(self.parts.homes.of_place(home, first, last))),
            Venue::Link | Venue::Together => (None, None),
        };
        let homes = homes.into_iter().flatten().map(|row| self.parts.clock.presence(row));
        visits.into_iter().flatten().chain(homes)
    }

    /// How many stays there are at a venue.
    pub(super) fn count_at(&self, venue: u32) -> usize {
        let (visits, keys) = self.table(venue..venue + 1);
        visits.segments().iter().map(|segment| segment.rows_in(keys.clone()).len()).sum()
    }

    /// Whether some people made so many visits that a pass over all of them is cheaper than a look at each.
    pub(super) fn is_wide(&self, people: impl IntoIterator<Item = u32>) -> bool {
        let segments = self.parts.visits.segments();
        let limit = self.parts.visits.0.len() / WIDE;
        let mut rows = 0;
        people.into_iter().any(|person| {
            rows +=
                segments.iter().map(|segment| segment.row_numbers_of(person).len()).sum::<usize>();
            rows > limit
        })
    }

    /// All venues where people stay, cut into ranges with about so many stays each; places and
    /// households apart.
    pub(super) fn chunks_of_venues(&self, rows: usize) -> Vec<Range<u32>> {
        let Parts { visits, homes, counts, known, .. } = self.parts;
        let places = visits.chunks(counts.places, rows);
        let households = if self.household_rule.is_some() { known.households() } else { 0 };
        let households = homes.chunks(households, rows);
        let code = |venue| self.parts.code(venue);
        let numbered = |first: u32, keys: Range<u32>| first..first + (keys.end - keys.start);
        let places = places.into_iter().map(|keys| numbered(code(Venue::Place(keys.start)), keys));
        let households =
            households.into_iter().map(|keys| numbered(code(Venue::Household(keys.start)), keys));
        places.chain(households).collect()
    }

    /// The table that holds the stays at some venues, all places or all households, and their keys there.
    pub(super) fn table(&self, venues: Range<u32>) -> (&'a Visits, Range<u32>) {
        let count = venues.end - venues.start;
        match self.parts.venue(venues.start) {
            Venue::Household(first) => (&self.parts.homes, first..first + count),
            Venue::Place(first) => (&self.parts.visits, first..first + count),
            Venue::Link | Venue::Together => (&self.parts.visits, 0..0),
        }
    }

    /// The stays at a venue as the table holds them, with the ends of presences filled in.
    pub(super) fn filled_in<'r>(
        &self,
        venue: u32,
        rows: &'r [Row],
        presences: &'r mut Vec<Row>,
    ) -> &'r [Row] {
        if matches!(self.parts.venue(venue), Venue::Place(_)) {
            return rows;
        }
        presences.clear();
        presences.extend(rows.iter().map(|&row| self.parts.clock.presence(row)));
        presences
    }

    /// What the person's isolation leaves of a stay at a venue.
    pub(super) fn stays(&self, row: Row, venue: u32, stay: impl FnMut((i64, i64))) {
        let at_home = || match self.parts.venue(venue) {
            Venue::Place(place) => self.parts.is_home(place, row.person),
            _ => true,
        };
        self.isolations.pieces(row.person, at_home, row.stay(), stay);
    }

    /// Whether the end of a stay at a venue is an outer bound.
    pub(super) fn is_outer_bound(&self, venue: u32, row: Row) -> bool {
        let bounds = &self.parts.outer_bounds;
        matches!(self.parts.venue(venue), Venue::Place(place) if bounds.holds(place, row))
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
            let bound = self.is_outer_bound(venue, row);
            for other in near.filter(|other| other.person != person) {
                let outer_bound = bound || self.is_outer_bound(venue, other);
                self.stays(row, venue, |own| {
                    self.stays(other, venue, |theirs| {
                        let (shed, taken) = if sheds { (own, theirs) } else { (theirs, own) };
                        met(
                            other.person,
                            Meeting { shed, taken, lag, min_overlap, venue, outer_bound },
                        );
                    });
                });
            }
        }
        let (min_overlap, venue) = (self.link_rule.min_overlap, self.parts.code(Venue::Link));
        for touch in self.parts.links.of(person, sheds, (first, last)) {
            self.touches((person, touch.other), touch.stay(), |piece| {
                let (shed, taken, lag, outer_bound) = (piece, piece, 0, false);
                met(touch.other, Meeting { shed, taken, lag, min_overlap, venue, outer_bound });
            });
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

    /// A change of a trace as the offer that made it; `None` for a time that no row of this index has.
    pub(super) fn candidate(&self, change: &Change) -> Option<Candidate> {
        Some(Candidate {
            person: change.person.get(),
            key: u32::try_from(self.key(change.time)).ok()?,
            source: change.source.get(),
            venue: self.parts.code(match (change.reason, change.place) {
                (Reason::Household, _) => {
                    Venue::Household(self.parts.known.household_of(change.person.get())?)
                }
                (Reason::Cumulative, _) => Venue::Together,
                (_, Some(place)) => Venue::Place(place.get()),
                (_, None) => Venue::Link,
            }),
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

//! The definition of a trace, written out second by second: slow and obviously the text.

use std::collections::{BTreeMap, BTreeSet};

use epitier::contact::{
    Case, ContactIndex, ContactIndexBuilder, Cumulative, Cuts, Direction, Investigation, Isolation,
    Link, Member, Place, Reason, Setting, Visit,
};
use epitier::{HouseholdId, PersonId, PlaceId, Timestamp};

/// Everything that a trace depends on.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) people: u32,
    pub(crate) place_count: u32,
    pub(crate) visits: Vec<Visit>,
    pub(crate) links: Vec<Link>,
    pub(crate) places: Vec<Place>,
    pub(crate) members: Vec<Member>,
    pub(crate) investigation: Investigation,
}

impl World {
    pub(crate) fn index(&self) -> ContactIndex {
        ContactIndexBuilder::new(self.people, self.place_count)
            .visits(self.visits.iter().copied())
            .links(self.links.iter().copied())
            .places(self.places.iter().copied())
            .members(self.members.iter().copied())
            .build(&())
            .unwrap()
    }

    fn household(&self, person: PersonId) -> Option<HouseholdId> {
        self.members.iter().find(|member| member.person == person).map(|member| member.household)
    }

    fn place(&self, place: PlaceId) -> Option<&Place> {
        self.places.iter().find(|row| row.place == place)
    }

    /// Whether somebody is kept from a contact in a second.
    fn isolated(&self, person: PersonId, second: i64, own_household: bool) -> bool {
        self.investigation.isolations().iter().any(|row: &Isolation| {
            row.person == person
                && row.from.seconds() <= second
                && row.until.is_none_or(|until| second < until.seconds())
                && !(own_household && row.cuts == Cuts::OutsideHousehold)
        })
    }

    /// The maximal runs of seconds of `[start, end)` that satisfy a condition.
    fn runs(start: i64, end: i64, free: impl Fn(i64) -> bool) -> Vec<(i64, i64)> {
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for second in (start..end).filter(|&second| free(second)) {
            match runs.last_mut() {
                Some(last) if last.1 == second => last.1 = second + 1,
                _ => runs.push((second, second + 1)),
            }
        }
        runs
    }

    /// What isolation leaves of the visits.
    pub(crate) fn stays(&self) -> Vec<(PersonId, PlaceId, (i64, i64))> {
        let mut stays = Vec::new();
        for visit in &self.visits {
            let home = self.place(visit.place).and_then(|place| place.household);
            let own = home.is_some() && home == self.household(visit.person);
            let free = |second| !self.isolated(visit.person, second, own);
            for run in Self::runs(visit.start.seconds(), visit.end.seconds(), free) {
                stays.push((visit.person, visit.place, run));
            }
        }
        stays
    }

    /// All contacts that isolation leaves, once for each direction in which they can pass exposure.
    pub(crate) fn contacts(&self) -> Vec<Contact> {
        let protocol = self.investigation.protocol();
        let stays = self.stays();
        let mut contacts = Vec::new();
        for &(from, place, carrying) in &stays {
            let setting = self.place(place).map_or(Setting::Other, |place| place.setting);
            let min_overlap = i64::from(protocol.min_overlap_in(setting));
            for &(to, _, exposed) in
                stays.iter().filter(|(to, other, _)| *other == place && *to != from)
            {
                let lag = i64::from(protocol.lag());
                let how = How::Visits { carrying, exposed, lag };
                let (place, reason) = (Some(place), Reason::SharedPlace);
                contacts.push(Contact { number: 0, from, to, place, reason, how, min_overlap });
            }
        }
        if protocol.household_contacts() {
            contacts.extend(self.household_contacts());
        }
        for link in &self.links {
            let together = self.household(link.a).is_some()
                && self.household(link.a) == self.household(link.b);
            let free = |second| {
                [link.a, link.b].iter().all(|&person| !self.isolated(person, second, together))
            };
            let (start, end) = (link.start.seconds(), link.end.seconds());
            let pieces = if start == end {
                free(start).then_some((start, end)).into_iter().collect()
            } else {
                Self::runs(start, end, free)
            };
            for touch in pieces {
                let both = [(link.a, link.b), (link.b, link.a)];
                for (from, to) in both.into_iter().take(if link.one_way { 1 } else { 2 }) {
                    let (how, min_overlap) = (How::Link { touch }, protocol.min_overlap().into());
                    let (place, reason) = (None, Reason::DirectContact);
                    contacts.push(Contact { number: 0, from, to, place, reason, how, min_overlap });
                }
            }
        }
        for (contact, number) in contacts.iter_mut().zip(0..) {
            contact.number = number;
        }
        if let Some(rule) = protocol.cumulative() {
            let pairs: BTreeSet<_> = contacts.iter().map(|c| (c.from, c.to)).collect();
            let together = pairs.into_iter().map(|(from, to)| {
                let of_pair = |c: &&Contact| (c.from, c.to) == (from, to);
                let parts = contacts.iter().filter(of_pair).cloned().collect();
                let (how, reason) = (How::Together { parts, rule }, Reason::Cumulative);
                Contact { number: 0, from, to, place: None, reason, how, min_overlap: 0 }
            });
            contacts.extend(together.collect::<Vec<_>>());
        }
        contacts
    }

    /// Two members of one household, both present.
    fn household_contacts(&self) -> Vec<Contact> {
        let min_overlap = self.investigation.protocol().min_overlap_in(Setting::Household).into();
        let mut present = Vec::new();
        for member in &self.members {
            let start = member.from.map_or(WORLD.start, Timestamp::seconds);
            let end = member.until.map_or(WORLD.end, Timestamp::seconds);
            for run in Self::runs(start, end, |second| !self.isolated(member.person, second, true))
            {
                present.push((member.person, member.household, run));
            }
        }
        let mut contacts = Vec::new();
        for &(from, household, carrying) in &present {
            for &(to, other, exposed) in &present {
                if to != from && other == household {
                    let (how, reason) =
                        (How::Visits { carrying, exposed, lag: 0 }, Reason::Household);
                    contacts.push(Contact {
                        number: 0,
                        from,
                        to,
                        place: None,
                        reason,
                        how,
                        min_overlap,
                    });
                }
            }
        }
        contacts
    }
}

/// One way in which one person can expose another.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    /// Tells apart all contacts that do not stand for several.
    pub(crate) number: usize,
    pub(crate) from: PersonId,
    pub(crate) to: PersonId,
    pub(crate) place: Option<PlaceId>,
    pub(crate) reason: Reason,
    how: How,
    min_overlap: i64,
}

#[derive(Clone, Debug)]
enum How {
    Visits {
        carrying: (i64, i64),
        exposed: (i64, i64),
        lag: i64,
    },
    Link {
        touch: (i64, i64),
    },
    /// All contacts of the pair.
    Together {
        parts: Vec<Contact>,
        rule: Cumulative,
    },
}

impl Contact {
    /// `[S, E)` of the definition, if the contact qualifies for somebody carrying from `a` on. Of contacts
    /// that count together, the window from `x` on.
    pub(crate) fn shared(&self, a: i64, until: i64) -> Option<(i64, i64)> {
        match self.how {
            How::Link { touch: (at, end) } if at == end => {
                (self.min_overlap == 0 && a <= at && at < until).then_some((at, at))
            }
            How::Together { ref parts, rule } => {
                let x = *windows(&contact_seconds(parts, a, until), rule).first()?;
                Some((x, x + i64::from(rule.within())))
            }
            _ => self.lasts(a, until).filter(|(start, end)| end - start >= self.min_overlap),
        }
    }

    /// `[S, E)` of the definition, of whatever length but none.
    fn lasts(&self, a: i64, until: i64) -> Option<(i64, i64)> {
        let (start, end) = match self.how {
            How::Visits { carrying, exposed, lag } => {
                let shed = (carrying.0.max(a), carrying.1.min(until));
                if shed.0 >= shed.1 {
                    return None;
                }
                (shed.0.max(exposed.0), (shed.1 + lag).min(exposed.1))
            }
            How::Link { touch } => (touch.0.max(a), touch.1.min(until)),
            How::Together { .. } => return None,
        };
        (start < end).then_some((start, end))
    }
}

/// Whether each second of the world is a contact second of somebody carrying from `a` on.
fn contact_seconds(parts: &[Contact], a: i64, until: i64) -> Vec<bool> {
    let mut seconds = vec![false; usize::try_from(WORLD.end - WORLD.start).unwrap()];
    for (start, end) in parts.iter().filter_map(|part| part.lasts(a, until)) {
        for second in start..end {
            seconds[usize::try_from(second - WORLD.start).unwrap()] = true;
        }
    }
    seconds
}

/// The contact seconds from which a window holds enough of them.
fn windows(seconds: &[bool], rule: Cumulative) -> Vec<i64> {
    let enough = |&first: &usize| {
        let window = seconds[first..].iter().take(rule.within() as usize);
        window.filter(|together| **together).count() >= rule.seconds() as usize
    };
    let all = (0..seconds.len()).filter(|&first| seconds[first]).filter(enough);
    all.map(|first| WORLD.start + i64::try_from(first).unwrap()).collect()
}

/// A label of the oracle: time, source, reason, place.
pub(crate) type Label = (i64, Option<PersonId>, Reason, Option<PlaceId>);

/// Evidence: start, end, source, place, reason.
pub(crate) type Shown = (i64, i64, PersonId, Option<PlaceId>, Reason);

/// Labels after each round, for one group of cases.
pub(crate) type Rounds = Vec<BTreeMap<PersonId, Label>>;

/// What the definition says of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) tier: u32,
    pub(crate) first: Label,
    /// The best time after each round, from the person's tier to the last round.
    pub(crate) best: Vec<i64>,
    pub(crate) evidence: BTreeSet<Shown>,
}

const NEVER: i64 = 1 << 40;

/// The seconds in which a test world lives, with room for look-back and lag.
pub(crate) const WORLD: std::ops::Range<i64> = -40..200;

/// The labels of each group of cases, with the start of its window.
pub(crate) fn labels(world: &World, contacts: &[Contact]) -> Vec<(i64, Rounds)> {
    let cases = world.investigation.cases();
    let forward = world.investigation.protocol().direction() == Direction::Forward;
    // Backward, every case keeps to its own window; cases of one window are traced together.
    let froms: BTreeSet<Option<Timestamp>> =
        cases.iter().map(|case| (!forward).then_some(case.from)).collect();
    froms
        .into_iter()
        .map(|from| {
            let of_group = |case: &&Case| from.is_none_or(|from| case.from == from);
            let seeds: Vec<Case> = cases.iter().filter(of_group).copied().collect();
            let rounds = if forward {
                forward_rounds(world, contacts, &seeds)
            } else {
                backward_rounds(world, contacts, &seeds)
            };
            (from.map_or(-NEVER, Timestamp::seconds), rounds)
        })
        .collect()
}

pub(crate) fn oracle(world: &World) -> BTreeMap<PersonId, Expected> {
    let cases = world.investigation.cases();
    let forward = world.investigation.protocol().direction() == Direction::Forward;
    let contacts = world.contacts();
    let groups = labels(world, &contacts);
    let better = |a: i64, b: i64| if forward { a.min(b) } else { a.max(b) };
    let rank = |label: Label| (if forward { label.0 } else { -label.0 }, label.1, label.2, label.3);
    let mut expected = BTreeMap::new();
    for case in cases {
        let from = case.from.seconds();
        let first = (from, None, Reason::IndexCase, None);
        let row = Expected { tier: 0, first, best: vec![from], evidence: BTreeSet::new() };
        expected.insert(case.person, row);
    }
    for person in (0..world.people).map(PersonId::new) {
        if expected.contains_key(&person) {
            continue;
        }
        let last = groups.iter().map(|(_, rounds)| rounds.len()).max().unwrap_or(0);
        let at = |round: usize| {
            groups.iter().filter_map(move |(_, rounds)| after(rounds, round).get(&person).copied())
        };
        let Some(tier) = (1..last).find(|&round| at(round).next().is_some()) else { continue };
        let first = at(tier).min_by_key(|&label| rank(label)).unwrap();
        let best = (tier..last)
            .map(|round| at(round).map(|label| label.0).reduce(better).unwrap())
            .collect();
        let mut evidence = BTreeSet::new();
        for (from, rounds) in &groups {
            let found = evidence_of(world, &contacts, person, after(rounds, tier - 1), *from);
            evidence.extend(found.into_iter().map(|(_, shown)| shown));
        }
        let tier = u32::try_from(tier).unwrap();
        expected.insert(person, Expected { tier, first, best, evidence });
    }
    expected
}

/// The labels after a round; nothing changes after the last one.
pub(crate) fn after(rounds: &Rounds, round: usize) -> &BTreeMap<PersonId, Label> {
    &rounds[round.min(rounds.len() - 1)]
}

fn window(case: &Case) -> (i64, i64) {
    (case.from.seconds(), case.until.map_or(NEVER, Timestamp::seconds))
}

fn is_case(world: &World, person: PersonId) -> Option<&Case> {
    world.investigation.cases().iter().find(|case| case.person == person)
}

/// `A_h` for every round up to the limit or until nothing changes.
fn forward_rounds(world: &World, contacts: &[Contact], seeds: &[Case]) -> Rounds {
    let start = |case: &Case| (case.person, (case.from.seconds(), None, Reason::IndexCase, None));
    let mut rounds = vec![seeds.iter().map(start).collect::<BTreeMap<_, Label>>()];
    for _ in 0..world.investigation.protocol().tiers() {
        let old = rounds.last().unwrap();
        let mut new = old.clone();
        for contact in contacts.iter().filter(|contact| is_case(world, contact.to).is_none()) {
            let Some((a, until)) = carries(world, old, contact.from) else { continue };
            let Some((x, _)) = contact.shared(a, until) else { continue };
            let offer = (x, Some(contact.from), contact.reason, contact.place);
            // Strictly earlier than the round before; the smallest of the round.
            let betters = old.get(&contact.to).is_none_or(|known| x < known.0);
            if betters && new.get(&contact.to).is_none_or(|known| offer < *known) {
                new.insert(contact.to, offer);
            }
        }
        if new == *old {
            break;
        }
        rounds.push(new);
    }
    rounds
}

/// From when on and until when somebody carries, after a round.
pub(crate) fn carries(
    world: &World,
    labels: &BTreeMap<PersonId, Label>,
    who: PersonId,
) -> Option<(i64, i64)> {
    let label = labels.get(&who)?;
    Some(match is_case(world, who) {
        Some(case) => window(case),
        None => (label.0 + i64::from(world.investigation.protocol().latency()), NEVER),
    })
}

/// `D_h` for every round: the greatest moment is found by trying all moments.
fn backward_rounds(world: &World, contacts: &[Contact], seeds: &[Case]) -> Rounds {
    let start = |case: &Case| (case.person, (window(case).1 - 1, None, Reason::IndexCase, None));
    let from = seeds[0].from.seconds();
    let mut rounds = vec![seeds.iter().map(start).collect::<BTreeMap<_, Label>>()];
    for _ in 0..world.investigation.protocol().tiers() {
        let old = rounds.last().unwrap();
        let mut new = old.clone();
        for contact in contacts.iter().filter(|contact| is_case(world, contact.from).is_none()) {
            let Some(limit) = exposed_by(world, old, contact.to) else { continue };
            let Some(a) = latest_start(contact, limit).filter(|&a| a >= from) else { continue };
            let offer = (a, Some(contact.to), contact.reason, contact.place);
            let betters = old.get(&contact.from).is_none_or(|known| a > known.0);
            let rank = |label: &Label| (-label.0, label.1, label.2, label.3);
            if betters && new.get(&contact.from).is_none_or(|known| rank(&offer) < rank(known)) {
                new.insert(contact.from, offer);
            }
        }
        if new == *old {
            break;
        }
        rounds.push(new);
    }
    rounds
}

/// The second by which somebody must have been exposed, after a round.
pub(crate) fn exposed_by(
    world: &World,
    labels: &BTreeMap<PersonId, Label>,
    who: PersonId,
) -> Option<i64> {
    let label = labels.get(&who)?;
    let latency = i64::from(world.investigation.protocol().latency());
    Some(if is_case(world, who).is_some() { label.0 } else { label.0 - latency })
}

/// The greatest `a` with `x(a) <= limit` for one contact.
pub(crate) fn latest_start(contact: &Contact, limit: i64) -> Option<i64> {
    let qualifies = |a: i64| contact.shared(a, NEVER).is_some_and(|(x, _)| x <= limit);
    // What fails at the start fails later, too: most contacts do.
    WORLD.rev().find(|&a| qualifies(a)).filter(|_| qualifies(WORLD.start))
}

/// The contacts that qualify in the round after `labels`, each with its number.
pub(crate) fn evidence_of(
    world: &World,
    contacts: &[Contact],
    person: PersonId,
    labels: &BTreeMap<PersonId, Label>,
    from: i64,
) -> Vec<(usize, Shown)> {
    let forward = world.investigation.protocol().direction() == Direction::Forward;
    let mut found = Vec::new();
    for contact in contacts {
        let mut shown = |(start, end), source, contact: &Contact, reason| {
            found.push((contact.number, (start, end, source, contact.place, reason)));
        };
        if let How::Together { parts, rule } = &contact.how {
            let (source, a, until, limit) = if forward && contact.to == person {
                let Some((a, until)) = carries(world, labels, contact.from) else { continue };
                (contact.from, a, until, NEVER)
            } else if !forward && contact.from == person {
                let Some(limit) = exposed_by(world, labels, contact.to) else { continue };
                (contact.to, from, NEVER, limit)
            } else {
                continue;
            };
            let seconds = contact_seconds(parts, a, until);
            let covered: BTreeSet<i64> = windows(&seconds, *rule)
                .into_iter()
                .filter(|&y| y <= limit)
                .flat_map(|y| y..y + i64::from(rule.within()))
                .collect();
            for part in parts {
                let alone = part.shared(a, until).is_some_and(|(x, _)| x <= limit);
                let lasts = part.lasts(a, until);
                if !alone && lasts.is_some_and(|(s, e)| (s..e).any(|at| covered.contains(&at))) {
                    let whole = if forward { lasts } else { part.lasts(-NEVER, NEVER) };
                    shown(whole.unwrap(), source, part, Reason::Cumulative);
                }
            }
            continue;
        }
        if forward && contact.to == person {
            let Some((a, until)) = carries(world, labels, contact.from) else { continue };
            let Some(shared) = contact.shared(a, until) else { continue };
            shown(shared, contact.from, contact, contact.reason);
        }
        if !forward && contact.from == person {
            let Some(limit) = exposed_by(world, labels, contact.to) else { continue };
            if latest_start(contact, limit).is_some_and(|a| a >= from) {
                let shared = contact.shared(-NEVER, NEVER).unwrap();
                shown(shared, contact.to, contact, contact.reason);
            }
        }
    }
    found
}

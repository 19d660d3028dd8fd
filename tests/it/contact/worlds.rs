//! Small random worlds, made so that something happens in them.

use epitier::contact::{
    Case, Cumulative, Cuts, Direction, Investigation, Isolation, Link, Member, Place, Protocol,
    Setting, Visit,
};
use epitier::{HouseholdId, PersonId, PlaceId, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::oracle::World;

const PEOPLE: u32 = 7;
const PLACES: u32 = 3;
const SECONDS: i64 = 50;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn person() -> impl Strategy<Value = PersonId> {
    (0..PEOPLE).prop_map(PersonId::new)
}

fn visit() -> impl Strategy<Value = Visit> {
    (person(), 0..PLACES, 0..SECONDS, prop_oneof![3 => 1..12i64, 1 => Just(SECONDS)]).prop_map(
        |(person, place, start, length)| Visit {
            person,
            place: PlaceId::new(place),
            start: at(start),
            end: at(start + length),
        },
    )
}

fn link() -> impl Strategy<Value = Link> {
    let length = prop_oneof![Just(0), 1..10i64];
    (person(), 1..PEOPLE, 0..SECONDS, length, any::<bool>()).prop_map(
        |(a, step, start, length, one_way)| Link {
            a,
            b: PersonId::new((a.get() + step) % PEOPLE),
            start: at(start),
            end: at(start + length),
            one_way,
        },
    )
}

/// A chain of contacts drawn first, as instants or meetings at a place, so that tiers are reached, and
/// the order in which it runs through the people.
fn chain() -> impl Strategy<Value = (Vec<Visit>, Vec<Link>, Vec<u32>)> {
    let step = (any::<bool>(), 1..6i64, 0..PLACES, 0..4i64);
    (Just((0..PEOPLE).collect::<Vec<_>>()).prop_shuffle(), vec(step, 3..7), 0..20i64).prop_map(
        |(order, steps, mut now)| {
            let (mut visits, mut links) = (Vec::new(), Vec::new());
            for (pair, (by_link, length, place, pause)) in order.windows(2).zip(steps) {
                let (a, b) = (PersonId::new(pair[0]), PersonId::new(pair[1]));
                if by_link {
                    links.push(Link { a, b, start: at(now), end: at(now), one_way: true });
                } else {
                    for person in [a, b] {
                        let place = PlaceId::new(place);
                        visits.push(Visit { person, place, start: at(now), end: at(now + length) });
                    }
                }
                now += pause;
            }
            (visits, links, order)
        },
    )
}

fn case() -> impl Strategy<Value = (i64, Option<i64>)> {
    (-5..15i64, prop::option::of(prop_oneof![1..60i64, 30..60i64]))
        .prop_map(|(from, length)| (from, length.map(|length| from + length)))
}

fn isolation() -> impl Strategy<Value = Isolation> {
    (person(), 0..SECONDS, prop::option::of(1..20i64), any::<bool>()).prop_map(
        |(person, from, length, home)| Isolation {
            person,
            from: at(from),
            until: length.map(|length| at(from + length)),
            cuts: if home { Cuts::OutsideHousehold } else { Cuts::Everything },
        },
    )
}

fn protocol() -> impl Strategy<Value = Protocol> {
    let tiers = prop_oneof![1 => 0..2u32, 4 => 2..5u32, 3 => Just(u32::MAX)];
    let seconds = || prop_oneof![4 => Just(0u32), 1 => Just(1), 2 => 2..6u32];
    let cumulative = prop_oneof![3 => Just(None), 2 => (2..8u32, 0..12u32).prop_map(Some)];
    let added = (any::<bool>(), cumulative);
    (any::<bool>(), tiers, seconds(), seconds(), seconds(), seconds(), added).prop_map(
        |(backward, tiers, min_overlap, vehicle, latency, lag, (at_home, cumulative))| {
            let direction = if backward { Direction::Backward } else { Direction::Forward };
            // Where contacts add up, single ones are mostly too short.
            let longer = cumulative.map_or(0, |(seconds, _)| seconds);
            let cumulative =
                cumulative.map(|(seconds, more)| Cumulative::new(seconds, seconds + more).unwrap());
            Protocol::new()
                .with_direction(direction)
                .with_tiers(tiers)
                .with_household_contacts(at_home)
                .with_cumulative(cumulative)
                .with_min_overlap(min_overlap + longer)
                .with_min_overlap_in(Setting::Vehicle, vehicle)
                .with_latency(latency)
                .with_lag(lag)
        },
    )
}

/// Presences of one person: always, or for some times.
fn presences() -> impl Strategy<Value = Vec<(Option<i64>, Option<i64>)>> {
    let end = |range: std::ops::Range<i64>| prop::option::weighted(0.8, range);
    let times = (end(0..25), end(25..SECONDS));
    prop_oneof![1 => Just(vec![(None, None)]), 3 => vec(times, 1..3)]
}

/// A small world: a planted chain, then noise around it.
pub(crate) fn world() -> impl Strategy<Value = World> {
    let rows = (chain(), vec(visit(), 0..14), vec(link(), 0..8));
    let known = (vec((0..4u32, presences()), PEOPLE as usize), 0..4u32);
    let seeds = prop_oneof![3 => vec(case(), 1), 2 => vec(case(), 1..4)];
    (rows, known, seeds, vec(isolation(), 0..3), protocol()).prop_map(
        |((chain, mut visits, mut links), known, windows, isolations, protocol)| {
            visits.extend(chain.0);
            links.extend(chain.1);
            // The chain starts at a case forward and ends at one backward.
            let mut order = chain.2;
            if protocol.direction() == Direction::Backward {
                order.reverse();
            }
            let (households, home) = known;
            let members = (0..PEOPLE)
                .zip(households)
                .filter(|(_, (household, _))| *household < 3)
                .flat_map(|(person, (household, presences))| {
                    let (person, household) = (PersonId::new(person), HouseholdId::new(household));
                    presences.into_iter().map(move |(from, until)| Member {
                        person,
                        household,
                        from: from.map(at),
                        until: until.map(at),
                    })
                })
                .collect();
            let places = vec![
                Place { place: PlaceId::new(0), setting: Setting::Vehicle, household: None },
                Place {
                    place: PlaceId::new(1),
                    setting: Setting::Household,
                    household: (home < 3).then_some(HouseholdId::new(home)),
                },
            ];
            let at_home =
                protocol.household_contacts() && protocol.direction() == Direction::Backward;
            let cases = order.into_iter().zip(windows).map(|(person, (from, until))| Case {
                person: PersonId::new(person),
                from: at(from),
                // Backward at home, an open window would lead to the end of all time.
                until: until.or(at_home.then_some(60)).map(at),
            });
            let investigation =
                Investigation::new(protocol).with_cases(cases).with_isolations(isolations);
            World {
                people: PEOPLE,
                place_count: PLACES,
                visits,
                links,
                places,
                members,
                investigation,
            }
        },
    )
}

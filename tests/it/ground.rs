//! Ids, directories, times, days and the list of problems.

use chrono::{DateTime, FixedOffset};
use epitier::{Day, Directory, Interval, PersonId, Timestamp};
use proptest::prelude::*;

type People = Directory<String, PersonId>;

fn offset() -> impl Strategy<Value = FixedOffset> {
    (-1_439..=1_439).prop_map(|minutes| FixedOffset::east_opt(minutes * 60).unwrap())
}

proptest! {
    #[test]
    fn ids_depend_on_the_set_of_keys_only(
        mut keys in prop::collection::vec("[a-c]{0,3}", 0..40),
        later in prop::collection::vec("[a-c]{0,3}", 0..40),
    ) {
        let first = People::from_keys(keys.clone()).unwrap();
        keys.reverse();
        let mut second = People::from_keys(keys.clone()).unwrap();
        prop_assert_eq!(&first, &second);

        let mut builder = People::builder();
        let tickets: Vec<usize> = keys.iter().map(|key| builder.ticket(key.as_str())).collect();
        let (third, ids) = builder.build().unwrap();
        prop_assert_eq!(&first, &third);
        for (key, ticket) in keys.iter().zip(tickets) {
            prop_assert_eq!(third.key(ids[ticket]), Some(key));
        }

        second.extend(later.clone()).unwrap();
        for (id, key) in first.iter() {
            prop_assert_eq!(second.key(id), Some(key), "an id given out earlier has moved");
        }
        for key in keys.iter().chain(&later) {
            let id = second.id(key.as_str()).unwrap();
            prop_assert_eq!(second.key(id), Some(key));
        }
    }

    #[test]
    fn times_survive_text_and_zones(seconds in any::<i64>(), near in -62_135_596_800..253_402_300_799_i64, at in offset()) {
        for seconds in [seconds, near] {
            let time = Timestamp::from_seconds(seconds);
            prop_assert_eq!(time.to_string().parse(), Ok(time));
        }
        let time = Timestamp::from_seconds(near);
        let local = time.to_datetime(at).unwrap();
        prop_assert_eq!(Timestamp::from(local), time);
        prop_assert_eq!(local.to_rfc3339().parse(), Ok(time));
        if let Some(day) = Day::of(time, at) {
            prop_assert!(day.interval(at).contains(time));
            prop_assert_eq!(day.interval(at).seconds(), 86_400);
            prop_assert_eq!(Day::from_number(day.number()), Some(day));
            prop_assert_eq!(day.to_string().parse(), Ok(day));
        }
    }

    #[test]
    fn intervals_share_what_both_contain(a in 0..20i64, b in 1..20i64, c in 0..20i64, d in 1..20i64) {
        let make = |start, length| {
            Interval::new(Timestamp::from_seconds(start), Timestamp::from_seconds(start + length))
        };
        let (x, y) = (make(a, b).unwrap(), make(c, d).unwrap());
        for t in (0..45).map(Timestamp::from_seconds) {
            let both = x.contains(t) && y.contains(t);
            prop_assert_eq!(x.intersection(y).is_some_and(|z| z.contains(t)), both);
        }
        prop_assert!(make(a, 0).is_err() && make(a, -b).is_err());
    }
}

#[test]
fn the_calendar_ends_quietly() {
    let east = FixedOffset::east_opt(86_399).unwrap();
    assert_eq!(Timestamp::from_seconds(i64::MAX).to_datetime(east), None);
    assert_eq!(Day::of(Timestamp::from_seconds(i64::MIN), east), None);
    let last = Day::from_ymd(9999, 12, 31).unwrap();
    assert_eq!(last.plus(1), None);
    assert_eq!(last.plus(i32::MAX), None);
    assert_eq!(Day::from_ymd(2021, 2, 29), None);
    assert_eq!(Day::from_ymd(1970, 1, 1).map(Day::number), Some(0));
    let utc_max = Timestamp::from(DateTime::<chrono::Utc>::MAX_UTC);
    assert_eq!(utc_max.to_datetime(east), None);
}

#[test]
fn times_are_read_from_integers_and_rfc_3339() {
    let noon = Timestamp::from_seconds(1_627_617_600);
    for text in ["1627617600", " 1627617600", "2021-07-30T12:00:00+08:00", "2021-07-30T04:00:00Z"] {
        assert_eq!(text.parse(), Ok(noon), "{text}");
    }
    for text in ["", "noon", "2021-07-30", "2021-07-30T12:00:00", "1e9", "9223372036854775808"] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
}

#[test]
fn errors_are_small_and_pass_between_threads() {
    fn check<E: std::error::Error + Send + Sync + 'static>() {}
    check::<epitier::Error>();
    check::<epitier::Stopped<epitier::NotATime>>();
    assert!(size_of::<epitier::Error>() <= 64, "{} bytes", size_of::<epitier::Error>());
}

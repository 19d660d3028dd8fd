//! The instances by name: where their files are, and what is in them.
//!
//! `visits.raw` and `events.raw` hold 8 bytes of magic, the numbers of rows, people and places, then
//! four columns: person, place (or the other person) in 32 bits, start, end in 64 bits, little-endian.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use epitier::contact::{Case, ContactIndexBuilder, Link, Visit};
use epitier::{PersonId, PlaceId, Timestamp};

use crate::model::{Meetings, Town};

/// The towns.
pub(crate) const TOWNS: [(&str, Town); 4] = [
    ("V0", Town { people: 2_000, visits: 20_000, places: 400, seed: 1_000 }),
    ("V1", Town { people: 100_000, visits: 1_000_000, places: 20_000, seed: 1_001 }),
    ("V2", Town { people: 1_000_000, visits: 10_000_000, places: 200_000, seed: 1_002 }),
    ("V3", Town { people: 5_880_000, visits: 60_000_000, places: 1_000_000, seed: 1_003 }),
];

/// The instants.
pub(crate) const MEETINGS: (&str, Meetings) =
    ("P1S", Meetings { people: 500_000, events: 10_000_000, seed: 2_001 });

/// The numbers of cases that are asked about.
pub(crate) const CASES: [u32; 3] = [1, 100, 10_000];

/// The digests that are published for the instances of `gen.py`: name, cases, tiers, digest.
pub(crate) const PUBLISHED: [(&str, u32, u32, &str); 7] = [
    ("V1", 1, 3, "694e98c76afe1f6b"),
    ("V1", 100, 3, "3b3e56b7b00343d3"),
    ("V1", 10_000, 3, "e98950782934e56f"),
    ("V2", 1, 3, "0f064157eeca1883"),
    ("V2", 100, 3, "0797e7b8c3246afe"),
    ("V2", 10_000, 3, "8f722ae78223dcd1"),
    ("P1S", 1, 3, "51927266f4cfcecb"),
];

/// The files of one instance.
#[derive(Clone)]
pub(crate) struct Instance {
    pub(crate) name: String,
    folder: PathBuf,
}

/// The rows of a file, and how many people and places they are of.
struct Content<T> {
    people: u32,
    places: u32,
    rows: Vec<T>,
}

impl Instance {
    /// An instance whose files are there already.
    pub(crate) fn existing(name: &str, data: &Path) -> Result<Self, Box<dyn Error>> {
        let instance = Self { name: name.to_owned(), folder: data.join(name) };
        let rows = instance.rows();
        if rows.is_file() { Ok(instance) } else { Err(format!("no {}", rows.display()).into()) }
    }

    /// An instance that is generated unless a run before did.
    pub(crate) fn generated(name: &str, folder: &Path) -> Result<Self, Box<dyn Error>> {
        let instance = Self { name: name.to_owned(), folder: folder.join(name) };
        if instance.rows().is_file() {
            return Ok(instance);
        }
        eprintln!("generating {name}");
        fs::create_dir_all(&instance.folder)?;
        if name == MEETINGS.0 {
            let links = MEETINGS.1.links();
            let count = u64::from(MEETINGS.1.people);
            instance.write_cases(MEETINGS.1.people, |count| MEETINGS.1.cases(count))?;
            instance.write(*b"EVENTS01", [count, 0], &links, |l| {
                (l.a.get(), l.b.get(), l.start.seconds(), l.end.seconds() + 1)
            })?;
        } else {
            let known = TOWNS.iter().find(|(town, _)| *town == name);
            let town = known.ok_or_else(|| format!("no instance is called {name}"))?.1;
            let counts = [town.people.into(), town.places.into()];
            instance.write_cases(town.people, |count| town.cases(count))?;
            instance.write(*b"VISITS01", counts, &town.visits(), |v| {
                (v.person.get(), v.place.get(), v.start.seconds(), v.end.seconds())
            })?;
        }
        Ok(instance)
    }

    /// The file of all visits or events.
    pub(crate) fn rows(&self) -> PathBuf {
        self.folder.join(if self.name == MEETINGS.0 { "events.raw" } else { "visits.raw" })
    }

    /// The file of so many cases.
    pub(crate) fn cases_file(&self, count: u32) -> PathBuf {
        self.folder.join(format!("cases_{count}.csv"))
    }

    /// The cases of a file; those of events have windows without an end.
    pub(crate) fn cases(&self, count: u32) -> Result<Vec<Case>, Box<dyn Error>> {
        let mut reader = csv::Reader::from_path(self.cases_file(count))?;
        let case = |row: Result<(u32, i64, i64), csv::Error>| {
            let (person, from, until) = row?;
            let until = Some(Timestamp::from_seconds(until));
            Ok(Case { person: PersonId::new(person), from: Timestamp::from_seconds(from), until })
        };
        reader.deserialize().map(case).collect()
    }

    /// A builder that holds the rows: visits, or events as instants.
    pub(crate) fn builder(&self) -> io::Result<ContactIndexBuilder> {
        let time = Timestamp::from_seconds;
        if self.name == MEETINGS.0 {
            let events = read(&self.rows(), |(a, b, at, _)| {
                let (a, b) = (PersonId::new(a), PersonId::new(b));
                Link { a, b, start: time(at), end: time(at), one_way: false }
            })?;
            Ok(ContactIndexBuilder::new(events.people, 0).links(events.rows))
        } else {
            let visits = read(&self.rows(), |(person, place, start, end)| {
                let (person, place) = (PersonId::new(person), PlaceId::new(place));
                Visit { person, place, start: time(start), end: time(end) }
            })?;
            Ok(ContactIndexBuilder::new(visits.people, visits.places).visits(visits.rows))
        }
    }

    /// As many of [`CASES`] as the people are enough for.
    fn write_cases(&self, people: u32, cases: impl Fn(u32) -> Vec<Case>) -> io::Result<()> {
        for count in CASES.into_iter().filter(|count| count * 2 <= people) {
            let mut file = BufWriter::new(File::create(self.cases_file(count))?);
            writeln!(file, "person,from,until")?;
            for Case { person, from, until } in cases(count) {
                let until = until.map_or(1 << 30, Timestamp::seconds);
                writeln!(file, "{},{},{until}", person.get(), from.seconds())?;
            }
            file.flush()?;
        }
        Ok(())
    }

    /// The file of the rows comes last and gets its name last: where it is, everything is complete.
    fn write<T>(
        &self,
        magic: [u8; 8],
        counts: [u64; 2],
        rows: &[T],
        cells: impl Fn(&T) -> (u32, u32, i64, i64),
    ) -> io::Result<()> {
        let unfinished = self.folder.join("unfinished");
        let mut file = BufWriter::new(File::create(&unfinished)?);
        file.write_all(&magic)?;
        for count in [rows.len() as u64, counts[0], counts[1]] {
            file.write_all(&count.to_le_bytes())?;
        }
        for row in rows {
            file.write_all(&cells(row).0.to_le_bytes())?;
        }
        for row in rows {
            file.write_all(&cells(row).1.to_le_bytes())?;
        }
        for row in rows {
            file.write_all(&cells(row).2.to_le_bytes())?;
        }
        for row in rows {
            file.write_all(&cells(row).3.to_le_bytes())?;
        }
        file.flush()?;
        fs::rename(unfinished, self.rows())
    }
}

/// Reads the four columns side by side.
fn read<T>(path: &Path, row: impl Fn((u32, u32, i64, i64)) -> T) -> io::Result<Content<T>> {
    let mut head = [0; 32];
    File::open(path)?.read_exact(&mut head)?;
    let number = |at: usize| {
        head[at..at + 8].iter().rev().fold(0_u64, |number, &byte| number << 8 | u64::from(byte))
    };
    let (count, people, places) = (number(8), number(16), number(24));
    let column = |bytes_before: u64| -> io::Result<BufReader<File>> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(32 + bytes_before * count))?;
        Ok(BufReader::with_capacity(1 << 18, file))
    };
    let (mut who, mut other) = (column(0)?, column(4)?);
    let (mut start, mut end) = (column(8)?, column(16)?);
    let mut rows = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    for _ in 0..count {
        let ids = (u32::from_le_bytes(next(&mut who)?), u32::from_le_bytes(next(&mut other)?));
        let times = (i64::from_le_bytes(next(&mut start)?), i64::from_le_bytes(next(&mut end)?));
        rows.push(row((ids.0, ids.1, times.0, times.1)));
    }
    let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Content { people: narrow(people), places: narrow(places), rows })
}

fn next<const N: usize>(column: &mut BufReader<File>) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    column.read_exact(&mut bytes)?;
    Ok(bytes)
}

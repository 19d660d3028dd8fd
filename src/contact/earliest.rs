//! When everybody was first exposed, along any number of contacts.
//!
//! Contacts that all last just long enough to count happen at one moment, so one pass over them in time
//! order finds every first exposure: whoever carries by then exposes the other. Contacts of other
//! lengths can pass on later what came in meanwhile, and take the rounds of a trace.
//!
//! Reference: H. Wu, J. Cheng, S. Huang, Y. Ke, Y. Lu, Y. Xu, *Path Problems in Temporal Graphs*, PVLDB
//! 7(9), 2014, algorithm 1.

use super::chunks::{by_chunk, joined};
use super::columns::{FAR, Links};
use super::index::ContactIndex;
use super::investigation::{Investigation, InvestigationError};
use super::protocol::Direction;
use super::radix;
use super::rule::Rule;
use super::scene::Scene;
use crate::error::Stopped;
use crate::id::{PersonId, dense};
use crate::interval::Timestamp;
use crate::watch::{Cancelled, Progress, Watch};

/// Events between two looks at the observer.
const STRETCH: usize = 1 << 18;

/// All mutual links by time, if they all have one length and there is no one-way link.
#[derive(Debug)]
pub(super) struct Timeline {
    /// Start and the two people.
    events: Vec<[u32; 3]>,
    /// The seconds that each link lasts; 1 for an instant.
    length: u32,
    /// Whether the links are instants.
    instants: bool,
}

impl Timeline {
    pub(super) fn new(links: &Links, watch: &dyn Watch) -> Result<Option<Self>, Cancelled> {
        let [mutual, one_way, _] = links.tables();
        if one_way.len() > 0 {
            return Ok(None);
        }
        let first = mutual.parts().first().map(|part| part.rows()[0]);
        let length = first.map_or(0, |row| row.end - row.start);
        let mut events = Vec::new();
        for part in mutual.parts() {
            let rows = part.rows();
            let chunks = by_chunk(rows.len(), watch, |chunk| {
                let alike = rows[chunk.clone()].iter().all(|row| row.end - row.start == length);
                let events = part.keys_in(chunk).flat_map(|(key, range)| {
                    let once = rows[range].iter().filter(move |row| key < row.person);
                    once.map(move |row| [row.start, key, row.person])
                });
                alike.then(|| events.collect::<Vec<[u32; 3]>>())
            })?;
            let Some(mut chunks) = chunks.into_iter().collect::<Option<Vec<_>>>() else {
                return Ok(None);
            };
            events.append(&mut chunks);
        }
        let last = mutual.extents().map(|extent| extent.1).max().unwrap_or(0);
        let events = joined(events, watch)?;
        let events = radix::sort(events, &radix::up_to(last), radix::itself, watch)?;
        Ok(Some(Self { events, length: length.max(1), instants: length == 0 }))
    }

    /// Whether each of these links counts at its first second or never.
    fn is_of_moments(&self, rule: &Rule) -> bool {
        i64::from(self.length) <= rule.need()
    }

    /// Whether each of them counts for somebody who carries by then.
    fn counts(&self, rule: &Rule) -> bool {
        i64::from(self.length) == rule.need() && (!self.instants || rule.min_overlap == 0)
    }
}

impl ContactIndex {
    /// When everybody was first exposed, along any number of contacts, by person: [`Traced::earliest`]
    /// of a forward trace without a tier limit (whatever the protocol says of tiers and direction), with
    /// no tier, source or evidence. Cases are in it, with the start of their window.
    ///
    /// [`Traced::earliest`]: super::Traced::earliest
    ///
    /// # Cost
    ///
    /// With mutual links of one length only, such as recorded instants or steps of a sensor, that count
    /// in full or not at all, and nobody isolated: one pass over the links in time order, which the first
    /// such call sorts and the index then keeps (12 bytes a link more). Otherwise that of the trace.
    ///
    /// # Errors
    ///
    /// As [`ContactIndex::trace`].
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::contact::{Case, ContactIndexBuilder, Investigation, Link, Protocol};
    /// use epitier::{PersonId, Timestamp};
    ///
    /// let met = |a, b, second| {
    ///     let (a, b, start) = (PersonId::new(a), PersonId::new(b), Timestamp::from_seconds(second));
    ///     Link { a, b, start, end: start, one_way: false }
    /// };
    /// let links = [met(0, 1, 5), met(1, 2, 9), met(2, 3, 7)];
    /// let index = ContactIndexBuilder::new(4, 0).links(links).build(&())?;
    /// let from = Timestamp::from_seconds(0);
    /// let case = Case { person: PersonId::new(0), from, until: None };
    /// let first = index.earliest_exposures(&Investigation::new(Protocol::new()).with_cases([case]), &())?;
    /// let seconds: Vec<i64> = first.iter().map(|(_, time)| time.seconds()).collect();
    /// assert_eq!(seconds, [0, 5, 9]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn earliest_exposures(
        &self,
        investigation: &Investigation,
        watch: &dyn Watch,
    ) -> Result<Vec<(PersonId, Timestamp)>, Stopped<InvestigationError>> {
        let protocol = *investigation.protocol();
        let protocol = protocol.with_direction(Direction::Forward).with_tiers(u32::MAX);
        let unlimited = Investigation::new(protocol)
            .with_cases(investigation.cases().iter().copied())
            .with_isolations(investigation.isolations().iter().copied());
        unlimited.check(self.people())?;
        let scene = Scene::new(&self.parts, &unlimited);
        let links_only = self.visit_count() == 0 && !protocol.household_contacts();
        if links_only && protocol.cumulative().is_none() && investigation.isolations().is_empty() {
            let timeline = self.parts.links.timeline(watch)?;
            let fits = self.parts.clock.span + scene.latency < i64::from(u32::MAX);
            if let Some(timeline) = &*timeline
                && fits
                && timeline.is_of_moments(&scene.link_rule)
            {
                return Ok(one_pass(timeline, &scene, &unlimited, watch)?);
            }
        }
        let trace = self.trace(&unlimited, watch)?;
        let by_person = trace.by_person();
        let first = by_chunk(by_person.len(), watch, |chunk| {
            let people = by_person[chunk].iter().map(|&at| &trace.people()[at as usize]);
            people.map(|traced| (traced.person, traced.earliest)).collect()
        })?;
        Ok(joined(first, watch)?)
    }
}

/// One pass over the events in time order.
fn one_pass(
    timeline: &Timeline,
    scene: &Scene<'_>,
    investigation: &Investigation,
    watch: &dyn Watch,
) -> Result<Vec<(PersonId, Timestamp)>, Cancelled> {
    let people = scene.parts.counts.people as usize;
    let mut pass = Pass {
        carries: vec![u32::MAX; people],
        cases: Vec::with_capacity(investigation.cases().len()),
        need: timeline.length,
        latency: u32::try_from(scene.latency).unwrap_or(u32::MAX),
    };
    for case in investigation.cases() {
        let carrier = scene.case(case);
        // Whoever carries only after all rows does not carry at all.
        let from = u32::try_from(carrier.at.clamp(0, FAR)).unwrap_or(u32::MAX);
        pass.carries[case.person.index()] = from;
        pass.cases.push((case.person.get(), carrier.until));
    }
    pass.cases.sort_unstable();
    let counting = if timeline.counts(&scene.link_rule) { &timeline.events[..] } else { &[] };
    let earliest = pass.cases.iter().map(|&(case, _)| pass.carries[case as usize]).min();
    let first = earliest.map_or(counting.len(), |at| counting.partition_point(|e| e[0] < at));
    let mut rest = &counting[first..];
    let total = rest.len() as u64;
    while !rest.is_empty() {
        watch.check()?;
        let done = total - rest.len() as u64;
        watch.progress(Progress { stage: "pass over links", done, total });
        // Whole seconds, so that what happens at one of them stays together.
        let mut stretch = rest.len().min(STRETCH);
        stretch += rest[stretch..].iter().take_while(|e| e[0] == rest[stretch - 1][0]).count();
        let (events, later) = rest.split_at(stretch);
        pass.run(events);
        rest = later;
    }
    let mut found: Vec<(PersonId, Timestamp)> = Vec::new();
    let mut cases = investigation.cases().to_vec();
    cases.sort_unstable_by_key(|case| case.person);
    let mut cases = cases.iter().peekable();
    for (&carries, person) in pass.carries.iter().zip(0..dense(people)) {
        let person = PersonId::new(person);
        if let Some(case) = cases.next_if(|case| case.person == person) {
            found.push((person, case.from));
        } else if carries != u32::MAX {
            let exposed = carries - pass.latency;
            found.push((person, scene.parts.clock.moment(exposed.into())));
        }
    }
    Ok(found)
}

/// From when on everybody carries, as far as the pass has come.
struct Pass {
    carries: Vec<u32>,
    /// The cases and the ends of their windows, by person.
    cases: Vec<(u32, i64)>,
    need: u32,
    latency: u32,
}

impl Pass {
    fn run(&mut self, events: &[[u32; 3]]) {
        if self.latency > 0 {
            for event in events {
                self.happen(*event);
            }
            return;
        }
        // What is passed on at once can be passed on again in the same second.
        for second in events.chunk_by(|a, b| a[0] == b[0]) {
            loop {
                let mut news = false;
                for event in second {
                    news |= self.happen(*event);
                }
                if !news || second.len() == 1 {
                    break;
                }
            }
        }
    }

    /// Whether an event exposes one of its two people for the first time.
    fn happen(&mut self, [time, a, b]: [u32; 3]) -> bool {
        let carries = |person: u32| self.carries[person as usize] <= time;
        let (by_a, by_b) = (carries(a), carries(b));
        if by_a == by_b {
            return false;
        }
        let (source, other) = if by_a { (a, b) } else { (b, a) };
        self.expose(source, other, time)
    }

    #[cold]
    fn expose(&mut self, source: u32, other: u32, time: u32) -> bool {
        let case = |person| self.cases.binary_search_by_key(&person, |case| case.0);
        let ended =
            case(source).is_ok_and(|at| self.cases[at].1 < i64::from(time) + i64::from(self.need));
        if ended || case(other).is_ok() || self.carries[other as usize] != u32::MAX {
            return false;
        }
        self.carries[other as usize] = time + self.latency;
        true
    }
}

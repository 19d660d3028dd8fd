//! The definition of a round, read off the module's documentation line by line: sets and maps, and everything
//! derived anew whenever somebody asks.

use std::collections::{BTreeMap, BTreeSet};

use epitier::campaign::{
    Act, Coverage, Entry, EntryError, EventId, Filing, Gap, Outcome, Round, Standing, Subject,
    Target, Visit,
};
use epitier::population::{Household, Population};
use epitier::{PersonId, Timestamp, UnitId};

/// What is known of a round.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) subject: Subject,
    pub(super) opens: Timestamp,
    pub(super) deadline: Option<Timestamp>,
    pub(super) population: Population,
    pub(super) frozen: BTreeSet<Target>,
    pub(super) exempt: BTreeSet<Target>,
    pub(super) carried: BTreeSet<Target>,
    pub(super) entries: BTreeMap<EventId, Entry>,
}

/// What follows from it.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) filing: BTreeMap<EventId, Filing>,
    pub(super) targets: BTreeMap<Target, Figure>,
}

#[derive(Debug)]
pub(super) struct Figure {
    standing: Standing,
    late: bool,
    last: Option<Visit>,
    tries: u32,
}

pub(super) fn named(act: &Act) -> Option<Target> {
    match act {
        Act::Visit(visit) | Act::Amend { visit, .. } => Some(visit.target),
        Act::Change(change) => Some(change.target),
        Act::Void { .. } | Act::Close => None,
    }
}

pub(super) fn corrected(act: &Act) -> Option<EventId> {
    match *act {
        Act::Amend { of, .. } | Act::Void { of } => Some(of),
        Act::Visit(_) | Act::Change(_) | Act::Close => None,
    }
}

/// Which visits stand, by the entry that says so; files the corrections.
fn corrections(
    in_time: &BTreeMap<EventId, &Entry>,
    filing: &mut BTreeMap<EventId, Filing>,
) -> BTreeMap<EventId, Visit> {
    let mut standing: BTreeMap<EventId, Visit> = BTreeMap::new();
    for (&event, entry) in in_time {
        if let Act::Visit(visit) = entry.act {
            standing.insert(event, visit);
        }
    }
    let mut lists: BTreeMap<EventId, Vec<(Timestamp, EventId)>> = BTreeMap::new();
    for (&event, entry) in in_time {
        let Some(of) = corrected(&entry.act) else { continue };
        if matches!(in_time.get(&of).map(|entry| entry.act), Some(Act::Visit(_))) {
            lists.entry(of).or_default().push((entry.received, event));
        } else {
            filing.insert(event, Filing::Pending);
        }
    }
    for (of, mut list) in lists {
        list.sort();
        filing.insert(of, Filing::Superseded);
        standing.remove(&of);
        for &(_, event) in &list {
            filing.insert(event, Filing::Superseded);
        }
        let (_, last) = list[list.len() - 1];
        filing.insert(last, Filing::Stands);
        if let Act::Amend { visit, .. } = in_time[&last].act {
            standing.insert(last, visit);
        }
    }
    standing
}

impl Model {
    /// Takes an entry and says whether it was there; or why it is refused.
    pub(super) fn record(&mut self, entry: &Entry) -> Result<bool, EntryError> {
        let event = entry.event;
        let visited = match &entry.act {
            Act::Visit(visit) | Act::Amend { visit, .. } => Some(visit.at),
            Act::Change(change) => Some(change.at),
            Act::Void { .. } | Act::Close => None,
        };
        for time in [Some(entry.received), visited].into_iter().flatten() {
            let away = i128::from(time.seconds()) - i128::from(self.opens.seconds());
            if i32::try_from(away).is_err() {
                return Err(EntryError::TooFarAway { event, time });
            }
        }
        if let Some(target) = named(&entry.act).filter(|one| one.subject() != self.subject) {
            return Err(EntryError::WrongSubject { event, target });
        }
        if entry.act == Act::Close && entry.received < self.opens {
            return Err(EntryError::ClosesBeforeOpening { event, received: entry.received });
        }
        if corrected(&entry.act) == Some(event) {
            return Err(EntryError::CorrectsItself { event });
        }
        if let Some(known) = self.entries.get(&event) {
            return if known == entry { Ok(true) } else { Err(EntryError::EventReused { event }) };
        }
        let others = || self.entries.values().map(|other| &other.act);
        if let Some(target) = named(&entry.act)
            && others().filter(|act| named(act) == Some(target)).count() >= 255
        {
            return Err(EntryError::TooManyOfTarget { event, target });
        }
        if let Some(of) = corrected(&entry.act)
            && others().filter(|act| corrected(act) == Some(of)).count() >= 255
        {
            return Err(EntryError::TooManyCorrections { event, of });
        }
        self.entries.insert(event, *entry);
        Ok(false)
    }

    pub(super) fn everybody(&self) -> BTreeSet<Target> {
        match self.subject {
            Subject::Households => self
                .population
                .household_rows()
                .iter()
                .map(|row| Target::Household(row.id))
                .collect(),
            Subject::Residents => self
                .population
                .resident_rows()
                .iter()
                .map(|row| Target::Person(row.person))
                .collect(),
        }
    }

    pub(super) fn figures(&self) -> Figures {
        let mut filing: BTreeMap<EventId, Filing> = BTreeMap::new();
        let closing = self
            .entries
            .values()
            .filter(|entry| entry.act == Act::Close)
            .map(|entry| (entry.received, entry.event))
            .min();
        let mut in_time: BTreeMap<EventId, &Entry> = BTreeMap::new();
        for (&event, entry) in &self.entries {
            let closes = closing.is_some_and(|(_, first)| first == event);
            if closing.is_none_or(|(closed, _)| entry.received < closed) || closes {
                in_time.insert(event, entry);
                filing.insert(event, Filing::Stands);
            } else {
                filing.insert(event, Filing::Ledger);
            }
        }

        let standing = corrections(&in_time, &mut filing);

        // The list.
        let everybody = self.everybody();
        let mut targets = BTreeMap::new();
        for &target in &everybody {
            let changes: BTreeMap<(Timestamp, EventId), bool> = in_time
                .iter()
                .filter_map(|(&event, entry)| match entry.act {
                    Act::Change(change) if change.target == target => {
                        Some(((change.at, event), change.cause.joins()))
                    }
                    _ => None,
                })
                .collect();
            for &(_, event) in changes.keys() {
                filing.insert(event, Filing::Superseded);
            }
            if let Some((&(_, event), _)) = changes.last_key_value() {
                filing.insert(event, Filing::Stands);
            }
            let frozen = self.frozen.contains(&target);
            let listed = changes.last_key_value().map_or(frozen, |(_, &joins)| joins);
            let sought = frozen || changes.values().any(|&joins| joins);

            // Visits.
            let mut visits: BTreeMap<(Timestamp, EventId), Visit> = BTreeMap::new();
            for (&event, visit) in standing.iter().filter(|(_, visit)| visit.target == target) {
                if !sought {
                    filing.insert(event, Filing::Orphan);
                } else if visit.at < self.opens {
                    filing.insert(event, Filing::Early);
                } else {
                    visits.insert((visit.at, event), *visit);
                }
            }
            let mut reached: Option<Visit> = None;
            let mut figure = Figure { standing: Standing::Gap, late: false, last: None, tries: 0 };
            let mut exempt = self.exempt.contains(&target);
            for ((at, event), visit) in visits {
                let past = self.deadline.is_some_and(|deadline| at >= deadline);
                if reached.is_some() {
                    filing.insert(event, Filing::Repeated);
                    continue;
                }
                filing.insert(event, if past { Filing::Late } else { Filing::Stands });
                figure.last = Some(visit);
                figure.tries += u32::from(visit.outcome != Outcome::TeamDidNotCome);
                exempt |= matches!(visit.outcome, Outcome::Exempt | Outcome::Ineligible);
                if visit.outcome == Outcome::Done {
                    reached = Some(visit);
                    figure.late = past;
                }
            }
            figure.standing = match (listed, reached, exempt) {
                (false, ..) => Standing::NotListed,
                (true, Some(_), _) => Standing::Reached,
                (true, None, true) => Standing::Exempt,
                (true, None, false) => Standing::Gap,
            };
            targets.insert(target, figure);
        }
        for (&event, visit) in &standing {
            if !everybody.contains(&visit.target) {
                filing.insert(event, Filing::Orphan);
            }
        }
        for (&event, entry) in &in_time {
            if matches!(entry.act, Act::Change(change) if !everybody.contains(&change.target)) {
                filing.insert(event, Filing::Orphan);
            }
        }
        Figures { filing, targets }
    }

    fn home(&self, target: Target) -> Household {
        let household = match target {
            Target::Household(household) => household,
            Target::Person(person) => self.population.household_of(person).unwrap(),
        };
        self.population.household(household).unwrap()
    }

    /// The targets of a unit in walking order.
    fn walk(&self, unit: UnitId) -> Vec<Target> {
        let network = self.population.network();
        let mut found: Vec<_> = self
            .everybody()
            .into_iter()
            .filter_map(|target| {
                let home = self.home(target);
                let mut path: Vec<UnitId> = network.path_to_root(home.building).collect();
                path.reverse();
                let person: Option<PersonId> = match target {
                    Target::Person(person) => Some(person),
                    Target::Household(_) => None,
                };
                path.contains(&unit).then_some((path, home.door, home.id, person, target))
            })
            .collect();
        found.sort();
        found.into_iter().map(|(.., target)| target).collect()
    }

    /// Whether a round answers everything as this model does.
    pub(super) fn agrees(&self, round: &Round) {
        let figures = self.figures();
        assert_eq!(round.entry_count(), self.entries.len());
        for (&event, &filing) in &figures.filing {
            let filed = round.find(event).unwrap();
            assert_eq!((filed.entry, filed.filing), (self.entries[&event], filing));
        }
        let mut sorted: Vec<&Entry> = self.entries.values().collect();
        sorted.sort_by_key(|entry| (entry.received, entry.event));
        for &filing in Filing::ALL {
            let list: Vec<Entry> = sorted
                .iter()
                .filter(|entry| figures.filing[&entry.event] == filing)
                .map(|&&entry| entry)
                .collect();
            assert_eq!(round.filed(filing), list, "{filing:?}");
        }
        for (&target, figure) in &figures.targets {
            let status = round.status(target).unwrap();
            assert_eq!(status.standing, figure.standing, "{target:?}");
            assert_eq!(status.last, figure.last.map(|visit| visit.outcome), "{target:?}");
            assert_eq!(status.tries, figure.tries, "{target:?}");
            assert_eq!(status.carried, self.carried.contains(&target));
            let history: Vec<Entry> =
                round.history(target).into_iter().map(|filed| filed.entry).collect();
            let naming = sorted.iter().filter(|entry| named(&entry.act) == Some(target));
            assert_eq!(history, naming.map(|&&entry| entry).collect::<Vec<_>>());
        }
        let network = self.population.network();
        let by_unit = round.coverage_by_unit();
        for unit in network.units() {
            let walk = self.walk(unit);
            let coverage = self.coverage(&figures, &walk);
            assert_eq!(by_unit[unit.index()], coverage);
            assert_eq!(round.coverage(unit), coverage);
            assert_eq!(coverage.frozen + coverage.joined - coverage.left, coverage.targets);
            assert_eq!(coverage.reached + coverage.exempt + coverage.unreached, coverage.targets);
            let gaps: Vec<Target> = walk
                .into_iter()
                .filter(|target| figures.targets[target].standing == Standing::Gap)
                .collect();
            let (first, rest): (Vec<Target>, Vec<Target>) =
                gaps.into_iter().partition(|target| self.carried.contains(target));
            let wanted: Vec<Gap> =
                first.into_iter().chain(rest).map(|target| self.gap(&figures, target)).collect();
            assert_eq!(round.gaps(unit), wanted);
        }
    }

    fn coverage(&self, figures: &Figures, targets: &[Target]) -> Coverage {
        let count = |keep: &dyn Fn(&Target, &Figure) -> bool| {
            let kept = targets.iter().filter(|target| keep(target, &figures.targets[target]));
            u32::try_from(kept.count()).unwrap()
        };
        let frozen = |target: &Target| self.frozen.contains(target);
        let listed = |figure: &Figure| figure.standing != Standing::NotListed;
        Coverage {
            frozen: count(&|target, _| frozen(target)),
            joined: count(&|target, figure| !frozen(target) && listed(figure)),
            left: count(&|target, figure| frozen(target) && !listed(figure)),
            targets: count(&|_, figure| listed(figure)),
            reached: count(&|_, figure| figure.standing == Standing::Reached),
            late: count(&|_, figure| figure.standing == Standing::Reached && figure.late),
            exempt: count(&|_, figure| figure.standing == Standing::Exempt),
            unreached: count(&|_, figure| figure.standing == Standing::Gap),
        }
    }

    fn gap(&self, figures: &Figures, target: Target) -> Gap {
        let home = self.home(target);
        let figure = &figures.targets[&target];
        Gap {
            target,
            household: home.id,
            building: home.building,
            door: home.door,
            reason: figure.last.map(|visit| visit.outcome),
            tries: figure.tries,
            follow_up: figure.last.and_then(|visit| visit.follow_up),
            carried: self.carried.contains(&target),
        }
    }
}

//! How many people a site calls in each slot, and what follows from it.

use super::work::Work;
use super::{
    Call, ElderlyFirst, Finish, Group, Heat, NotCalled, Rest, SamplingSite, SiteForecast,
    SitePlanRules, Turn,
};
use crate::interval::{Interval, Timestamp};

/// A slot, in seconds from the opening.
#[derive(Debug, Clone, Copy)]
struct Slot {
    start: u64,
    end: u64,
    /// How many people the tables are bound to finish in it.
    can: u64,
    /// How many could be called if there were room for any number.
    could: u64,
    /// How many are called if there always is somebody to call.
    most: u64,
}

/// The safe plan of a site that has called the most people by the end of every slot.
#[derive(Debug)]
pub(super) struct Flow {
    site: SamplingSite,
    visit_seconds: u64,
    work: Work,
    slots: Vec<Slot>,
}

/// What a slot begins with, and how many people are called in it.
#[derive(Debug, Clone, Copy)]
struct Step {
    slot: Slot,
    inside: u64,
    called: u64,
    /// Who is still to be called afterwards.
    left: u64,
}

impl Flow {
    pub(super) fn new(
        rules: SitePlanRules,
        site: &SamplingSite,
        rests: &[Rest],
        heat: &[Heat],
    ) -> Self {
        let work = Work::new(rules.samplers_per_table, site, rests, heat);
        let (seconds, length) = (site.hours.seconds(), u64::from(site.slot_seconds));
        let slots = (0..seconds.div_ceil(length)).map(|number| {
            let (start, end) = (number * length, seconds.min((number + 1) * length));
            Slot { start, end, can: work.can(start, end), could: 0, most: 0 }
        });
        let mut slots: Vec<Slot> = slots.collect();
        let zones = u64::from(site.waiting) + u64::from(site.preparation);
        let room = zones.min(rules.longest_queue.into());
        let mut after: u64 = slots.iter().map(|slot| slot.can).sum();
        let mut inside: u64 = 0;
        for slot in &mut slots {
            after -= slot.can;
            let late = inside.saturating_sub(slot.can);
            slot.could = slot.can.min(after - late);
            slot.most = slot.could.min(room - inside);
            inside = slot.most + late;
        }
        Self { site: *site, visit_seconds: rules.visit_seconds.into(), work, slots }
    }

    /// Slot by slot with so many people to call.
    fn steps(&self, people: u64) -> impl Iterator<Item = Step> {
        let (mut inside, mut left) = (0, people);
        self.slots.iter().map(move |&slot| {
            let called = slot.most.min(left);
            left -= called;
            let step = Step { slot, inside, called, left };
            inside = called + inside.saturating_sub(slot.can);
            step
        })
    }

    fn time(&self, second: u64) -> Timestamp {
        self.site.hours.start().saturating_add(second.cast_signed())
    }

    fn interval(&self, start: u64, end: u64) -> Interval {
        // Nobody is called, and nobody visited, in no time at all.
        Interval::new(self.time(start), self.time(end)).unwrap_or(self.site.hours)
    }

    /// What comes of the plan for these people.
    pub(super) fn forecast(&self, groups: &[Group]) -> SiteForecast {
        let people = |turn| total(groups, turn);
        let come = people(Turn::Elderly).saturating_add(people(Turn::Others));
        let visited = people(Turn::AtHome).min(self.visits());
        let (mut called, mut most_inside, mut held_back) = (0, 0, 0);
        let (mut planned, mut latest) = (0, 0);
        for Step { slot, inside, called: now, left } in self.steps(come) {
            called += now;
            most_inside = most_inside.max(inside + now);
            if left > 0 {
                held_back += slot.could - now;
            }
            if now > 0 {
                planned = self.work.when(now, slot.start, slot.end);
            } else if 0 < inside && inside <= slot.can {
                latest = self.work.when(inside, slot.start, slot.end);
            }
        }
        let finish = Finish { planned: self.time(planned), latest: self.time(latest) };
        let rows = visited.div_ceil(u64::from(self.site.home_teams).max(1));
        SiteForecast {
            site: self.site.site,
            capacity: self.slots.iter().map(|slot| slot.most).sum(),
            called,
            most_inside,
            held_back,
            tables: (called > 0).then_some(finish),
            visited,
            at_home: (visited > 0).then(|| self.time(rows * self.visit_seconds)),
        }
    }

    /// How many people can be visited at home.
    fn visits(&self) -> u64 {
        u64::from(self.site.home_teams) * (self.site.hours.seconds() / self.visit_seconds)
    }

    /// Who is called when, and who is not.
    pub(super) fn calls(
        &self,
        elderly_first: ElderlyFirst,
        groups: &[Group],
    ) -> (Vec<Call>, Vec<NotCalled>) {
        let (mut calls, mut not_called) = (Vec::new(), Vec::new());
        let mut slots = self.steps(u64::MAX).filter(|step| step.called > 0);
        let (mut during, mut free) = (self.site.hours, 0);
        for (group, turn) in order(groups, elderly_first) {
            let mut people = group.people(turn);
            while people > 0 {
                if free == 0 {
                    let Some(Step { slot, called, .. }) = slots.next() else { break };
                    (during, free) = (self.interval(slot.start, slot.end), called);
                }
                let now = people.min(u32::try_from(free).unwrap_or(u32::MAX));
                calls.push(call(group, turn, during, now));
                people -= now;
                free -= u64::from(now);
            }
            not_called.extend(rest(group, turn, people));
        }
        let (mut visit, visits) = (0, self.visits());
        for group in groups.iter().filter(|group| group.homebound > 0) {
            let people = u64::from(group.homebound).min(visits - visit);
            if people > 0 {
                let row = |visit| visit / u64::from(self.site.home_teams) * self.visit_seconds;
                let end = row(visit + people - 1) + self.visit_seconds;
                let during = self.interval(row(visit), end);
                visit += people;
                let people = u32::try_from(people).unwrap_or(u32::MAX);
                calls.push(call(group, Turn::AtHome, during, people));
            }
            let people = u64::from(group.homebound) - people;
            not_called.extend(rest(group, Turn::AtHome, u32::try_from(people).unwrap_or(u32::MAX)));
        }
        (calls, not_called)
    }
}

/// The groups and turns in calling order.
fn order(groups: &[Group], elderly_first: ElderlyFirst) -> Vec<(&Group, Turn)> {
    let turn = |turn| groups.iter().map(move |group| (group, turn));
    let mut order: Vec<_> = turn(Turn::Elderly).chain(turn(Turn::Others)).collect();
    if elderly_first == ElderlyFirst::InBuilding {
        let both = turn(Turn::Elderly).zip(turn(Turn::Others));
        order = both.flat_map(|(elderly, others)| [elderly, others]).collect();
    }
    order
}

/// How many people have a turn.
fn total(groups: &[Group], turn: Turn) -> u64 {
    groups.iter().map(|group| u64::from(group.people(turn))).fold(0, u64::saturating_add)
}

const fn call(group: &Group, turn: Turn, during: Interval, people: u32) -> Call {
    Call { site: group.site, building: group.building, turn, during, people }
}

fn rest(group: &Group, turn: Turn, people: u32) -> Option<NotCalled> {
    let left = NotCalled { site: group.site, building: group.building, turn, people };
    (people > 0).then_some(left)
}

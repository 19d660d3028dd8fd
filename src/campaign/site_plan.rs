//! Sampling-site plans: who is called when, so that no queue grows too long, and when everybody has been sampled.
//!
//! People of a site are called to it building by building, each with a slot of time in which they come; those who
//! cannot come are visited at home. A [`SitePlan`] is a pure function of its rows ([`SitePlanBuilder`]).
//!
//! # The site
//!
//! Three zones, passed one way: *waiting*, *preparation*, *sampling*. Whoever arrives waits; where there is room in
//! preparation, the first of the waiting steps in; where a table is free and at work, the first of the prepared sits
//! down. A table samples one person at a time.
//!
//! One sampling is 360,000 units of work. A table does `rate · percent` units a second: 60 people an hour at 100
//! percent take a minute each. *Heat* ([`Heat`]) sets the percent of its site for a while; 0 stops work. In the hours
//! of the site, `min(tables, samplers on duty / samplers per table)` tables are *at work*, rounded down, those with the
//! lowest numbers: samplers who rest ([`Rest`]) are off duty, and where there are more than the tables need, the
//! others relieve them. A table that stops first finishes the sampling that it has begun.
//!
//! # The slots
//!
//! Slots are `slot_seconds` long, half-open, and follow one another from the opening on; the end of the hours cuts the
//! last one off. In a slot, the tables *can* take as many people as they are bound to finish in it alone:
//!
//! ```text
//! can(slot) = sum over the tables of floor( work of the table in the slot / 360,000 )
//! ```
//!
//! So choose slots in which a table takes a whole number of people: 15 minutes are 15 people at 60 an hour, but at 70
//! an hour a table takes 17 people then, not 17.5.
//!
//! # Who comes when nobody knows
//!
//! People come at any second of their slot, or not at all. With n(slot) people called,
//!
//! ```text
//! late(slot)   = max( 0, inside(slot) - can(slot) )
//! inside(next) = n(slot) + late(slot),         inside(first) = 0
//! ```
//!
//! bounds the people in the three zones together just before the next slot begins, whoever comes when.
//! *Proof.* Suppose that somebody who was inside when the slot began still is at its end, and take the last one of
//! those to leave the queue. Until that one sat down, no table at work stood empty; from then on, less work than one
//! sampling was done at any table, or that sampling would be over. So every table has finished at least as many of
//! those who were inside as it can in this slot alone, whatever it was busy with when the slot began. Hence at most
//! late(slot) of them are left; whoever else is inside was called in this slot. ∎ Within a slot there are never more
//! than inside(slot) + n(slot): everybody of the slot before came in its last second, everybody of this one in its
//! first.
//!
//! A plan is *safe* if in every slot
//!
//! 1. `n <= can`: those who come when their slot begins are sampled within it, so nobody is called to stand in line
//!    (即采即走: sample and leave);
//! 2. `inside + n <= room`, the stated longest queue or what waiting and preparation hold, whichever is less: the
//!    queue is never longer, even if those at the tables are counted as well;
//! 3. `late + n <= ` the sum of can over all later slots: whoever comes in their slot is sampled before the hours
//!    end. So nobody is called in the last slot.
//!
//! # The plan
//!
//! Of all safe plans, **the one that has called the most people by the end of every slot**. There is one: the three
//! rules are upper bounds of sums of n over runs of slots, no later slot is bound more tightly than an earlier one, and
//! so to call as many as allowed, slot after slot, is best for all of them. Hence
//!
//! - *no table idles without a reason*: in every slot, `n = can`, or nobody is left to call, or one more
//!   would break rule 2 or 3 ([`SiteForecast::held_back`] counts what rule 2 costs; shorter slots or larger zones win
//!   it back);
//! - one more table, sampler or place, less rest and less heat never make a plan worse.
//!
//! Buildings are called in walking order, and so are the doors of a building (so its entrances follow one another).
//! The elderly go first (让老人先采样) *within their building* as a rule, so that a family comes to the site together and
//! whoever notifies passes each door once; [`ElderlyFirst::AtSite`] calls the elderly of all buildings before anybody
//! else. The people of a building and turn are called in slots that follow one another, but for slots in which nobody
//! is called.
//!
//! Whom no slot has room for before the hours end is in [`SitePlan::not_called`], by building and turn.
//!
//! # At home
//!
//! The home teams of a site visit one person after another in walking order from the opening on, each visit
//! `visit_seconds` long and over before the hours end; they have neither rests nor heat.
//!
//! # Examples
//!
//! Two tables for 180 people of two towers:
//!
//! ```
//! use epitier::campaign::site_plan::{
//!     Group, OneMore, SamplingSite, SitePlanBuilder, SitePlanRules, Turn,
//! };
//! use epitier::network::{NetworkBuilder, Tier, UnitRow};
//! use epitier::{Interval, PostId, Timestamp};
//!
//! let network = NetworkBuilder::new()
//!     .unit(UnitRow::new("hq", "County", Tier::Headquarters))
//!     .unit(UnitRow::new("town", "Town", Tier::Subdistrict).under("hq"))
//!     .unit(UnitRow::new("village", "Village", Tier::Community).under("town"))
//!     .unit(UnitRow::new("grid", "Grid", Tier::Compound).under("village"))
//!     .unit(UnitRow::new("t1", "Tower 1", Tier::Building).under("grid"))
//!     .unit(UnitRow::new("t2", "Tower 2", Tier::Building).under("grid"))
//!     .build()?;
//! let towers = network.unit("t1").zip(network.unit("t2"));
//! let (first, second) = towers.ok_or("no such tower")?;
//!
//! let opens: Timestamp = "2021-08-05T06:00:00+08:00".parse()?;
//! let at = |minutes: i64| opens.saturating_add(60 * minutes);
//! let school = PostId::new(7);
//! let plan = SitePlanBuilder::new(SitePlanRules::default())
//!     .site(SamplingSite {
//!         tables: 2,
//!         samplers: 4,
//!         waiting: 80,
//!         preparation: 20,
//!         home_teams: 1,
//!         ..SamplingSite::new(school, Interval::new(opens, at(240))?)
//!     })
//!     .group(Group { elderly: 20, others: 70, ..Group::new(school, first) })
//!     .group(Group { elderly: 10, others: 80, homebound: 3, ..Group::new(school, second) })
//!     .build(&network)?;
//!
//! // 30 people a slot: the elderly of tower 1, and the first ten doors or so behind them.
//! let calls = plan.calls(school);
//! assert_eq!((calls[0].building, calls[0].turn, calls[0].people), (first, Turn::Elderly, 20));
//! assert_eq!((calls[1].building, calls[1].turn, calls[1].people), (first, Turn::Others, 10));
//! assert_eq!(calls[1].during, Interval::new(opens, at(15))?);
//! // Done after 90 minutes if people come when their slots begin, 15 minutes later at the most.
//! let finish = plan.finish().ok_or("nobody is called")?;
//! assert_eq!((finish.planned, finish.latest), (at(90), at(105)));
//! // A third table alone has nobody to sample at it.
//! assert_eq!(plan.one_more(OneMore::Table)[0].seconds_earlier, 0);
//! assert_eq!(plan.one_more(OneMore::StaffedTable)[0].seconds_earlier, 30 * 60);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod error;
mod flow;
mod gain;
mod notice;
mod record;
#[cfg(feature = "serde")]
mod spec;
mod work;

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

pub use self::builder::SitePlanBuilder;
pub use self::error::{SitePlanError, SiteTable, Zone};
use self::flow::Flow;
pub use self::gain::{Gain, OneMore};
pub use self::notice::Notice;
pub use self::record::{
    Call, ElderlyFirst, Finish, Group, Heat, NotCalled, Rest, SamplingSite, SiteForecast,
    SitePlanRules, Turn,
};
use crate::id::{PostId, UnitId};

/// Checked rows: sites by id, rests and heat by site, groups by site and in walking order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rows {
    rules: SitePlanRules,
    sites: Vec<SamplingSite>,
    rests: Vec<Rest>,
    heat: Vec<Heat>,
    groups: Vec<Group>,
}

/// Who is called to which sampling site when; see the [module](self).
///
/// Frozen; a clone shares everything. A file holds the rows that the plan follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitePlan {
    content: Arc<Content>,
}

#[derive(Debug, PartialEq, Eq)]
struct Content {
    rows: Rows,
    /// By site.
    sites: Vec<SiteForecast>,
    /// By site; the tables' slot by slot, then the visits at home.
    calls: Vec<Call>,
    /// By site and in calling order.
    not_called: Vec<NotCalled>,
    /// Where the rows of both stand by building, and otherwise as they are.
    calls_by_building: Vec<usize>,
    not_called_by_building: Vec<usize>,
}

impl Rows {
    fn flow(&self, site: &SamplingSite) -> Flow {
        let rests = &self.rests[of_site(&self.rests, site.site, |rest| rest.site)];
        let heat = &self.heat[of_site(&self.heat, site.site, |heat| heat.site)];
        Flow::new(self.rules, site, rests, heat)
    }

    fn groups(&self, site: PostId) -> &[Group] {
        &self.groups[of_site(&self.groups, site, |group| group.site)]
    }

    /// Plans every site on its own.
    fn plan(self) -> SitePlan {
        let of_one = |site: &SamplingSite| {
            let groups = self.groups(site.site);
            let flow = self.flow(site);
            let (calls, not_called) = flow.calls(self.rules.elderly_first, groups);
            (flow.forecast(groups), calls, not_called)
        };
        let planned: Vec<_> = self.sites.par_iter().map(of_one).collect();
        let (mut sites, mut calls, mut not_called) = (Vec::new(), Vec::new(), Vec::new());
        for (forecast, called, left) in planned {
            sites.push(forecast);
            calls.extend(called);
            not_called.extend(left);
        }
        let content = Content {
            rows: self,
            sites,
            calls_by_building: by_building(&calls, |call| call.building),
            not_called_by_building: by_building(&not_called, |left| left.building),
            calls,
            not_called,
        };
        SitePlan { content: Arc::new(content) }
    }
}

/// Where the rows of a site stand in a table sorted by site.
fn of_site<T>(rows: &[T], site: PostId, key: impl Fn(&T) -> PostId) -> Range<usize> {
    let start = rows.partition_point(|row| key(row) < site);
    start..start + rows[start..].partition_point(|row| key(row) == site)
}

/// The rows by building, and otherwise as they are.
fn by_building<T: Sync>(rows: &[T], building: impl Fn(&T) -> UnitId + Sync) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.par_sort_by_key(|&at| building(&rows[at]));
    order
}

/// The rows of a building, from its order.
fn of_building<'a, T>(
    rows: &'a [T],
    order: &'a [usize],
    building: UnitId,
    key: impl Fn(&T) -> UnitId,
) -> impl Iterator<Item = &'a T> {
    let start = order.partition_point(|&at| key(&rows[at]) < building);
    let of_it = order[start..].iter().map(|&at| &rows[at]);
    of_it.take_while(move |row| key(row) == building)
}

impl SitePlan {
    /// What is known of each site, by id.
    #[must_use]
    pub fn sites(&self) -> &[SiteForecast] {
        &self.content.sites
    }

    /// What is known of a site. O(log n).
    #[must_use]
    pub fn site(&self, site: PostId) -> Option<&SiteForecast> {
        let sites = self.sites();
        sites[of_site(sites, site, |forecast| forecast.site)].first()
    }

    /// Whom a site calls: slot by slot and in calling order, and then whom its home teams visit, in walking order.
    /// O(log n).
    #[must_use]
    pub fn calls(&self, site: PostId) -> &[Call] {
        let calls = &self.content.calls;
        &calls[of_site(calls, site, |call| call.site)]
    }

    /// When the people of a building are called, and where to: by site, and then as in [`calls`](Self::calls).
    /// O(log n).
    pub fn called_at(&self, building: UnitId) -> impl Iterator<Item = &Call> {
        let Content { calls, calls_by_building, .. } = &*self.content;
        of_building(calls, calls_by_building, building, |call| call.building)
    }

    /// Who of a building is not called: by site, and then as in [`not_called`](Self::not_called). O(log n).
    pub fn not_called_at(&self, building: UnitId) -> impl Iterator<Item = &NotCalled> {
        let Content { not_called, not_called_by_building, .. } = &*self.content;
        of_building(not_called, not_called_by_building, building, |left| left.building)
    }

    /// Who gets no slot, or no visit at home, before the hours of the site end; by site, in calling order.
    #[must_use]
    pub fn not_called(&self) -> &[NotCalled] {
        &self.content.not_called
    }

    /// When everybody who is called has been sampled, at every site and at home; `None` where nobody is called.
    #[must_use]
    pub fn finish(&self) -> Option<Finish> {
        self.sites().iter().map(SiteForecast::finish).fold(None, Finish::later)
    }
}

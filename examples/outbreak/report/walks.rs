//! Which sampling site people walk to, in the report.

use std::fmt::Write;

use epitier::dispatch::{Catchments, Share, Site, UnservedReason};

use super::super::catchments::Walks;
use super::super::staff::Task;
use super::Report;
use super::text::thousands;

impl Report<'_> {
    /// The county seat's people and the sites they go to.
    pub(crate) fn walks(&mut self, staffed: &Task, walks: &Walks) {
        let Walks { sites, catchments } = walks;
        let Catchments { shares, unserved, served, metres, bound } = catchments;
        self.heading("Who walks to which sampling site (where they are is constructed)");
        let left: u32 = unserved.iter().map(|row| row.people).sum();
        let capacity: u32 = sites.iter().map(|site| site.capacity).sum();
        line!(
            self,
            "  {} people of {} buildings to {} sites, which take {} (240 for each sampler there);",
            thousands(served + u64::from(left)),
            thousands(shares.len() + unserved.len()),
            sites.len(),
            thousands(capacity)
        );
        let mean = |metres: u64| metres / (*served).max(1);
        line!(
            self,
            "  buildings are kept whole, and nobody walks more than 1,500 m. {} are served; the mean walk is
  {} m, where no plan has less than {} m.",
            thousands(served),
            mean(*metres),
            mean(bound.metres)
        );
        let longest = shares.iter().max_by_key(|share| (share.metres, share.site));
        if let Some(&Share { site, building, people, metres }) = longest {
            let (building, site) = (self.place(building), staffed.name(site));
            line!(
                self,
                "    longest walk     {} m: {people} people of {building}
                     to {site}",
                thousands(metres)
            );
        }
        let mut by_size: Vec<(u32, Site)> =
            sites.iter().map(|&site| (walks.people_at(site.site), site)).collect();
        by_size.sort_by_key(|&(people, site)| (people, site.site));
        let named = [("smallest site", by_size.first()), ("largest site", by_size.last())];
        for (which, found) in named {
            let Some(&(people, Site { site, capacity, .. })) = found else { continue };
            let (people, capacity) = (thousands(people), thousands(capacity));
            line!(self, "    {which:<16} {people} of {capacity}: {}", staffed.name(site));
        }
        let full = by_size.iter().filter(|(people, site)| *people == site.capacity).count();
        line!(self, "    full to the last {full} sites");
        self.unserved(catchments);
    }

    /// Who has no site, and what can be done about it.
    fn unserved(&mut self, catchments: &Catchments) {
        let reasons = [
            (UnservedReason::NoLocation, "not on record where they are; look, or send a team"),
            (UnservedReason::NoSiteInReach, "no site near enough; send a team"),
            (UnservedReason::NoRoomForAll, "no site near enough has room for all"),
        ];
        for (reason, text) in reasons {
            let rows = || catchments.unserved.iter().filter(|row| row.reason == reason);
            let people: u32 = rows().map(|row| row.people).sum();
            if let Some(first) = rows().next() {
                let (buildings, first) = (rows().count(), self.place(first.building));
                line!(self, "  Not served: {people} people of {buildings} buildings: {text};");
                line!(self, "    the first of them is {first}");
            }
        }
    }

    /// A building with its compound and community.
    pub(super) fn place(&self, building: epitier::UnitId) -> String {
        let path: Vec<&str> = self
            .city
            .network()
            .path_to_root(building)
            .map(|unit| self.city.name(unit))
            .take(3)
            .collect();
        path.join(", ")
    }
}

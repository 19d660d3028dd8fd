//! Which sampling site the people of the county seat walk to (article 2.4, row 47; 2.8: 160,000 people, 77 sites).
//!
//! Where buildings and sites are, and how many people a sampler takes, is constructed.

use epitier::PostId;
use epitier::dispatch::{CatchmentRules, Catchments, Residents, Site};
use epitier::network::Tier;

use super::coordinates::Coordinates;
use super::generate::random;
use super::scenario::{City, Outcome};
use super::staff::Task;

/// People whom each sampler of a site takes in the round.
const PEOPLE_PER_SAMPLER: u32 = 240;

/// Nobody walks farther, in metres.
const FARTHEST: u32 = 1_500;

/// It is not on record where one building in so many is.
const WITHOUT_LOCATION: u64 = 500;

/// Sites, and who walks to them.
pub(crate) struct Walks {
    /// By number of the post.
    pub(crate) sites: Vec<Site>,
    pub(crate) catchments: Catchments,
}

impl Walks {
    /// Plans the walks to the sites, each of which takes what its samplers can; buildings go together.
    pub(crate) fn new(city: &City, coordinates: &Coordinates, staffed: &Task) -> Outcome<Self> {
        let network = city.network();
        let mut sites: Vec<Site> = Vec::new();
        for of_one in staffed.dispatch.posts().chunk_by(|a, b| a.unit == b.unit) {
            // In the middle of equal parts of the buildings, as they follow each other.
            let buildings = network.members(of_one[0].unit, Tier::Building);
            for (at, post) in of_one.iter().enumerate() {
                let middle = (2 * at + 1) * buildings.len() / (2 * of_one.len());
                let location = buildings.get(middle).and_then(|&unit| coordinates.at(unit));
                let location = location.ok_or("a site without a location")?;
                let samplers = staffed.plan.posts()[post.post.index()].filled;
                let capacity = samplers * PEOPLE_PER_SAMPLER;
                sites.push(Site { site: post.post, capacity, location });
            }
        }
        let mut random = random(11);
        let mut homes = Residents::of(&city.population, city.unit("421122-seat")?, |_| true);
        for home in &mut homes {
            let known = random.below(WITHOUT_LOCATION) != 0;
            home.location = coordinates.at(home.building).filter(|_| known);
        }
        let rules = CatchmentRules::new(FARTHEST).with_whole_buildings(true);
        let catchments = Catchments::plan(&homes, &sites, rules, &())?;
        Ok(Self { sites, catchments })
    }

    /// How many people come to a site.
    pub(crate) fn people_at(&self, site: PostId) -> u32 {
        let shares = self.catchments.shares.iter().filter(|share| share.site == site);
        shares.map(|share| share.people).sum()
    }
}

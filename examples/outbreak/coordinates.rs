//! Where units lie. The tables locate seats and towns only; whatever lies within them is scattered around them
//! by the seed, so every walk in the report is constructed.

use epitier::UnitId;
use epitier::network::{Location, Tier};

use super::generate::random;
use super::random::Random;
use super::scenario::City;

/// Metres to a degree of latitude: a 360th of the earth's circumference.
const DEGREE: f64 = 111_195.0;

/// A location for every unit below one that the tables locate.
pub(crate) struct Coordinates(Vec<Option<Location>>);

impl Coordinates {
    pub(crate) fn new(city: &City) -> Self {
        let network = city.network();
        let mut random = random(8);
        let mut locations: Vec<Option<Location>> = vec![None; network.len()];
        // Those above come first.
        for &unit in network.preorder() {
            let above = network.parent(unit).and_then(|above| locations[above.index()]);
            let spread = network.tier(unit).map_or(0, spread);
            let scattered = || above.and_then(|above| near(&mut random, above, spread));
            locations[unit.index()] = network.location(unit).or_else(scattered);
        }
        Self(locations)
    }

    pub(crate) fn at(&self, unit: UnitId) -> Option<Location> {
        self.0.get(unit.index()).copied().flatten()
    }
}

/// How many metres a unit lies from the one above it at most, to the north or south and to the east or west.
const fn spread(tier: Tier) -> u32 {
    match tier {
        Tier::Community => 2_000,
        Tier::Compound => 500,
        Tier::Building => 150,
        _ => 0,
    }
}

/// A point in the square around another one, whose sides lie so many metres from it.
pub(crate) fn near(random: &mut Random, middle: Location, metres: u32) -> Option<Location> {
    let mut aside = || f64::from(random.below(2 * metres + 1)) - f64::from(metres);
    let north = middle.latitude() + aside() / DEGREE;
    let east = middle.longitude() + aside() / (DEGREE * middle.latitude().to_radians().cos());
    Location::from_degrees(north, east)
}

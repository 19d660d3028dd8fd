//! A point on the earth.

/// Mean radius of the earth in metres: R1 of the Geodetic Reference System 1980 (H. Moritz, *Journal of
/// Geodesy* 74, 2000).
const MEAN_EARTH_RADIUS: f64 = 6_371_008.8;

/// Parts of a degree that a [`Location`] can tell apart; one is at most 0.12 m.
const PARTS: f64 = 1e6;

/// A point in WGS-84, in whole millionths of a degree, so that it compares and hashes exactly.
///
/// Map services in China publish shifted coordinates (GCJ-02, BD-09) that lie up to several hundred
/// metres off. They must not be mixed in: convert them first.
///
/// # Examples
///
/// ```
/// use epitier::network::Location;
///
/// let wuhan = Location::from_degrees(30.5928, 114.3055).ok_or("off the earth")?;
/// let huanggang = Location::from_degrees(30.4537, 114.8724).ok_or("off the earth")?;
/// assert_eq!(wuhan.metres_to(huanggang), 56_461);
/// assert_eq!(Location::from_degrees(114.3, 30.6), None);
/// # Ok::<(), &'static str>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Location {
    /// North of the equator, in parts of a degree.
    latitude: i32,
    /// East of Greenwich, in parts of a degree.
    longitude: i32,
}

/// Numbers that are not a point, or one of the two alone.
#[derive(Debug)]
pub(crate) struct BadCoordinates;

impl Location {
    /// The point at a latitude (-90 to 90) and longitude (-180 to 180), both closed, in degrees; `None`
    /// outside, and for what is no number.
    #[must_use]
    pub fn from_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        on_earth.then(|| Self { latitude: parts(latitude), longitude: parts(longitude) })
    }

    /// The point of two optional columns of a table: nothing in both is no point.
    pub(crate) fn from_columns(
        latitude: Option<f64>,
        longitude: Option<f64>,
    ) -> Result<Option<Self>, BadCoordinates> {
        match (latitude, longitude) {
            (None, None) => Ok(None),
            (Some(latitude), Some(longitude)) => {
                Self::from_degrees(latitude, longitude).map(Some).ok_or(BadCoordinates)
            }
            _ => Err(BadCoordinates),
        }
    }

    /// Degrees north of the equator.
    #[must_use]
    pub fn latitude(self) -> f64 {
        f64::from(self.latitude) / PARTS
    }

    /// Degrees east of Greenwich.
    #[must_use]
    pub fn longitude(self) -> f64 {
        f64::from(self.longitude) / PARTS
    }

    /// The great-circle distance in whole metres, at most 20,015,114.
    ///
    /// By the haversine formula on a sphere; the true distance on the ellipsoid differs by up to 0.6 %.
    ///
    /// # References
    ///
    /// R. W. Sinnott, *Virtues of the Haversine*, Sky and Telescope 68 (1984).
    #[must_use]
    pub fn metres_to(self, other: Self) -> u32 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let (here, there) = (self.latitude().to_radians(), other.latitude().to_radians());
        let h = half(self.latitude(), other.latitude())
            + here.cos() * there.cos() * half(self.longitude(), other.longitude());
        let metres = 2.0 * MEAN_EARTH_RADIUS * h.min(1.0).sqrt().asin();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and half the way round the earth"
        )]
        {
            metres.round() as u32
        }
    }
}

/// Degrees within +-180 in whole parts.
fn parts(degrees: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "at most 180 million")]
    {
        (degrees * PARTS).round() as i32
    }
}

//! What is known of an age.

use std::fmt;
use std::str::FromStr;

/// What is known of an age.
///
/// As text: a birth year has four digits (`1951`), a band is `60-69` or, where it is open, `80+`; unknown
/// is empty.
///
/// # Examples
///
/// ```
/// use epitier::population::Age;
///
/// assert_eq!("1951".parse(), Ok(Age::Born(1951)));
/// assert_eq!("60-69".parse(), Ok(Age::Band { from: 60, to: 69 }));
/// assert_eq!("80+".parse(), Ok(Age::Band { from: 80, to: u8::MAX }));
/// assert_eq!("".parse(), Ok(Age::Unknown));
/// # Ok::<(), epitier::population::NotAnAge>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Age {
    /// Nothing.
    #[default]
    Unknown,
    /// The calendar year of birth.
    Born(u16),
    /// Completed years, both ends included; open above where `to` is [`u8::MAX`].
    Band {
        /// The least number of years.
        from: u8,
        /// The greatest number of years.
        to: u8,
    },
}

impl Age {
    /// Whether a year has at most four digits and a band does not end before it begins.
    pub(super) fn is_sound(self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Born(year) => year <= 9999,
            Self::Band { from, to } => from <= to,
        }
    }
}

/// A text that is neither a birth year nor a band of ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[error("not an age: expected a birth year such as 1951, or a band such as 60-69 or 80+")]
pub struct NotAnAge;

impl FromStr for Age {
    type Err = NotAnAge;

    fn from_str(text: &str) -> Result<Self, NotAnAge> {
        let text = text.trim();
        let age = if text.is_empty() {
            Self::Unknown
        } else if let Some(from) = text.strip_suffix('+') {
            Self::Band { from: digits(from)?, to: u8::MAX }
        } else if let Some((from, to)) = text.split_once('-') {
            Self::Band { from: digits(from)?, to: digits(to)? }
        } else if text.len() == 4 {
            Self::Born(digits(text)?)
        } else {
            return Err(NotAnAge);
        };
        if age.is_sound() { Ok(age) } else { Err(NotAnAge) }
    }
}

/// A number without a sign.
fn digits<T: FromStr>(text: &str) -> Result<T, NotAnAge> {
    let unsigned = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| unsigned).ok_or(NotAnAge)
}

/// The text that is read back as the same age.
impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::Born(year) => write!(f, "{year:04}"),
            Self::Band { from, to: u8::MAX } => write!(f, "{from}+"),
            Self::Band { from, to } => write!(f, "{from}-{to}"),
        }
    }
}

//! What all errors of the crate share: a list of every problem of one input.
//!
//! Each boundary has its own `#[non_exhaustive]` enum whose variants carry ids and positions, never
//! names or card numbers. Every such enum has a `code()` that stays the same for ever and stands in
//! its serialised form as well; the umbrella for `?` is [`crate::Error`].

use std::fmt;

use crate::watch::Cancelled;

/// Every problem found in one input, in input order; never empty.
///
/// # Examples
///
/// ```
/// use epitier::network::{NetworkBuilder, NetworkError};
///
/// let problems = NetworkBuilder::new().build().unwrap_err();
/// assert_eq!(problems.iter().next(), Some(&NetworkError::NoRoot));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct Problems<E>(Vec<E>);

impl<E> Problems<E> {
    /// `Ok(())` when nothing was found.
    pub(crate) fn check(found: Vec<E>) -> Result<(), Self> {
        if found.is_empty() { Ok(()) } else { Err(Self(found)) }
    }

    /// The same problems in other words.
    pub(crate) fn map<F>(self, word: impl FnMut(E) -> F) -> Problems<F> {
        Problems(self.0.into_iter().map(word).collect())
    }

    /// The problems, first one first.
    pub fn iter(&self) -> std::slice::Iter<'_, E> {
        self.0.iter()
    }

    /// How many there are, at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<E> From<E> for Problems<E> {
    fn from(problem: E) -> Self {
        Self(vec![problem])
    }
}

impl<'a, E> IntoIterator for &'a Problems<E> {
    type Item = &'a E;
    type IntoIter = std::slice::Iter<'a, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E> IntoIterator for Problems<E> {
    type Item = E;
    type IntoIter = std::vec::IntoIter<E>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Shows the first problem and how many there are in all.
impl<E: fmt::Display> fmt::Display for Problems<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [only] => only.fmt(f),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
            [] => Ok(()),
        }
    }
}

impl<E: std::error::Error> std::error::Error for Problems<E> {}

/// Why a long call on input returned nothing: the input was refused, or the observer cancelled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Stopped<E: std::error::Error + 'static> {
    /// The input has problems.
    #[error(transparent)]
    Refused(#[from] Problems<E>),
    /// The observer cancelled the call.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl<E: std::error::Error> Stopped<E> {
    /// The problems of the input; `None` if the call was cancelled.
    #[must_use]
    pub fn problems(&self) -> Option<&Problems<E>> {
        match self {
            Self::Refused(problems) => Some(problems),
            Self::Cancelled(_) => None,
        }
    }
}

//! What a trace knows of a person, in 32 bits.

/// Nobody has reached the person so far. Zero, so that fresh labels are untouched zero pages.
pub(super) const UNREACHED: u32 = 0;

/// The person is a case: never relabelled.
pub(super) const IS_CASE: u32 = 1;

/// What a label adds to the key that it holds.
const HELD: u32 = 2;

/// The label of a person who was reached at a key.
pub(super) fn label(key: u32) -> u32 {
    key + HELD
}

/// The key that the label of a reached person holds.
pub(super) fn key(label: u32) -> u32 {
    label - HELD
}

/// What a key must stay below to better a label.
pub(super) fn bound(label: u32) -> u32 {
    label.wrapping_sub(1).saturating_sub(1)
}

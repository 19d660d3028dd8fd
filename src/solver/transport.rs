//! Minimum-cost transportation.

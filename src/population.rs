//! Households and residents.

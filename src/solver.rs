//! Exact solvers on plain integers.
//!
//! Nothing in here knows of people, posts or places: numbers go in, numbers come out, and with them the
//! proof that they are right.

pub mod transport;

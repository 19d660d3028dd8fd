//! Exact solvers on plain integers.

pub mod transport;

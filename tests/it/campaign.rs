//! Rounds against a model that derives everything anew from the set of entries.

mod edges;
#[cfg(feature = "serde")]
mod files;
mod journal;
mod laws;
mod oracle;
mod samples;
mod scenario;
mod worlds;

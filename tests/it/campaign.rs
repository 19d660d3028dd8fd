//! Rounds against a model that derives everything anew from the set of entries.

mod checks;
mod disinfection;
mod edges;
#[cfg(feature = "serde")]
mod files;
mod journal;
mod laws;
mod lines;
mod needs;
mod oracle;
mod scenario;
mod services;
mod worlds;

//! Samples and pools against a model that is read from the definitions.

mod edges;
mod laboratory;
mod laws;
mod oracle;
mod scenario;
mod worlds;

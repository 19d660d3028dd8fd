//! Site plans against a model that reads the definition, and against people who come and are sampled second by second.

mod article;
mod edges;
#[cfg(feature = "serde")]
mod files;
mod laws;
mod notices;
mod oracle;
mod simulation;
mod worlds;

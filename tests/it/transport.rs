//! Transportation: two oracles, laws, the certificate, the edges of the number range and real data.

#[path = "../../examples/transport/formats.rs"]
mod formats;
#[path = "../../examples/support/hostile.rs"]
mod hostile;

mod cases;
#[cfg(feature = "serde")]
mod certificate;
mod data;
mod edges;
mod even;
mod laws;
mod oracle;
mod paths;
mod reoptimize;
mod reoptimize_edges;
mod shapes;
mod within;

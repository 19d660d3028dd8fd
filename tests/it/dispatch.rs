//! Responders to posts, against everything that could have been done.

mod caseloads;
mod catchments;
#[cfg(feature = "serde")]
mod certificate;
mod exact;
mod explain;
mod ledger;
mod ledger_edges;
mod oracle;
mod replan;
mod replan_edges;
mod scenario;
mod tables;
mod teams;
mod within;
mod worlds;

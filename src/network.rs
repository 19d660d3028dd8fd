//! The four-tier network.

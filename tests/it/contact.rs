//! Tracing against its definition, its laws, and what bad or extreme input gets.

mod differences;
mod edges;
mod exact;
mod laws;
mod oracle;
mod readings;
mod real;
mod tables;
mod worlds;

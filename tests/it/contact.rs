//! Tracing against its definition, its laws, and what bad or extreme input gets.

mod edges;
mod exact;
mod laws;
mod oracle;
mod real;
mod rules;
mod tables;
mod worlds;

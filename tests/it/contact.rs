//! Tracing against its definition, its laws, and what bad or extreme input gets.

mod cancel;
mod differences;
mod earliest;
mod edges;
mod ends_unknown;
mod exact;
mod laws;
mod live;
mod oracle;
mod readings;
mod real;
mod resume;
mod rules;
mod tables;
mod worlds;

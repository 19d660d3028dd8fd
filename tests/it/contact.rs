//! Tracing against its definition, its laws, and what bad or extreme input gets.

mod exact;
mod oracle;
mod worlds;

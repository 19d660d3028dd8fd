//! Contact tracing.

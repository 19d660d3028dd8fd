//! One integration binary: oracles, laws, real data with known answers, and the rules of the house.

mod campaign;
mod contact;
mod dispatch;
#[cfg(feature = "serde")]
mod files;
mod ground;
mod layers;
mod network;
#[cfg(feature = "serde")]
mod outbreak;
mod population;
#[path = "../../examples/support/random.rs"]
mod random;
#[cfg(feature = "serde")]
mod round;
mod support;
mod transport;

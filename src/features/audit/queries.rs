//! Reading and writing audit rows, and the chain over them.

pub mod chain;
pub mod write;

pub use write::{forget_user, insert, latest_of_operation, purged, refusals_since};

//! Reading and writing audit rows, and the chain over them.

pub mod chain;
pub mod list;
mod own;
pub mod tally;
pub mod write;

pub use own::of_account;
pub use write::{customer_of_user, forget_user, insert, latest_of_operation, purged, refusals_since};

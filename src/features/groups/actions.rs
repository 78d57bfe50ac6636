//! Doing things to groups: each checks, writes and audits in one transaction.

mod change;
mod membership;
pub mod purge;

pub use change::{create, rename};
pub use membership::{join, leave};

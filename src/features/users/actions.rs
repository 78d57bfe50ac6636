//! Doing things to users: each checks, writes and audits in one transaction.

mod contact;
mod create;
pub mod deletion;
pub mod export;
mod lookup;
pub mod purge;
mod restoration;
pub mod selection;
mod status;
mod unlock;

pub use contact::update;
pub use create::{Created, create, is_probe, record_probe, taken};
pub use deletion::{cancel_deletion, carry_out_deletion, plan_deletion, plan_deletion_of_selection, start_deletion};
pub use lookup::{Found, MOST_OFFERED, Several, lookup};
pub use restoration::restore;
pub use status::set_status;
pub use unlock::unlock;

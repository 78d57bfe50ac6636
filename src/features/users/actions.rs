//! Doing things to users: each checks, writes and audits in one transaction.

pub mod bulk;
mod contact;
mod create;
pub mod export;
mod invite;
mod lookup;
mod password;
pub mod purge;
pub mod selection;
mod status;
mod unlock;

pub use contact::update;
pub use create::{Created, create, is_probe, may_probe, record_probe, taken};
pub use invite::{INVITES, invite, invite_all};
pub use lookup::{Found, MOST_OFFERED, Several, lookup};
pub use password::{Given, find_for_password, set_password};
pub use status::set_status;
pub use unlock::unlock;

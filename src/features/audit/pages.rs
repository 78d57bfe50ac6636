//! What browsers get to see of the audit.

pub mod export;
pub mod index;
pub mod show;

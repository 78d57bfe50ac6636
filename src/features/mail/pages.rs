//! `/mails`: the ledger.

pub mod changes;
pub mod index;
pub mod show;

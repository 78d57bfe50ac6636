//! The audit: evidence of who did what, when, from where, with old and new values. Written in the transaction of the act, never changed.
//!
//! Every two seconds the sealer puts a seal over the rows that are new ([`chain`] says how a seal is made), so that whoever changes, removes or
//! reorders rows behind the server's back is found out by `muster audit verify`.

pub mod actions;
pub mod chain;
pub mod input;
pub mod model;
pub mod pages;
pub mod queries;

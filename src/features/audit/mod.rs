//! The audit: evidence of who did what, when, from where, with old and new values. Written in the transaction of the act, never changed.

pub mod actions;
pub mod model;

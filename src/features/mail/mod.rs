//! Mails: the outbox and its ledger. See [`actions`] for how to send one.

pub mod actions;
mod input;
mod letter;
pub mod model;
pub mod pages;
pub mod queries;

pub use letter::{Letter, LetterLink};

//! Signing in, from the e-mail address to the last step; one-time links; the first administrator; confirming that it is you.
//!
//! Every step starts a new session in place of the one before, so that no cookie known earlier is worth anything later. What comes next is
//! decided in one place, [`actions::next_level`].

pub mod actions;
pub mod again;
pub mod input;
mod letters;
pub mod model;
pub mod pages;
pub mod pieces;
pub mod queries;

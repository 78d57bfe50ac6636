//! What an installation decides about itself: of whom 2FA is required, rules of passwords, session times, its name and look.

mod accent;
pub mod actions;
pub mod current;
pub mod input;
mod logo;
pub mod model;
pub mod pages;
pub mod queries;

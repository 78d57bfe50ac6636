//! Users: people, device holders and administrators alike.

pub mod actions;
pub mod cells;
pub mod input;
pub mod model;
pub mod pages;
pub mod queries;

//! How things stand: what needs attention, and how that went over the last days.

pub mod actions;
pub mod model;
pub mod pages;
pub mod queries;

//! Groups of users, each of one customer.

pub mod actions;
pub mod input;
pub mod listing;
pub mod model;
pub mod pages;
pub mod queries;

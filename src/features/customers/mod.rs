//! Customers: the organisations that one installation serves. Every user belongs to exactly one.

pub mod actions;
pub mod input;
pub mod listing;
pub mod model;
pub mod pages;
pub mod queries;

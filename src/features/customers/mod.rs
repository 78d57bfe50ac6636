//! Customers: the organisations that one installation serves. Every user belongs to exactly one.

pub mod model;
pub mod queries;

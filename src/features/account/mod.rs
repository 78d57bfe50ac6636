//! One's own account: password, second factor, recovery codes, and where one is signed in.

pub mod actions;
pub mod input;
pub mod model;
pub mod pages;
pub mod queries;

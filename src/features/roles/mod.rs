//! Roles: named sets of permissions, held by users within a scope.

pub mod actions;
pub mod input;
pub mod model;
pub mod pages;
pub mod queries;

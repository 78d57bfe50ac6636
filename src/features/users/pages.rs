//! Pages of users.

pub mod index;

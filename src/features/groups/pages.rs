//! Pages of groups.

pub mod create;
pub mod deletion;
pub mod edit;
pub mod index;
pub mod removals;
pub mod show;
pub mod suggestions;

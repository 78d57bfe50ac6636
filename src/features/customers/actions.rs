//! Making, renaming, archiving and restoring customers.

mod archive;
pub mod rename;

pub use archive::{Impact, archive, impact, restore};
pub use rename::{create, rename};

//! Pages of operations.

pub mod index;
pub mod rows;
pub mod show;
pub mod undo;
pub mod work;

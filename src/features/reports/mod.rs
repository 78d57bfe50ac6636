//! Files that are made in the background and kept for a while: "Dashboard" > "Reports". The room whose list it is writes the rows; here is where
//! they lie, who may have them and until when.

pub mod actions;
pub mod file;
pub mod model;
pub mod pages;
pub mod queries;

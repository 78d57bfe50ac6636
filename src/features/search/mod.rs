//! Finding whatever there is from wherever one is: the page "Search" and, with script, the command palette.

pub mod actions;
pub mod model;
pub mod pages;

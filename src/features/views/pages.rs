//! Pages of views, and the panel of a list that leads to them.

pub mod edit;
mod form;
pub mod new;

//! Pages of customers.

pub mod archive;
pub mod edit;
pub mod index;
pub mod new;
pub mod show;
pub mod switch;

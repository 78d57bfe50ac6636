//! Saved views: what a list's address says (search, filters, order, columns), kept under a name for oneself or for everybody who holds a role.
//!
//! A view is only a query. It is read again within the scope of whoever opens it, and shows nothing that its reader would not see by typing it.

pub mod actions;
pub mod input;
pub mod model;
pub mod pages;
pub mod queries;

//! What is selected in a list: a row on the server per session and list, of single objects or of all that a query hits, with exceptions. It names
//! ids only; who may see them is asked anew each time it is used, by the room whose list it is.

pub mod actions;
pub mod model;
pub mod pages;
pub mod queries;

//! The HTTP frame: it knows requests and pages and no product words.

pub mod answer;
pub mod assets;
pub mod client;
pub mod cookies;
pub mod current;
pub mod dates;
pub mod errors;
pub mod forms;
pub mod frame;
#[cfg(debug_assertions)]
pub mod gallery;
pub mod health;
pub mod icon;
pub mod kept;
pub mod list;
pub mod shell;
pub mod upload;
pub mod work;

//! What the product does: one room per noun, the same role files in each.
//!
//! `input.rs` parses what was typed, `model.rs` is what is stored, `queries.rs` reads and writes rows (diesel lives there and nowhere above),
//! `actions.rs` does things (check, write, audit, in one transaction), `pages.rs` answers browsers. Data flows one way:
//! `pages | cli | jobs -> actions -> queries -> db`.

pub mod account;
pub mod audit;
pub mod backups;
pub mod customers;
pub mod dashboard;
pub mod demo;
pub mod groups;
pub mod help;
pub mod imports;
pub mod mail;
pub mod operations;
pub mod reports;
pub mod roles;
pub mod search;
pub mod selections;
pub mod settings;
pub mod sign_in;
pub mod users;
pub mod views;

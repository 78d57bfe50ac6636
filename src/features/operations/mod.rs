//! Operations: what is done to many things in one go. Planned first (rows: will change from and to, unchanged, skipped because), then done exactly as
//! planned, with what was and what is kept per row. Bulk actions and imports share this one mechanism.

pub mod actions;
pub mod input;
pub mod model;
pub mod pages;
pub mod queries;

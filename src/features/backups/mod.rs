//! Backups: a copy of the database made while it is in use, and putting one in its place.
//!
//! On SQLite both are commands of ours. PostgreSQL has its own tools for both; what is left for us there is to end what the copy still takes for good:
//! sessions, links. A copy holds no key.

pub mod actions;
pub mod queries;

//! The one integration binary: real servers on real databases, spoken to as people do.
//!
//! `cargo test` runs it on SQLite; with `MUSTER_TEST_DATABASE_URL` (see `tests/support/postgres`) every site gets a PostgreSQL database of its own.
//! `REWRITE_SNAPSHOTS=1 cargo test --test suite house` writes the committed tables of `tests/house` anew; read the difference before you commit it.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod durability;
mod house;
mod http;
mod schema;
mod support;

//! Bringing people in from a CSV file.
//!
//! A file is read in one direction and never held in memory: bytes -> [`decode`] to UTF-8 -> [`records`], each
//! bounded -> [`rows`], checked against a [`mapping`] of columns to fields -> [`plan`], the verdict on each row.
//! [`detect`] looks at a file beforehand and guesses its [`dialect`], [`proposal`] its mapping; every guess can be
//! overridden. `actions` stages what came of it beside the main tables, judges it, and writes what was previewed, in jobs.

pub mod actions;
pub mod cells;
pub mod decode;
pub mod detect;
pub mod dialect;
pub mod faults;
pub mod file;
pub mod input;
pub mod mapping;
pub mod model;
pub mod pages;
pub mod plan;
pub mod proposal;
pub mod queries;
pub mod reason;
pub mod records;
pub mod rows;

#[cfg(test)]
mod samples;

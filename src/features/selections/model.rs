//! Selections as they are stored, and changes of them.

use diesel::prelude::*;

/// Most single objects of a selection, taken in or left out.
pub const MOST_ITEMS: i64 = 10_000;

/// One row of `selections`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Selection {
    pub id: i64,
    /// Whose it is; None: it was pinned for an operation or a report.
    pub session_id: Option<i64>,
    pub operation_id: Option<i64>,
    /// The list's name: users.
    pub list: String,
    /// Search and filters of what was selected whole, as the list's URL has them.
    pub query: String,
    /// Whether all that `query` hits is selected, but for what was left out.
    pub whole: bool,
    /// Unix milliseconds.
    pub changed_at: i64,
    pub report_id: Option<i64>,
}

/// One change of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Add(Vec<i64>),
    Remove(Vec<i64>),
    /// All that a list's URL hits.
    Whole(String),
    Clear,
}

//! Views as they are stored.

use diesel::prelude::*;

/// Most views that one person keeps of one list.
pub const MOST: i64 = 100;

/// One row of `views`.
#[derive(Debug, Clone, Queryable)]
pub struct View {
    pub id: i64,
    /// The list's name: `users`.
    pub list: String,
    pub owner_id: i64,
    pub name: String,
    pub name_key: String,
    /// A query string of the list, as [`State::kept`](crate::web::list::State::kept) writes it.
    pub query: String,
    /// The role whose holders see it; None: its owner alone.
    pub role_id: Option<i64>,
    pub created_at: i64,
    pub changed_at: i64,
}

/// What a view is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub name: String,
    pub role_id: Option<i64>,
    /// As [`View::query`].
    pub query: String,
}

/// The views of a list that somebody sees, each with the name of the role that it is shared with, if any.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub mine: Vec<(View, Option<String>)>,
    pub shared: Vec<(View, Option<String>)>,
}

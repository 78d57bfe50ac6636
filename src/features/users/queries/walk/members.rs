//! The next members of a group by name, along an index of their own.

use diesel::prelude::*;

use super::super::super::model::{ListRow, Listed};
use super::{Drawn, SignsInWithout, Way, row};
use crate::db::Conn;
use crate::db::ranges::{self, Owned, Ranges};
use crate::db::schema::group_members;
use crate::each_backend;
use crate::refusal::Refusal;
use crate::web::list::{Cursor, Value};

impl Owned for group_members::table {
    const NAME: &'static str = "group_members";
    const OWNER: &'static str = "group_id";
    const ID: &'static str = "user_id";
    const THERE: &'static str = "NOT is_deleted";
    /// The primary key.
    const ALSO_BY_ID: bool = true;
    const SHOWN: Option<&'static str> = Some("users");
    const KEPT: Option<(&'static str, &'static str)> = None;
}

/// Up to `limit` members on the way.
pub(super) fn members(conn: &mut Conn, group: i64, way: &Way, limit: i64) -> Result<Vec<ListRow>, Refusal> {
    let (rows, _) = ranges::merged(
        Some(&[group]),
        way.descending,
        limit,
        |row: &ListRow| &row.place,
        |groups| {
            let from = way.from.clone().map(|Cursor(at, id)| (at.into_text(), id));
            macro_rules! rows {
                ($c:ident) => {{
                    let shown = (Listed::as_select(), SignsInWithout);
                    Ranges::of(group_members::name_key, shown, groups, from, way.descending, limit).load($c)?
                }};
            }
            let rows: Vec<(String, Option<i64>, Drawn)> = each_backend!(conn, c => rows!(c));
            let placed = |(at, _, drawn): (String, _, Drawn)| row(Cursor(Value::from(at), drawn.0.id), drawn);
            Ok((rows.into_iter().map(placed).collect(), None))
        },
    )?;
    Ok(rows)
}

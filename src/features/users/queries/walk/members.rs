//! The next members of a group by name, along an index of their own.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{BigInt, Bool, Text};

use super::super::super::model::{ListRow, Listed};
use super::{Drawn, Way, placed, row, signs_in_without};
use crate::db::Conn;
use crate::db::fragment::{condition, literal};
use crate::db::schema::{group_members, users};
use crate::keyset;
use crate::refusal::Refusal;
use crate::web::list::{Cursor, Value};

/// Up to `limit` members on the way.
pub(super) fn members(conn: &mut Conn, group: i64, way: &Way, limit: i64) -> Result<Vec<ListRow>, Refusal> {
    let from = way.from.clone().map(|Cursor(at, id)| (at.into_text(), id));
    match conn {
        Conn::Sqlite(_) => along(conn, group, from, way.descending, limit),
        Conn::Postgres(c) => {
            let next = Next { group, from, descending: way.descending, limit };
            let shown = (users::name_key, (Listed::as_select(), signs_in_without()));
            let here = users::table.filter(literal::<Bool>("users.deleted_at = 0"));
            let found: Vec<(String, Drawn)> = here.filter(next).select(shown).load(c)?;
            let mut rows: Vec<ListRow> =
                found.into_iter().map(|(at, drawn)| row(Cursor(Value::from(at), drawn.0.id), drawn)).collect();
            rows.sort_unstable_by(|one, other| one.place.cmp(&other.place));
            if way.descending {
                rows.reverse();
            }
            Ok(rows)
        }
    }
}

/// On SQLite, where a statement costs little: places first, then their rows.
fn along(
    conn: &mut Conn,
    group: i64,
    from: Option<(String, i64)>,
    descending: bool,
    limit: i64,
) -> Result<Vec<ListRow>, Refusal> {
    let base = || {
        group_members::table
            .filter(group_members::group_id.eq(group))
            .filter(literal::<Bool>("NOT group_members.is_deleted"))
            .select((group_members::name_key, group_members::user_id))
            .into_boxed()
    };
    let (name, id) = (group_members::name_key, group_members::user_id);
    // The primary key is in order of users, too: the whole group would be passed for one name.
    let places: Vec<(String, i64)> = keyset!(between, conn, base(), name, id, from, descending, limit);
    placed(conn, places.into_iter().map(|(at, id)| Cursor(Value::from(at), id)).collect())
}

/// On PostgreSQL: whether a user is one of the next members. The limit is written out, since of a bound one a tenth of all is expected; and an array is
/// found before anything else, whatever the planner thinks of a join.
#[derive(Debug, Clone)]
struct Next {
    group: i64,
    from: Option<(String, i64)>,
    descending: bool,
    limit: i64,
}

impl QueryFragment<Pg> for Next {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (relation, way) = if self.descending { ("<", " DESC") } else { (">", "") };
        out.push_sql("users.id = ANY(ARRAY(SELECT user_id FROM group_members WHERE NOT is_deleted AND group_id = ");
        out.push_bind_param::<BigInt, _>(&self.group)?;
        if let Some((name, id)) = &self.from {
            out.push_sql(&format!(" AND (name_key, user_id) {relation} ("));
            out.push_bind_param::<Text, _>(name)?;
            out.push_sql(", ");
            out.push_bind_param::<BigInt, _>(id)?;
            out.push_sql(")");
        }
        out.push_sql(&format!(" ORDER BY name_key{way}, user_id{way} LIMIT {}))", self.limit));
        Ok(())
    }
}

condition!(Next);

//! Writing many people at once.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::schema::users;
use crate::db::{Conn, trigrams};
use crate::each_backend;
use crate::features::users::model::UserRow;
use crate::refusal::Refusal;

/// Rows to a statement: more gains nothing on SQLite.
const BATCH: usize = 50;

/// Makes everybody else who writes users wait until this transaction ends. On SQLite the one writer is enough.
pub(super) fn alone(conn: &mut Conn) -> Result<(), Refusal> {
    if let Conn::Postgres(c) = conn {
        c.batch_execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")?;
    }
    Ok(())
}

/// How many people there are, deleted ones included.
pub(super) fn people(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(users::table.count().get_result(conn)?)
}

/// An index of `users` that was taken away for a while.
#[derive(QueryableByName)]
pub(super) struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

/// Drops the indexes of `users` but for those of its keys: building one from all rows is a sort, keeping it row by row is a random write each.
pub(super) fn drop_indexes(conn: &mut Conn) -> Result<Vec<Index>, Refusal> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'index' AND tbl_name = 'users' AND sql <> ''"
        }
        Conn::Postgres(_) => {
            "SELECT indexname::text AS name, indexdef AS definition FROM pg_indexes WHERE tablename = 'users' \
             AND schemaname = current_schema() \
             AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = 'users'::regclass)"
        }
    };
    let indexes: Vec<Index> = each_backend!(conn, c => diesel::sql_query(sql).load(c))?;
    for index in &indexes {
        // A name cannot be bound; these are our own migrations' names, quoted all the same.
        conn.batch_execute(&format!("DROP INDEX \"{}\"", index.name.replace('"', "\"\"")))?;
    }
    Ok(indexes)
}

/// Makes them again.
pub(super) fn make_indexes(conn: &mut Conn, indexes: &[Index]) -> Result<(), Refusal> {
    indexes.iter().try_for_each(|index| Ok(conn.batch_execute(&index.definition)?))
}

/// Adds people; gives the greatest id before them. [`index_all`] must follow.
pub(super) fn add(conn: &mut Conn, rows: &[UserRow]) -> Result<i64, Refusal> {
    let before: i64 = users::table.select(users::id).order(users::id.desc()).first(conn).optional()?.unwrap_or(0);
    match conn {
        Conn::Sqlite(c) => {
            for batch in rows.chunks(BATCH) {
                diesel::insert_into(users::table).values(batch).execute(c)?;
            }
        }
        Conn::Postgres(c) => {
            diesel::copy_from(users::table).from_insertable(rows).execute(c)?;
        }
    }
    Ok(before)
}

/// Puts everybody into the full-text index.
pub(super) fn index_all(conn: &mut Conn) -> Result<(), Refusal> {
    match conn {
        Conn::Sqlite(c) => Ok(trigrams::fill(c)?),
        Conn::Postgres(_) => Ok(()),
    }
}

/// The people added after an id: their ids and the keys of their addresses.
pub(super) fn added(conn: &mut Conn, after: i64) -> Result<Vec<(i64, String)>, Refusal> {
    Ok(users::table.filter(users::id.gt(after)).select((users::id, users::email_key)).load(conn)?)
}

/// Gives everybody added after an id the same role, everywhere.
pub(super) fn give_all(conn: &mut Conn, role_id: i64, after: i64) -> Result<(), Refusal> {
    let sql = format!(
        "INSERT INTO role_assignments (user_id, role_id, all_customers, created_at) \
         SELECT id, {role_id}, TRUE, created_at FROM users WHERE id > {after}"
    );
    Ok(conn.batch_execute(&sql)?)
}

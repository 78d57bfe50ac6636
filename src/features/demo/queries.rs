//! Writing many people at once.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{user_counts, users};
use crate::features::users::model::UserRow;
use crate::refusal::Refusal;

/// Rows to a statement: more gains nothing on SQLite.
const BATCH: usize = 50;

/// Makes everybody else who writes users wait until this transaction ends. On SQLite the one writer is enough.
pub(super) fn alone(conn: &mut Conn) -> Result<(), Refusal> {
    if let Conn::Postgres(c) = conn {
        c.batch_execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")?;
    }
    Ok(())
}

/// How many people there are, deleted ones included.
pub(super) fn people(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(users::table.count().get_result(conn)?)
}

/// Adds people with their place in the search index; gives the greatest id before them.
pub(super) fn add(conn: &mut Conn, rows: &[UserRow]) -> Result<i64, Refusal> {
    let before: i64 = users::table.select(users::id).order(users::id.desc()).first(conn).optional()?.unwrap_or(0);
    match conn {
        Conn::Sqlite(c) => {
            for batch in rows.chunks(BATCH) {
                diesel::insert_into(users::table).values(batch).execute(c)?;
            }
            let index = "INSERT INTO users_search (rowid, search) SELECT id, search FROM users WHERE id >";
            c.batch_execute(&format!("{index} {before}"))?;
        }
        Conn::Postgres(c) => {
            diesel::copy_from(users::table).from_insertable(rows).execute(c)?;
        }
    }
    Ok(before)
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

/// Folds the changes of the totals into one row a customer.
pub(super) fn fold_counts(conn: &mut Conn) -> Result<(), Refusal> {
    let last: i64 = user_counts::table.select(user_counts::id).order(user_counts::id.desc()).first(conn)?;
    let sql = format!(
        "INSERT INTO user_counts (customer_id, present, deleted) \
         SELECT customer_id, SUM(present), SUM(deleted) FROM user_counts GROUP BY customer_id; \
         DELETE FROM user_counts WHERE id <= {last}"
    );
    Ok(conn.batch_execute(&sql)?)
}

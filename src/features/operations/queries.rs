//! Rows of operations.

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::model::{Background, KEPT, NewOperation, Operation, Row, State, Verdict};
use crate::db::Conn;
use crate::db::schema::{operation_rows, operations};
use crate::each_backend;
use crate::refusal::Refusal;

pub(super) fn insert(conn: &mut Conn, operation: &NewOperation<'_>) -> Result<i64, Refusal> {
    Ok(
        each_backend!(conn, c => diesel::insert_into(operations::table).values(operation).returning(operations::id).get_result(c))?,
    )
}

/// Adds rows in batches: about 50 to a statement is where both databases are fastest.
pub fn add_rows(conn: &mut Conn, rows: &[Row]) -> Result<(), Refusal> {
    for batch in rows.chunks(50) {
        each_backend!(conn, c => diesel::insert_into(operation_rows::table).values(batch).execute(c))?;
    }
    Ok(())
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Operation, Refusal> {
    Ok(operations::table.find(id).first(conn)?)
}

/// The first rows of an operation by object id.
pub fn rows(conn: &mut Conn, id: i64, limit: i64) -> Result<Vec<Row>, Refusal> {
    Ok(operation_rows::table
        .filter(operation_rows::operation_id.eq(id))
        .order(operation_rows::object_id)
        .limit(limit)
        .load(conn)?)
}

/// The first rows of an operation that were skipped.
pub fn skipped(conn: &mut Conn, id: i64, limit: i64) -> Result<Vec<Row>, Refusal> {
    let skipped = operation_rows::table
        .filter(operation_rows::operation_id.eq(id))
        .filter(operation_rows::verdict.eq(Verdict::Skipped.number()));
    Ok(skipped.order(operation_rows::object_id).limit(limit).load(conn)?)
}

/// The first rows of an operation that will change or were changed.
pub fn changes(conn: &mut Conn, id: i64, after: i64, limit: i64) -> Result<Vec<Row>, Refusal> {
    let changes = operation_rows::table
        .filter(operation_rows::operation_id.eq(id))
        .filter(operation_rows::object_id.gt(after))
        .filter(operation_rows::verdict.eq(Verdict::Change.number()));
    Ok(changes.order(operation_rows::object_id).limit(limit).load(conn)?)
}

/// Which of these objects will change.
pub fn changes_among(conn: &mut Conn, id: i64, object_ids: &[i64]) -> Result<Vec<i64>, Refusal> {
    Ok(operation_rows::table
        .filter(operation_rows::operation_id.eq(id))
        .filter(operation_rows::object_id.eq_any(object_ids))
        .filter(operation_rows::verdict.eq(Verdict::Change.number()))
        .select(operation_rows::object_id)
        .load(conn)?)
}

/// Leaves an object alone that was to change.
pub fn skip(conn: &mut Conn, id: i64, object_id: i64, reason: &str) -> Result<(), Refusal> {
    diesel::update(operation_rows::table.find((id, object_id)))
        .set((operation_rows::verdict.eq(Verdict::Skipped.number()), operation_rows::reason.eq(reason)))
        .execute(conn)?;
    Ok(())
}

/// Notes how an operation in the background stands.
pub fn set_background(conn: &mut Conn, id: i64, background: &Background) -> Result<(), Refusal> {
    let details = serde_json::to_string(background).map_err(|error| Refusal::Broken(error.to_string()))?;
    diesel::update(operations::table.find(id)).set(operations::details.eq(details)).execute(conn)?;
    Ok(())
}

/// Notes how many will change and how many are skipped.
pub fn set_planned(conn: &mut Conn, id: i64, planned: i64, skipped: i64) -> Result<(), Refusal> {
    diesel::update(operations::table.find(id))
        .set((operations::planned.eq(planned), operations::skipped.eq(skipped)))
        .execute(conn)?;
    Ok(())
}

/// Moves an operation from one state to another. False: it was not in `from` any more, somebody else was first.
pub fn advance(conn: &mut Conn, id: i64, from: State, to: State, now: i64) -> Result<bool, Refusal> {
    let target = operations::table.find(id).filter(operations::state.eq(from.number()));
    let moved = match to {
        State::Running => diesel::update(target)
            .set((
                operations::state.eq(to.number()),
                operations::started_at.eq(now),
                operations::expires_at.eq(now + KEPT),
            ))
            .execute(conn)?,
        _ => diesel::update(target)
            .set((operations::state.eq(to.number()), operations::finished_at.eq(now)))
            .execute(conn)?,
    };
    Ok(moved == 1)
}

/// Notes how much is done and skipped so far.
pub fn progress(conn: &mut Conn, id: i64, done: i64, skipped: i64) -> Result<(), Refusal> {
    diesel::update(operations::table.find(id))
        .set((operations::done.eq(done), operations::skipped.eq(skipped)))
        .execute(conn)?;
    Ok(())
}

/// A digest of all rows of an operation, salted; None if there is no such operation. Reads them in pages.
pub fn digest(conn: &mut Conn, id: i64) -> Result<Option<Vec<u8>>, Refusal> {
    let salt: Option<Vec<u8>> = operations::table.find(id).select(operations::salt).first(conn).optional()?;
    let Some(salt) = salt else { return Ok(None) };
    let mut hash = Sha256::new().chain_update(b"muster operation rows 1").chain_update(&salt);
    let mut after = i64::MIN;
    loop {
        let rows: Vec<Row> = operation_rows::table
            .filter(operation_rows::operation_id.eq(id))
            .filter(operation_rows::object_id.gt(after))
            .order(operation_rows::object_id)
            .limit(1_000)
            .load(conn)?;
        let Some(last) = rows.last() else { break };
        after = last.object_id;
        for row in &rows {
            hash.update(row.hash(&salt));
        }
    }
    Ok(Some(hash.finalize().to_vec()))
}

/// Takes what is personal out of every row about an object that is purged.
pub fn forget(conn: &mut Conn, object_id: i64) -> Result<(), Refusal> {
    let rows: Vec<(Row, Vec<u8>)> = operation_rows::table
        .inner_join(operations::table.on(operations::id.eq(operation_rows::operation_id)))
        .filter(operation_rows::object_id.eq(object_id))
        .select((operation_rows::all_columns, operations::salt))
        .load(conn)?;
    for (row, salt) in rows {
        let row = row.forgotten(&salt);
        diesel::update(operation_rows::table.find((row.operation_id, row.object_id)))
            .set((
                operation_rows::label.eq(&row.label),
                operation_rows::before.eq(&row.before),
                operation_rows::after.eq(&row.after),
                operation_rows::reason.eq(&row.reason),
            ))
            .execute(conn)?;
    }
    Ok(())
}

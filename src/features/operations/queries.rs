//! Rows of operations.

use diesel::prelude::*;

use super::model::{NewOperation, Operation, Row, State, Verdict};
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

/// Moves an operation from one state to another. False: it was not in `from` any more, somebody else was first.
pub fn advance(conn: &mut Conn, id: i64, from: State, to: State, now: i64) -> Result<bool, Refusal> {
    let target = operations::table.find(id).filter(operations::state.eq(from.number()));
    let moved = match to {
        State::Running => diesel::update(target)
            .set((operations::state.eq(to.number()), operations::started_at.eq(now)))
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

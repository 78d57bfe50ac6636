//! Rows of operations.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Bool;
use sha2::{Digest, Sha256};

use super::model::{Background, Counted, KEPT, NewOperation, Operation, Row, State, Verdict};
use crate::db::Conn;
use crate::db::fragment::literal;
use crate::db::schema::{audit, imports, operation_rows, operations};
use crate::each_backend;
use crate::newest_first;
use crate::refusal::Refusal;
use crate::web::list::{Page, Place};

pub(super) fn insert(conn: &mut Conn, operation: &NewOperation<'_>) -> Result<i64, Refusal> {
    Ok(
        each_backend!(conn, c => diesel::insert_into(operations::table).values(operation).returning(operations::id).get_result(c))?,
    )
}

/// Rows to one statement on PostgreSQL.
const TO_A_STATEMENT: usize = 500;

/// Adds rows. On SQLite one by one, with a statement that is prepared already: one that could fail in the middle has to keep what it changes.
pub fn add_rows(conn: &mut Conn, rows: &[Row]) -> Result<(), Refusal> {
    match conn {
        Conn::Sqlite(c) => {
            for row in rows {
                diesel::insert_into(operation_rows::table).values(row).execute(c)?;
            }
        }
        Conn::Postgres(c) => {
            for batch in rows.chunks(TO_A_STATEMENT) {
                diesel::insert_into(operation_rows::table).values(batch).execute(c)?;
            }
        }
    }
    Ok(())
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Operation, Refusal> {
    Ok(operations::table.find(id).first(conn)?)
}

/// The first rows of an operation that were skipped.
pub fn skipped(conn: &mut Conn, id: i64, limit: i64) -> Result<Vec<Row>, Refusal> {
    page(conn, id, Verdict::Skipped, i64::MIN, limit)
}

/// The first rows of an operation that were skipped or are as wanted already.
pub fn left(conn: &mut Conn, id: i64, limit: i64) -> Result<Vec<Row>, Refusal> {
    let left = operation_rows::table
        .filter(operation_rows::operation_id.eq(id))
        .filter(literal::<Bool>("operation_rows.verdict <> 1"));
    Ok(left.order((operation_rows::verdict, operation_rows::object_id)).limit(limit).load(conn)?)
}

/// The next rows of a verdict behind an object.
pub fn page(conn: &mut Conn, id: i64, verdict: Verdict, after: i64, limit: i64) -> Result<Vec<Row>, Refusal> {
    let rows = operation_rows::table
        .filter(operation_rows::operation_id.eq(id))
        .filter(operation_rows::object_id.gt(after))
        .filter(operation_rows::verdict.eq(verdict.number()))
        .into_boxed();
    // Written out, so that the index of the few rows that do not change applies.
    let rows = match verdict {
        Verdict::Change => rows,
        _ => rows.filter(literal::<Bool>("operation_rows.verdict <> 1")),
    };
    Ok(rows.order(operation_rows::object_id).limit(limit).load(conn)?)
}

/// The next rows that will change behind an object.
pub fn changes(conn: &mut Conn, id: i64, after: i64, limit: i64) -> Result<Vec<Row>, Refusal> {
    page(conn, id, Verdict::Change, after, limit)
}

/// The next rows behind an object that were really done: of an operation that was stopped, those before it stopped.
pub fn done(conn: &mut Conn, operation: &Operation, after: i64, limit: i64) -> Result<Vec<Row>, Refusal> {
    let mut rows = changes(conn, operation.id, after, limit)?;
    if let Some(background) = operation.background() {
        rows.retain(|row| row.object_id <= background.after);
    }
    Ok(rows)
}

/// The last operations that really changed an object: of one person (`actor_id`), or (None) of whoever began them.
pub fn that_changed(
    conn: &mut Conn,
    object_id: i64,
    actor_id: Option<i64>,
    limit: i64,
) -> Result<Vec<Operation>, Refusal> {
    let query = operations::table
        .inner_join(operation_rows::table.on(operation_rows::operation_id.eq(operations::id)))
        .filter(operation_rows::object_id.eq(object_id))
        .filter(operation_rows::verdict.eq(Verdict::Change.number()))
        // What was planned, and perhaps called off while it was, has done nothing.
        .filter(operations::started_at.gt(0))
        .select(operations::all_columns)
        .order(operations::id.desc())
        .into_boxed();
    let query = match actor_id {
        Some(actor) => query.filter(operations::actor_id.eq(actor)),
        None => query,
    };
    let mut found: Vec<Operation> = query.limit(limit).load(conn)?;
    // One that has not come to them yet, or was stopped before it did.
    found.retain(|operation| operation.background().is_none_or(|background| object_id <= background.after));
    Ok(found)
}

/// Those of these objects that will change.
pub fn changes_among(conn: &mut Conn, id: i64, object_ids: &[i64]) -> Result<Vec<Row>, Refusal> {
    Ok(operation_rows::table
        .filter(operation_rows::operation_id.eq(id))
        .filter(operation_rows::object_id.eq_any(object_ids))
        .filter(operation_rows::verdict.eq(Verdict::Change.number()))
        .load(conn)?)
}

/// Leaves objects alone that were to change, each for its reason.
pub fn skip(conn: &mut Conn, id: i64, left: &[(i64, String)]) -> Result<(), Refusal> {
    let mut reasons: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (object, reason) in left {
        reasons.entry(reason).or_default().push(*object);
    }
    for (reason, objects) in reasons {
        let rows = operation_rows::table
            .filter(operation_rows::operation_id.eq(id))
            .filter(operation_rows::object_id.eq_any(objects));
        diesel::update(rows)
            .set((operation_rows::verdict.eq(Verdict::Skipped.number()), operation_rows::reason.eq(reason)))
            .execute(conn)?;
    }
    Ok(())
}

/// Notes how an operation in the background stands.
pub fn set_background(conn: &mut Conn, id: i64, background: &Background) -> Result<(), Refusal> {
    let details = serde_json::to_string(background).map_err(|error| Refusal::Broken(error.to_string()))?;
    diesel::update(operations::table.find(id)).set(operations::details.eq(details)).execute(conn)?;
    Ok(())
}

/// Notes what an operation is about that runs in one go.
pub fn set_details(conn: &mut Conn, id: i64, details: &serde_json::Value) -> Result<(), Refusal> {
    diesel::update(operations::table.find(id)).set(operations::details.eq(details.to_string())).execute(conn)?;
    Ok(())
}

/// Notes that a plan has more rows; gives how many it has then.
pub fn set_planned(conn: &mut Conn, operation: &Operation, more: Counted) -> Result<i64, Refusal> {
    let (planned, unchanged) = (operation.planned + more.change, operation.unchanged + more.unchanged);
    let skipped = operation.skipped + more.skipped;
    diesel::update(operations::table.find(operation.id))
        .set((operations::planned.eq(planned), operations::unchanged.eq(unchanged), operations::skipped.eq(skipped)))
        .execute(conn)?;
    Ok(planned + unchanged + skipped)
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

/// Operations whose time is over, those that were begun last first: more than 30 days ago they ended, and were written of in the audit, whose rows are
/// compared with theirs for so long.
pub fn past(conn: &mut Conn, now: i64) -> Result<Vec<i64>, Refusal> {
    let cut = now - KEPT;
    Ok(operations::table
        .filter(operations::expires_at.lt(now))
        .filter(operations::created_at.lt(cut))
        .filter(operations::finished_at.lt(cut))
        .filter(operations::state.ne_all([State::Planning, State::Running].map(State::number)))
        .order(operations::id.desc())
        .select(operations::id)
        .load(conn)?)
}

/// Whether something that stays tells of an operation: one that took it back, an import, or evidence younger than 30 days.
pub fn is_needed(conn: &mut Conn, id: i64, now: i64) -> Result<bool, Refusal> {
    let undone: i64 = operations::table.filter(operations::undoes.eq(id)).count().get_result(conn)?;
    let imported: i64 = imports::table.filter(imports::operation_id.eq(id)).count().get_result(conn)?;
    let told = audit::table.filter(audit::operation_id.eq(id)).filter(audit::at.ge(now - KEPT));
    let told: i64 = told.count().get_result(conn)?;
    Ok(undone + imported + told > 0)
}

/// Deletes some rows of an operation; says whether there may be more.
pub fn delete_rows(conn: &mut Conn, id: i64) -> Result<bool, Refusal> {
    let rows = operation_rows::table.filter(operation_rows::operation_id.eq(id));
    let last: Option<i64> = rows
        .select(operation_rows::object_id)
        .order(operation_rows::object_id)
        .limit(ROWS_AT_ONCE)
        .load::<i64>(conn)?
        .pop();
    let Some(last) = last else { return Ok(false) };
    let some = operation_rows::table.filter(operation_rows::operation_id.eq(id));
    diesel::delete(some.filter(operation_rows::object_id.le(last))).execute(conn)?;
    Ok(true)
}

pub fn delete(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    diesel::delete(operations::table.find(id)).execute(conn)?;
    Ok(())
}

/// Rows that are deleted in one transaction.
const ROWS_AT_ONCE: i64 = 2_000;

/// What narrows the list of operations.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// None: whoever's.
    pub actor: Option<i64>,
    pub kind: Option<&'static str>,
    pub state: Option<i16>,
    /// Plans that are too old by then, in unix milliseconds, are left out.
    pub now: i64,
}

impl Narrow {
    fn query<'a>(&self) -> operations::BoxedQuery<'a, <Conn as diesel::Connection>::Backend> {
        let alive = operations::state.ne(State::Planned.number()).or(operations::expires_at.ge(self.now));
        let mut query = operations::table.filter(alive).into_boxed();
        if let Some(actor) = self.actor {
            query = query.filter(operations::actor_id.eq(actor));
        }
        if let Some(kind) = self.kind {
            query = query.filter(operations::kind.eq(kind));
        }
        if let Some(state) = self.state {
            query = query.filter(operations::state.eq(state));
        }
        query
    }
}

/// One page of operations, the newest first.
pub fn list(conn: &mut Conn, narrow: &Narrow, place: &Place, limit: i64) -> Result<Page<Operation>, Refusal> {
    Ok(newest_first!(conn, narrow.query(), operations::id, place, limit))
}

/// How many there are, counted up to `most`.
pub fn count(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<i64, Refusal> {
    let ids: Vec<i64> = narrow.query().select(operations::id).limit(most).load(conn)?;
    Ok(i64::try_from(ids.len()).unwrap_or(most))
}

/// Those that take an operation back, or plan to, the first of them first.
pub fn undoing(conn: &mut Conn, id: i64) -> Result<Vec<Operation>, Refusal> {
    let ran: Vec<i16> = [State::Running, State::Done, State::Cancelled, State::Failed].map(State::number).to_vec();
    let undoing = operations::table.filter(operations::undoes.eq(id)).filter(operations::state.eq_any(ran));
    Ok(undoing.order(operations::id).load(conn)?)
}

//! Rows of selections.

use diesel::prelude::*;

use super::model::Selection;
use crate::db::Conn;
use crate::db::schema::{selection_items, selections};
use crate::each_backend;
use crate::refusal::Refusal;

/// What a session has selected in a list.
pub fn find(conn: &mut Conn, session_id: i64, list: &str) -> Result<Option<Selection>, Refusal> {
    let theirs = selections::table.filter(selections::session_id.eq(session_id)).filter(selections::list.eq(list));
    Ok(theirs.first(conn).optional()?)
}

/// What was pinned for an operation.
pub fn pinned(conn: &mut Conn, operation_id: i64) -> Result<Option<Selection>, Refusal> {
    Ok(selections::table.filter(selections::operation_id.eq(operation_id)).first(conn).optional()?)
}

/// The selection of a session, made if there is none, for this transaction alone: changes that arrive together take turns.
pub(super) fn take(conn: &mut Conn, session_id: i64, list: &str, now: i64) -> Result<Selection, Refusal> {
    let new = (
        selections::session_id.eq(session_id),
        selections::list.eq(list),
        selections::query.eq(""),
        selections::whole.eq(false),
        selections::changed_at.eq(now),
    );
    each_backend!(conn, c => diesel::insert_into(selections::table).values(new).on_conflict_do_nothing().execute(c))?;
    let theirs = selections::table.filter(selections::session_id.eq(session_id)).filter(selections::list.eq(list));
    // Written, so that the row is held until the end of the transaction.
    diesel::update(theirs).set(selections::changed_at.eq(now)).execute(conn)?;
    Ok(theirs.first(conn)?)
}

/// Puts single objects in (or leaves them out).
pub(super) fn put(conn: &mut Conn, id: i64, object_ids: &[i64], included: bool) -> Result<(), Refusal> {
    let rows: Vec<_> = object_ids
        .iter()
        .map(|object| {
            (
                selection_items::selection_id.eq(id),
                selection_items::object_id.eq(*object),
                selection_items::included.eq(included),
            )
        })
        .collect();
    for batch in rows.chunks(500) {
        each_backend!(conn, c => diesel::insert_into(selection_items::table)
            .values(batch)
            .on_conflict((selection_items::selection_id, selection_items::object_id))
            .do_update()
            .set(selection_items::included.eq(included))
            .execute(c))?;
    }
    Ok(())
}

/// Forgets what was said of single objects.
pub(super) fn forget(conn: &mut Conn, id: i64, object_ids: &[i64]) -> Result<(), Refusal> {
    for batch in object_ids.chunks(500) {
        diesel::delete(
            selection_items::table
                .filter(selection_items::selection_id.eq(id))
                .filter(selection_items::object_id.eq_any(batch)),
        )
        .execute(conn)?;
    }
    Ok(())
}

/// Forgets what was left out.
pub(super) fn forget_exceptions(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    let left_out =
        selection_items::table.filter(selection_items::selection_id.eq(id)).filter(selection_items::included.eq(false));
    diesel::delete(left_out).execute(conn)?;
    Ok(())
}

pub(super) fn set_whole(conn: &mut Conn, id: i64, query: &str) -> Result<(), Refusal> {
    diesel::update(selections::table.find(id))
        .set((selections::whole.eq(true), selections::query.eq(query)))
        .execute(conn)?;
    Ok(())
}

/// How many single objects it names.
pub(super) fn count_items(conn: &mut Conn, id: i64) -> Result<i64, Refusal> {
    Ok(selection_items::table.filter(selection_items::selection_id.eq(id)).count().get_result(conn)?)
}

/// The single objects that are in it (or left out).
pub fn items(conn: &mut Conn, id: i64, included: bool) -> Result<Vec<i64>, Refusal> {
    Ok(selection_items::table
        .filter(selection_items::selection_id.eq(id))
        .filter(selection_items::included.eq(included))
        .select(selection_items::object_id)
        .load(conn)?)
}

/// Whether single objects are in it.
pub fn has_items(conn: &mut Conn, id: i64) -> Result<bool, Refusal> {
    let one = selection_items::table
        .filter(selection_items::selection_id.eq(id))
        .filter(selection_items::included.eq(true))
        .select(selection_items::object_id);
    Ok(one.first::<i64>(conn).optional()?.is_some())
}

/// Takes objects out of whatever is selected one by one in a list.
pub(super) fn forget_everywhere(conn: &mut Conn, list: &str, object_ids: &[i64]) -> Result<(), Refusal> {
    let all: Vec<i64> = selections::table
        .filter(selections::list.eq(list))
        .filter(selections::session_id.is_not_null())
        .select(selections::id)
        .load(conn)?;
    if all.is_empty() {
        return Ok(());
    }
    for batch in object_ids.chunks(500) {
        diesel::delete(
            selection_items::table
                .filter(selection_items::selection_id.eq_any(&all))
                .filter(selection_items::object_id.eq_any(batch))
                .filter(selection_items::included.eq(true)),
        )
        .execute(conn)?;
    }
    Ok(())
}

pub(super) fn delete(conn: &mut Conn, session_id: i64, list: &str) -> Result<(), Refusal> {
    diesel::delete(selections::table.filter(selections::session_id.eq(session_id)).filter(selections::list.eq(list)))
        .execute(conn)?;
    Ok(())
}

/// What was pinned for a report.
pub fn pinned_for_report(conn: &mut Conn, report_id: i64) -> Result<Option<Selection>, Refusal> {
    Ok(selections::table.filter(selections::report_id.eq(report_id)).first(conn).optional()?)
}

/// Copies a selection for an operation or a report, which then goes by what was selected at this moment.
pub(super) fn pin(
    conn: &mut Conn,
    selection: &Selection,
    operation_id: Option<i64>,
    report_id: Option<i64>,
    now: i64,
) -> Result<(), Refusal> {
    let copy = (
        selections::operation_id.eq(operation_id),
        selections::report_id.eq(report_id),
        selections::list.eq(&selection.list),
        selections::query.eq(&selection.query),
        selections::whole.eq(selection.whole),
        selections::changed_at.eq(now),
    );
    let id: i64 = each_backend!(conn, c => diesel::insert_into(selections::table).values(copy).returning(selections::id).get_result(c))?;
    for included in [true, false] {
        let objects = items(conn, selection.id, included)?;
        put(conn, id, &objects, included)?;
    }
    Ok(())
}

pub(super) fn unpin(conn: &mut Conn, operation_id: i64) -> Result<(), Refusal> {
    diesel::delete(selections::table.filter(selections::operation_id.eq(operation_id))).execute(conn)?;
    Ok(())
}

//! What is staged: the file in chunks, its rows with their verdicts. On SQLite this is a database file of its own.

use std::collections::BTreeMap;

use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel::upsert::excluded;

use crate::db::Conn;
use crate::db::fragment::literal;
use crate::db::schema::{import_rows as rows, upload_chunks as chunks};
use crate::features::imports::model::{Counts, StagedRow, Verdict};
use crate::refusal::Refusal;

/// Rows to one statement on PostgreSQL: few round trips, and far from the limit of bound values.
const TO_A_STATEMENT: usize = 500;

pub fn add_chunk(conn: &mut Conn, import_id: i64, seq: i64, body: &[u8]) -> Result<(), Refusal> {
    diesel::insert_into(chunks::table)
        .values((chunks::import_id.eq(import_id), chunks::seq.eq(seq), chunks::body.eq(body)))
        .execute(conn)?;
    Ok(())
}

/// One chunk of a file.
///
/// # Errors
/// Not found.
pub fn chunk(conn: &mut Conn, import_id: i64, seq: i64) -> Result<Vec<u8>, Refusal> {
    Ok(chunks::table.find((import_id, seq)).select(chunks::body).first(conn)?)
}

/// Stages rows; one that is staged already stays as it is. On SQLite one by one, with a statement that is prepared already: one that could fail in the
/// middle has to keep what it changes.
pub fn add(conn: &mut Conn, staged: &[StagedRow]) -> Result<(), Refusal> {
    match conn {
        Conn::Sqlite(c) => {
            for row in staged {
                diesel::insert_into(rows::table).values(row).on_conflict_do_nothing().execute(c)?;
            }
        }
        Conn::Postgres(c) => {
            for batch in staged.chunks(TO_A_STATEMENT) {
                diesel::insert_into(rows::table).values(batch).on_conflict_do_nothing().execute(c)?;
            }
        }
    }
    Ok(())
}

/// Writes verdicts over those of staged rows; ticks and choices stay.
pub fn judge(conn: &mut Conn, staged: &[StagedRow]) -> Result<(), Refusal> {
    match conn {
        Conn::Sqlite(c) => {
            for row in staged {
                diesel::update(rows::table.find((row.import_id, row.row)))
                    .set((
                        rows::verdict.eq(row.verdict),
                        rows::user_id.eq(row.user_id),
                        rows::counts_row.eq(row.counts_row),
                        rows::changes.eq(&row.changes),
                        rows::reasons.eq(&row.reasons),
                    ))
                    .execute(c)?;
            }
        }
        Conn::Postgres(c) => {
            for batch in staged.chunks(TO_A_STATEMENT) {
                diesel::insert_into(rows::table)
                    .values(batch)
                    .on_conflict((rows::import_id, rows::row))
                    .do_update()
                    .set((
                        rows::verdict.eq(excluded(rows::verdict)),
                        rows::user_id.eq(excluded(rows::user_id)),
                        rows::counts_row.eq(excluded(rows::counts_row)),
                        rows::changes.eq(excluded(rows::changes)),
                        rows::reasons.eq(excluded(rows::reasons)),
                    ))
                    .execute(c)?;
            }
        }
    }
    Ok(())
}

/// Whether cells of a row were corrected: in a text, quotation marks are escaped.
const CORRECTED: &str = "fields LIKE '%\"mended\":[%'";
const NOT_CORRECTED: &str = "fields NOT LIKE '%\"mended\":[%'";

/// The last row that was read from the file, and how many were up to it; 0 if none. Rows that were corrected under other columns may be there beyond it.
pub fn extent(conn: &mut Conn, import_id: i64) -> Result<(i64, i64), Refusal> {
    let read = rows::table.filter(rows::import_id.eq(import_id)).filter(literal::<Bool>(NOT_CORRECTED));
    let last: i64 = read.order(rows::row.desc()).select(rows::row).first(conn).optional()?.unwrap_or(0);
    let up_to = rows::table.filter(rows::import_id.eq(import_id)).filter(rows::row.le(last));
    Ok((last, up_to.count().get_result(conn)?))
}

/// How many rows are staged.
pub fn count(conn: &mut Conn, import_id: i64) -> Result<i64, Refusal> {
    Ok(rows::table.filter(rows::import_id.eq(import_id)).count().get_result(conn)?)
}

/// The rows with corrected cells.
pub fn corrected(conn: &mut Conn, import_id: i64) -> Result<Vec<StagedRow>, Refusal> {
    let corrected = rows::table.filter(rows::import_id.eq(import_id)).filter(literal::<Bool>(CORRECTED));
    Ok(corrected.order(rows::row).load(conn)?)
}

/// Rows whose own values are good, behind a row.
pub fn good_after(conn: &mut Conn, import_id: i64, after: i64, limit: i64) -> Result<Vec<StagedRow>, Refusal> {
    let good =
        rows::table.filter(rows::import_id.eq(import_id)).filter(rows::row.gt(after)).filter(rows::email_key.ne(""));
    Ok(good.order(rows::row).limit(limit).load(conn)?)
}

/// Good rows with one of these addresses; at most `limit`, the last first.
pub fn good_with(
    conn: &mut Conn,
    import_id: i64,
    email_keys: &[String],
    limit: i64,
) -> Result<Vec<StagedRow>, Refusal> {
    let good = rows::table.filter(rows::import_id.eq(import_id)).filter(rows::email_key.eq_any(email_keys));
    Ok(good.order(rows::row.desc()).limit(limit).load(conn)?)
}

/// The row that counts for each of these addresses: the last that is ticked, else the last.
pub fn counting(conn: &mut Conn, import_id: i64, email_keys: &[&str]) -> Result<BTreeMap<String, i64>, Refusal> {
    let with = |conn: &mut Conn, ticked: bool| -> Result<Vec<(String, Option<i64>)>, Refusal> {
        Ok(rows::table
            .filter(rows::import_id.eq(import_id))
            .filter(rows::email_key.eq_any(email_keys))
            .filter(rows::ticked.eq(ticked))
            .group_by(rows::email_key)
            .select((rows::email_key, max(rows::row)))
            .load(conn)?)
    };
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for ticked in [false, true] {
        last.extend(with(conn, ticked)?.into_iter().filter_map(|(key, row)| row.map(|row| (key, row))));
    }
    Ok(last)
}

/// How many rows have which verdict, and how many of them are not ticked: every row is looked at.
pub fn counts(conn: &mut Conn, import_id: i64) -> Result<Counts, Refusal> {
    let found: Vec<(i16, bool, i64)> = rows::table
        .filter(rows::import_id.eq(import_id))
        .group_by((rows::verdict, rows::ticked))
        .select((rows::verdict, rows::ticked, diesel::dsl::count_star()))
        .load(conn)?;
    let mut counts = Counts::default();
    for (verdict, ticked, count) in found {
        counts.rows += count;
        let Some(verdict) = Verdict::from_number(verdict) else { continue };
        counts.set(verdict, counts.of(verdict) + count);
        if !ticked {
            counts.untick(verdict, count);
        }
    }
    counts.further_devices = of_further_devices(import_id, 0).count().get_result(conn)?;
    Ok(counts)
}

/// Writes corrected rows over what was staged of them; ticks and choices stay.
pub fn correct(conn: &mut Conn, corrected: &[StagedRow]) -> Result<(), Refusal> {
    for row in corrected {
        diesel::update(rows::table.find((row.import_id, row.row)))
            .set((
                rows::verdict.eq(row.verdict),
                rows::email_key.eq(&row.email_key),
                rows::user_id.eq(row.user_id),
                rows::counts_row.eq(row.counts_row),
                rows::device.eq(&row.device),
                rows::fields.eq(&row.fields),
                rows::changes.eq(&row.changes),
                rows::reasons.eq(&row.reasons),
            ))
            .execute(conn)?;
    }
    Ok(())
}

type Rows<'a> = rows::BoxedQuery<'a, <Conn as diesel::Connection>::Backend>;

fn of<'a>(import_id: i64, verdict: Option<Verdict>) -> Rows<'a> {
    let query = rows::table.filter(rows::import_id.eq(import_id)).into_boxed();
    match verdict {
        Some(verdict) => query.filter(rows::verdict.eq(verdict.number())),
        None => query,
    }
}

/// One page of rows in the order of the file: behind `after`. Their numbers come first, from the index alone: asked for whole rows, SQLite would rather
/// pass through all of the file for the few of a verdict.
pub fn page_after(
    conn: &mut Conn,
    import_id: i64,
    verdict: Option<Verdict>,
    after: i64,
    limit: i64,
) -> Result<Vec<StagedRow>, Refusal> {
    let numbers = of(import_id, verdict).filter(rows::row.gt(after)).order(rows::row).limit(limit);
    let numbers: Vec<i64> = numbers.select(rows::row).load(conn)?;
    numbered(conn, import_id, &numbers)
}

/// One page of rows in the order of the file: those before `before`.
pub fn page_before(
    conn: &mut Conn,
    import_id: i64,
    verdict: Option<Verdict>,
    before: i64,
    limit: i64,
) -> Result<Vec<StagedRow>, Refusal> {
    let numbers = of(import_id, verdict).filter(rows::row.lt(before)).order(rows::row.desc()).limit(limit);
    let numbers: Vec<i64> = numbers.select(rows::row).load(conn)?;
    numbered(conn, import_id, &numbers)
}

/// The first and the last row of a page's list.
pub fn ends(conn: &mut Conn, import_id: i64, verdict: Option<Verdict>) -> Result<(i64, i64), Refusal> {
    let (first, last): (Option<i64>, Option<i64>) = match verdict {
        Some(verdict) => {
            let list = rows::table.filter(rows::import_id.eq(import_id)).filter(rows::verdict.eq(verdict.number()));
            (list.select(min(rows::row)).first(conn)?, list.select(max(rows::row)).first(conn)?)
        }
        None => {
            let list = rows::table.filter(rows::import_id.eq(import_id));
            (list.select(min(rows::row)).first(conn)?, list.select(max(rows::row)).first(conn)?)
        }
    };
    Ok((first.unwrap_or(0), last.unwrap_or(0)))
}

/// Rows by number, in the order of the file.
pub fn numbered(conn: &mut Conn, import_id: i64, numbers: &[i64]) -> Result<Vec<StagedRow>, Refusal> {
    Ok(rows::table
        .filter(rows::import_id.eq(import_id))
        .filter(rows::row.eq_any(numbers))
        .order(rows::row)
        .load(conn)?)
}

/// Writes tick and choice of one row.
pub fn choose(conn: &mut Conn, import_id: i64, row: i64, ticked: bool, choice: i16) -> Result<(), Refusal> {
    diesel::update(rows::table.find((import_id, row)))
        .set((rows::ticked.eq(ticked), rows::choice.eq(choice)))
        .execute(conn)?;
    Ok(())
}

/// Ticked rows that are to be written, behind a row: people, or the further devices of people.
pub fn to_apply(conn: &mut Conn, import_id: i64, after: i64, limit: i64) -> Result<Vec<StagedRow>, Refusal> {
    let verdicts = [Verdict::New, Verdict::Change, Verdict::Restore].map(Verdict::number);
    let ticked =
        rows::table.filter(rows::import_id.eq(import_id)).filter(rows::row.gt(after)).filter(rows::ticked.eq(true));
    Ok(ticked.filter(rows::verdict.eq_any(verdicts)).order(rows::row).limit(limit).load(conn)?)
}

/// Those of which [`StagedRow::names_further_device`] and the tick are true, behind a row.
fn of_further_devices<'a>(import_id: i64, after: i64) -> Rows<'a> {
    let repeated = of(import_id, Some(Verdict::Repeated)).filter(rows::row.gt(after)).filter(rows::ticked.eq(true));
    repeated.filter(rows::device.ne("")).filter(rows::changes.ne("[]"))
}

/// Ticked rows that another row counts for and that name a device of their own which is not known yet, behind a row.
pub fn further_devices(conn: &mut Conn, import_id: i64, after: i64, limit: i64) -> Result<Vec<StagedRow>, Refusal> {
    Ok(of_further_devices(import_id, after).order(rows::row).limit(limit).load(conn)?)
}

/// Deletes some of what is staged of an import; false when nothing is left.
pub fn delete_some(conn: &mut Conn, import_id: i64) -> Result<bool, Refusal> {
    if delete_rows(conn, import_id)? { Ok(true) } else { delete_chunks(conn, import_id) }
}

/// Deletes some rows as they were read from the file; false when only corrected ones are left.
pub fn delete_read(conn: &mut Conn, import_id: i64) -> Result<bool, Refusal> {
    let read = rows::table.filter(rows::import_id.eq(import_id)).filter(literal::<Bool>(NOT_CORRECTED));
    let first: Vec<i64> = read.order(rows::row).select(rows::row).limit(5_000).load(conn)?;
    let (Some(from), Some(to)) = (first.first(), first.last()) else { return Ok(false) };
    let some = rows::table.filter(rows::import_id.eq(import_id)).filter(rows::row.between(*from, *to));
    diesel::delete(some.filter(literal::<Bool>(NOT_CORRECTED))).execute(conn)?;
    Ok(true)
}

/// Deletes some rows of an import; false when none is left.
fn delete_rows(conn: &mut Conn, import_id: i64) -> Result<bool, Refusal> {
    let first: Vec<i64> =
        rows::table.filter(rows::import_id.eq(import_id)).order(rows::row).select(rows::row).limit(5_000).load(conn)?;
    let (Some(from), Some(to)) = (first.first(), first.last()) else { return Ok(false) };
    diesel::delete(rows::table.filter(rows::import_id.eq(import_id)).filter(rows::row.between(*from, *to)))
        .execute(conn)?;
    Ok(true)
}

/// Deletes some chunks of a file; false when none is left.
pub fn delete_chunks(conn: &mut Conn, import_id: i64) -> Result<bool, Refusal> {
    let first: Vec<i64> = chunks::table
        .filter(chunks::import_id.eq(import_id))
        .order(chunks::seq)
        .select(chunks::seq)
        .limit(64)
        .load(conn)?;
    let (Some(from), Some(to)) = (first.first(), first.last()) else { return Ok(false) };
    diesel::delete(chunks::table.filter(chunks::import_id.eq(import_id)).filter(chunks::seq.between(*from, *to)))
        .execute(conn)?;
    Ok(true)
}

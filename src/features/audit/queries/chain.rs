//! Seals, checkpoints, and the rows they cover.

use diesel::prelude::*;

use crate::db::schema::{audit, audit_checkpoints, audit_seals, audit_values};
use crate::db::{Conn, postgres};
use crate::features::audit::chain::{AuditRow, Checkpoint, Seal};
use crate::refusal::Refusal;

/// Where the chain ends now, or would begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tip {
    pub number: i64,
    pub last_id: i64,
    pub settled_id: i64,
    pub mac: Vec<u8>,
}

/// A row with its values: salt and data; None where they are missing.
pub type Told = (AuditRow, Option<(Vec<u8>, String)>);

/// The end of the chain: its last seal, or the checkpoint that stands for it.
pub fn tip(conn: &mut Conn) -> Result<Tip, Refusal> {
    let columns = (audit_seals::number, audit_seals::last_id, audit_seals::settled_id, audit_seals::mac);
    let last: Option<(i64, i64, i64, Vec<u8>)> =
        audit_seals::table.order(audit_seals::number.desc()).select(columns).first(conn).optional()?;
    if let Some((number, last_id, settled_id, mac)) = last {
        return Ok(Tip { number, last_id, settled_id, mac });
    }
    Ok(checkpoint(conn)?.map_or_else(Tip::default, |checkpoint| Tip {
        number: checkpoint.number,
        last_id: checkpoint.last_id,
        settled_id: checkpoint.last_id,
        mac: checkpoint.seal_mac,
    }))
}

/// The last checkpoint.
pub fn checkpoint(conn: &mut Conn) -> Result<Option<Checkpoint>, Refusal> {
    Ok(audit_checkpoints::table.order(audit_checkpoints::number.desc()).first(conn).optional()?)
}

/// The first rows behind an id.
pub fn rows_after(conn: &mut Conn, id: i64, limit: i64) -> Result<Vec<AuditRow>, Refusal> {
    Ok(audit::table.filter(audit::id.gt(id)).order(audit::id).limit(limit).load(conn)?)
}

/// The rows from one id to another, both included.
pub fn rows_between(conn: &mut Conn, first: i64, last: i64, limit: i64) -> Result<Vec<AuditRow>, Refusal> {
    Ok(audit::table.filter(audit::id.between(first, last)).order(audit::id).limit(limit).load(conn)?)
}

/// The first rows behind an id, up to another, with their values.
pub fn told_after(conn: &mut Conn, after: i64, last: i64, limit: i64) -> Result<Vec<Told>, Refusal> {
    let rows = audit::table.left_join(audit_values::table).filter(audit::id.gt(after)).filter(audit::id.le(last));
    Ok(rows
        .order(audit::id)
        .limit(limit)
        .select((audit::all_columns, (audit_values::salt, audit_values::data).nullable()))
        .load(conn)?)
}

/// The gaps and the late rows of every seal that reaches beyond an id.
pub fn gaps_beyond(conn: &mut Conn, id: i64) -> Result<Vec<(String, String)>, Refusal> {
    let seals = audit_seals::table.filter(audit_seals::last_id.gt(id)).order(audit_seals::number);
    Ok(seals.select((audit_seals::gaps, audit_seals::late)).load(conn)?)
}

/// Those who are writing audit rows at this moment and have not committed; on SQLite the one writer is never among others.
pub fn writers(conn: &mut Conn) -> Result<Vec<String>, Refusal> {
    match conn {
        Conn::Sqlite(_) => Ok(Vec::new()),
        Conn::Postgres(c) => Ok(postgres::writers_of(c, "audit")?),
    }
}

pub fn add_seal(conn: &mut Conn, seal: &Seal) -> Result<(), Refusal> {
    diesel::insert_into(audit_seals::table).values(seal).execute(conn)?;
    Ok(())
}

pub fn seals_after(conn: &mut Conn, number: i64, limit: i64) -> Result<Vec<Seal>, Refusal> {
    let seals = audit_seals::table.filter(audit_seals::number.gt(number)).order(audit_seals::number);
    Ok(seals.limit(limit).load(conn)?)
}

pub fn seal(conn: &mut Conn, number: i64) -> Result<Option<Seal>, Refusal> {
    Ok(audit_seals::table.find(number).first(conn).optional()?)
}

/// Numbers and late ids of the seals behind one that have any.
pub fn late_after(conn: &mut Conn, number: i64) -> Result<Vec<(i64, String)>, Refusal> {
    let seals = audit_seals::table.filter(audit_seals::late.ne("")).filter(audit_seals::number.gt(number));
    Ok(seals.order(audit_seals::number).select((audit_seals::number, audit_seals::late)).load(conn)?)
}

/// The last seal made before a time.
pub fn last_sealed_before(conn: &mut Conn, at: i64) -> Result<Option<i64>, Refusal> {
    let seals = audit_seals::table.filter(audit_seals::at.lt(at)).order(audit_seals::number.desc());
    Ok(seals.select(audit_seals::number).first(conn).optional()?)
}

/// The seal whose range holds an id.
pub fn seal_of(conn: &mut Conn, id: i64) -> Result<Option<i64>, Refusal> {
    let seals =
        audit_seals::table.filter(audit_seals::last_id.ge(id)).order((audit_seals::last_id, audit_seals::number));
    Ok(seals.select(audit_seals::number).first(conn).optional()?)
}

pub fn add_checkpoint(conn: &mut Conn, checkpoint: &Checkpoint) -> Result<(), Refusal> {
    diesel::insert_into(audit_checkpoints::table).values(checkpoint).execute(conn)?;
    Ok(())
}

pub fn count_between(conn: &mut Conn, first: i64, last: i64) -> Result<i64, Refusal> {
    Ok(audit::table.filter(audit::id.between(first, last)).count().get_result(conn)?)
}

/// Removes some of the rows that the last checkpoint stands for; says how many.
pub fn remove_rows(conn: &mut Conn, checkpoint: &Checkpoint, limit: i64) -> Result<usize, Refusal> {
    let ids: Vec<i64> = audit::table
        .filter(audit::id.le(checkpoint.last_id))
        .order(audit::id)
        .select(audit::id)
        .limit(limit)
        .load(conn)?;
    for batch in ids.chunks(500) {
        diesel::delete(audit_values::table.filter(audit_values::audit_id.eq_any(batch))).execute(conn)?;
        diesel::delete(audit::table.filter(audit::id.eq_any(batch))).execute(conn)?;
    }
    Ok(ids.len())
}

/// Removes some of the seals that the last checkpoint stands for, and earlier checkpoints; says how many seals.
pub fn remove_seals(conn: &mut Conn, checkpoint: &Checkpoint, limit: i64) -> Result<usize, Refusal> {
    diesel::delete(audit_checkpoints::table.filter(audit_checkpoints::number.lt(checkpoint.number))).execute(conn)?;
    let numbers: Vec<i64> = audit_seals::table
        .filter(audit_seals::number.le(checkpoint.number))
        .order(audit_seals::number)
        .select(audit_seals::number)
        .limit(limit)
        .load(conn)?;
    for batch in numbers.chunks(500) {
        diesel::delete(audit_seals::table.filter(audit_seals::number.eq_any(batch))).execute(conn)?;
    }
    Ok(numbers.len())
}

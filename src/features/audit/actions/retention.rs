//! Letting go of rows past their time: the seals over them are verified once more and replaced by a checkpoint, from which the chain goes on; only then
//! do the triggers let the rows go.

use super::verify::{Extent, verify};
use crate::access::Origin;
use crate::app::App;
use crate::clock::DAY;
use crate::db::Conn;
use crate::features::audit::chain::{Checkpoint, Ids};
use crate::features::audit::model::{Change, Entry};
use crate::features::audit::queries::chain as queries;
use crate::refusal::Refusal;

/// Removed in one transaction.
const BATCH: i64 = 1_000;

/// Removes what is older than the setting says, once a day; goes on where it was interrupted.
///
/// # Errors
/// A conflict when the rows are not as they were sealed: then nothing is removed, so that the evidence of it stays.
pub fn purge(app: &App) -> Result<(), Refusal> {
    let now = app.clock.now();
    let cut = now - i64::from(app.settings.audit_days) * DAY;
    if let Some((number, last)) = app.db.read_now(|conn| due(conn, cut, now))? {
        let keys = app.keys.clone();
        let extent = Extent { last_seal: Some(number), head: None };
        if let Some(fault) = app.db.read_snapshot_now(|conn| verify(conn, &keys, now, &extent))?.fault {
            return Err(Refusal::Conflict(format!("nothing is removed from the audit: {fault}")));
        }
        app.db.write_now(move |conn| {
            let before = queries::checkpoint(conn)?;
            let first = before.as_ref().map_or(0, |before| before.last_id);
            let count = queries::count_between(conn, first + 1, last.last_id)?;
            let removed = before.map_or(0, |before| before.removed) + count;
            let checkpoint =
                Checkpoint { number, at: now, last_id: last.last_id, removed, seal_mac: last.mac, mac: Vec::new() };
            queries::add_checkpoint(conn, &checkpoint.signed(&keys))?;
            let change = Change::new("rows", "", count.to_string());
            super::record(conn, &Origin::server(now), &Entry::new("audit.purge", "audit", 0).changes(vec![change]))
                .map(drop)
        })?;
    }
    let Some(checkpoint) = app.db.read_now(queries::checkpoint)? else { return Ok(()) };
    loop {
        let checkpoint = checkpoint.clone();
        let gone = app.db.write_now(move |conn| match queries::remove_rows(conn, &checkpoint, BATCH)? {
            0 => queries::remove_seals(conn, &checkpoint, BATCH),
            rows => Ok(rows),
        })?;
        if gone == 0 {
            return Ok(());
        }
    }
}

/// The end of the seals that may go.
struct Last {
    last_id: i64,
    mac: Vec<u8>,
}

/// The last seal made before `cut`, such that no later one covers rows that came late to it. None: nothing is due.
fn due(conn: &mut Conn, cut: i64, now: i64) -> Result<Option<(i64, Last)>, Refusal> {
    let before = queries::checkpoint(conn)?;
    if before.as_ref().is_some_and(|before| now - before.at < DAY) {
        return Ok(None);
    }
    let began = before.map_or(0, |before| before.number);
    let Some(mut number) = queries::last_sealed_before(conn, cut)? else { return Ok(None) };
    while number > began {
        let Some(seal) = queries::seal(conn, number)? else { return Ok(None) };
        let mut earliest = i64::MAX;
        for (_, late) in queries::late_after(conn, number)? {
            earliest = earliest.min(Ids::parse(&late).unwrap_or_default().each().next().unwrap_or(i64::MAX));
        }
        if earliest > seal.last_id {
            return Ok(Some((number, Last { last_id: seal.last_id, mac: seal.mac })));
        }
        number = queries::seal_of(conn, earliest)?.map_or(0, |of| of - 1);
    }
    Ok(None)
}

//! The sealer.
//!
//! On PostgreSQL a row gets its id before its transaction commits, so a row may appear below ids that were sealed already. Waiting for such
//! transactions would leave everybody's rows unsealed while one is held; so a seal covers what can be seen and names the gaps, and whatever appears in
//! a gap later goes into a later seal as a late row. A gap is closed for good once every transaction that was writing to the audit when the seal was
//! made has ended (`pg_locks` tells); what appears in it after that was put there by somebody else, and is left for `verify` to name.

use std::collections::{HashSet, VecDeque};

use crate::access::keyring::KeyRing;
use crate::app::App;
use crate::clock::{HOUR, SECOND};
use crate::db::Conn;
use crate::features::audit::chain::{AuditRow, Ids, Seal};
use crate::features::audit::queries::chain::{self as queries, Tip};
use crate::jobs::lease;
use crate::refusal::Refusal;

/// Rows under one seal, at most.
const MOST: i64 = 1_000;
/// How long a sealer that gives no sign of life keeps others from sealing.
const LEASE: i64 = 2 * SECOND;

/// Makes seals for one process.
#[derive(Debug)]
pub struct Sealer {
    holder: String,
    /// Ends of seals and who was writing when they were made; oldest first.
    open: VecDeque<(i64, Vec<String>)>,
    settled: i64,
    logged_at: i64,
}

/// What there is to seal.
struct Found {
    tip: Tip,
    settled: i64,
    late: Vec<AuditRow>,
    rows: Vec<AuditRow>,
    /// Who was writing after the rows were read.
    writers: Vec<String>,
}

impl Sealer {
    pub fn new(holder: String) -> Self {
        Sealer { holder, open: VecDeque::new(), settled: 0, logged_at: 0 }
    }

    /// Seals whatever is new, unless somebody else is at it; logs the head once an hour.
    pub fn seal(&mut self, app: &App) -> Result<(), Refusal> {
        while self.seal_some(app)? {}
        let now = app.clock.now();
        if now - self.logged_at >= HOUR {
            let tip = app.db.read_now(queries::tip)?;
            if tip.number > 0 {
                self.logged_at = now;
                tracing::info!(head = %super::verify::head(&tip), "the head of the audit");
            }
        }
        Ok(())
    }

    /// Makes one seal; says whether there is more to do.
    fn seal_some(&mut self, app: &App) -> Result<bool, Refusal> {
        let found = app.db.read_now(|conn| self.look(conn))?;
        if found.late.is_empty() && found.rows.is_empty() {
            self.settle(found.settled);
            return Ok(false);
        }
        let full = usize::try_from(MOST).unwrap_or(usize::MAX);
        let more = found.rows.len() >= full || found.late.len() >= full;
        let (now, holder) = (app.clock.now(), self.holder.clone());
        let seal = made(&app.keys, &found, now);
        let (last_id, number) = (seal.last_id, found.tip.number);
        let done = app.db.write_now(move |conn| {
            if !lease::take_for(conn, lease::AUDIT, &holder, now, LEASE)? || queries::tip(conn)?.number != number {
                return Ok(false);
            }
            queries::add_seal(conn, &seal).map(|()| true)
        })?;
        if done {
            self.open.push_back((last_id, found.writers));
            self.settle(found.settled);
        }
        Ok(done && more)
    }

    fn look(&self, conn: &mut Conn) -> Result<Found, Refusal> {
        let tip = queries::tip(conn)?;
        let known = self.settled.max(tip.settled_id);
        // Who writes is asked first and last: gaps are closed only if they are looked into after their writers were seen to be gone, and a seal's
        // writers are complete only if they are listed after its rows were read.
        let busy: HashSet<String> = queries::writers(conn)?.into_iter().collect();
        let ended = |(_, writers): &&(i64, Vec<String>)| !writers.iter().any(|writer| busy.contains(writer));
        let mut settled = self.open.iter().take_while(ended).last().map_or(known, |(last_id, _)| known.max(*last_id));
        let mut late = late_rows(conn, known)?;
        if late.len() > usize::try_from(MOST).unwrap_or(usize::MAX) {
            late.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
            settled = known;
        }
        let rows = queries::rows_after(conn, tip.last_id, MOST)?;
        let writers = queries::writers(conn)?;
        Ok(Found { tip, settled, late, rows, writers })
    }

    fn settle(&mut self, settled: i64) {
        self.settled = self.settled.max(settled);
        self.open.retain(|(last_id, _)| *last_id > self.settled);
    }
}

/// Rows in gaps that were not closed yet.
fn late_rows(conn: &mut Conn, settled: i64) -> Result<Vec<AuditRow>, Refusal> {
    let seals = queries::gaps_beyond(conn, settled)?;
    let came: HashSet<i64> = seals.iter().flat_map(|(_, late)| ids(late).each().collect::<Vec<_>>()).collect();
    let mut rows = Vec::new();
    for (gaps, _) in &seals {
        for (first, last) in ids(gaps).ranges() {
            if *last > settled {
                rows.extend(queries::rows_between(conn, *first.max(&(settled + 1)), *last, MOST + 1)?);
            }
        }
    }
    rows.retain(|row| !came.contains(&row.id));
    Ok(rows)
}

fn ids(text: &str) -> Ids {
    Ids::parse(text).unwrap_or_default()
}

fn made(keys: &KeyRing, found: &Found, now: i64) -> Seal {
    let first_id = found.tip.last_id + 1;
    let (mut gaps, mut late, mut next) = (Ids::default(), Ids::default(), first_id);
    let mut hashes = Vec::with_capacity((found.rows.len() + found.late.len()) * 32);
    for row in &found.rows {
        gaps.push(next, row.id - 1);
        next = row.id + 1;
        hashes.extend(row.hash());
    }
    for row in &found.late {
        late.push(row.id, row.id);
        hashes.extend(row.hash());
    }
    let seal = Seal {
        number: found.tip.number + 1,
        at: now,
        first_id,
        last_id: next - 1,
        settled_id: found.settled,
        gaps: gaps.to_string(),
        late: late.to_string(),
        hashes,
        mac: Vec::new(),
    };
    seal.signed(keys, &found.tip.mac)
}

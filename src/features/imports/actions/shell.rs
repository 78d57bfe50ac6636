//! What the command line asks of an import.

use std::io::Read;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::access::{Origin, Scope};
use crate::app::App;
use crate::features::customers;
use crate::features::imports::file::CHUNK;
use crate::features::imports::model::{Counts, Import, StagedRow, Verdict};
use crate::features::imports::queries::{self, staging};
use crate::features::roles;
use crate::jobs::{Job, lease, queue};
use crate::refusal::Refusal;

/// A server that writes on the same file at the same moment is waited for so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Does `work`, again and again while the database cannot be written to: somebody at a shell would only do the same.
///
/// # Errors
/// What `work` says in the end.
pub fn patiently<T>(mut work: impl FnMut() -> Result<T, Refusal>) -> Result<T, Refusal> {
    let began = Instant::now();
    loop {
        match work() {
            Err(Refusal::Unavailable(_)) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(100)),
            other => return other,
        }
    }
}

/// How an import stands, who is at it, and whether a server works on jobs at all.
pub struct Status {
    pub import: Import,
    pub job: Option<Job>,
    pub is_served: bool,
}

/// How an import stands.
pub fn status(app: &App, id: i64) -> Result<Status, Refusal> {
    let now = app.clock.now();
    app.db.read_now(|conn| {
        let import = queries::find(conn, id)?;
        Ok(Status {
            job: queue::find(conn, import.job_id)?,
            is_served: lease::is_held(conn, lease::JOBS, now)?,
            import,
        })
    })
}

/// Ids of a customer and a role, by their names.
///
/// # Errors
/// There is none of that name.
pub fn named(app: &App, customer: Option<&str>, role: Option<&str>) -> Result<(i64, i64), Refusal> {
    app.db.read_now(|conn| {
        let customer = match customer {
            None => customers::queries::first(conn, &Scope::All)?,
            Some(name) => customers::queries::by_name(conn, name)?
                .ok_or_else(|| Refusal::Unfit(format!("there is no customer “{name}”")))?,
        };
        let role = match role {
            None => 0,
            Some(name) => {
                roles::queries::by_name(conn, name)?
                    .ok_or_else(|| Refusal::Unfit(format!("there is no role “{name}”")))?
                    .id
            }
        };
        Ok((customer.id, role))
    })
}

/// Copies a file into the staging area and asks for it to be read.
///
/// # Errors
/// The database cannot be used, or the file cannot be read.
pub fn take_in(app: &App, id: i64, origin: Origin, file: &mut impl Read) -> Result<(), Refusal> {
    let (mut seq, mut bytes) = (0, 0);
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        let count = file
            .by_ref()
            .take(CHUNK as u64)
            .read_to_end(&mut chunk)
            .map_err(|error| Refusal::Unfit(format!("cannot read the file: {error}")))?;
        if count == 0 {
            break;
        }
        bytes += i64::try_from(count).unwrap_or(0);
        let chunk = Arc::new(chunk);
        patiently(|| {
            let chunk = chunk.clone();
            app.staging.write_now(move |conn| staging::add_chunk(conn, id, seq, &chunk))
        })?;
        seq += 1;
    }
    patiently(|| {
        let origin = origin.clone();
        app.db.write_now(move |conn| super::submit(conn, &origin, id, bytes).map(drop))
    })
}

/// The rows of an import as they are staged, counted.
pub fn counts(app: &App, id: i64) -> Result<Counts, Refusal> {
    app.staging.read_now(|conn| staging::counts(conn, id))
}

/// Some refused rows behind a row.
pub fn refused_after(app: &App, id: i64, after: i64) -> Result<Vec<StagedRow>, Refusal> {
    app.staging.read_now(|conn| staging::page_after(conn, id, Some(Verdict::Refused), after, 500))
}

/// Remembers what the columns were said to hold, for the next file with this header.
pub fn remember_columns(app: &App, import: &Import) -> Result<(), Refusal> {
    let fingerprint = import.found().map(|found| found.fingerprint).unwrap_or_default();
    let Some(columns) = import.columns().filter(|_| !fingerprint.is_empty()) else { return Ok(()) };
    let now = app.clock.now();
    patiently(|| {
        let (fingerprint, columns) = (fingerprint.clone(), columns.clone());
        app.db.write_now(move |conn| queries::remember(conn, &fingerprint, &columns, now))
    })
}

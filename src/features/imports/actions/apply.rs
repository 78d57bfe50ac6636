//! The job `import.apply`: writes what was previewed, in batches whose time is bounded, each with its progress in one transaction. A row that has
//! moved since the preview is left alone and listed.

use std::thread;
use std::time::Instant;

use super::ready::{self, Ready};
use super::start::hand_over;
use super::{advance, batch, judge, purge, step};
use crate::access::Origin;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::imports::model::{Applied, Import, State, Verdict};
use crate::features::imports::queries::{self, staging};
use crate::features::operations;
use crate::features::operations::model::{MOST_AT_ONCE, State as Progress};
use crate::jobs::{End, Kind, Pace, Running};
use crate::refusal::Refusal;

pub fn run(running: &Running) -> Result<End, Refusal> {
    step(running, State::Applying, |import| {
        let outcome = apply(running, import);
        if let Err(refusal) = &outcome
            && !matches!(refusal, Refusal::Unavailable(_) | Refusal::Broken(_) | Refusal::Conflict(_))
        {
            finish(running, import.id, State::Applying, Progress::Failed)?;
        }
        outcome
    })
}

fn apply(running: &Running, first: &Import) -> Result<End, Refusal> {
    let app = &running.app;
    let id = first.id;
    let whole = first.options().all_or_nothing;
    let planned = first.counts().applied.planned;
    let at_once = whole && planned <= i64::try_from(MOST_AT_ONCE).unwrap_or(0);
    if whole && !at_once && first.counts().applied.row == 0 && !still_as_previewed(running, first)? {
        return take_back(running, id, "some rows");
    }
    let mut pace = Pace::of(&app.db);
    // What was made ready while the batch before was written.
    let mut ahead: Option<Vec<Ready>> = None;
    loop {
        // Before a batch, so that what is called off before its turn comes writes nothing at all.
        match running.interrupted() {
            Some(End::Cancelled) => {
                finish(running, id, State::Cancelled, Progress::Cancelled)?;
                return Ok(End::Cancelled);
            }
            Some(end) => return Ok(end),
            None => {}
        }
        let import = app.db.read_now(|conn| queries::find(conn, id))?;
        let so_far = import.counts().applied;
        let size = if at_once { planned.max(1) } else { pace.size() };
        let rows = match ahead.take() {
            Some(rows) => rows,
            None => ready::next(app, id, &so_far, size)?,
        };
        let origin = app.db.read_now(|conn| running.origin(conn))?;
        let Some(last) = rows.last().map(|ready| ready.row.row) else {
            if so_far.at_devices {
                break;
            }
            app.db.write_now(move |conn| to_devices(conn, &import))?;
            continue;
        };
        let (hold, count) = (running.hold(), rows.len());
        let state = app.clone();
        let (written, next) = thread::scope(|scope| {
            let behind = Applied { row: last, ..so_far };
            let next = (!at_once).then(|| scope.spawn(move || ready::next(app, id, &behind, size)));
            let written = app.db.write_batch_now(move |conn| {
                let began = Instant::now();
                batch::write(conn, &state, &hold, &origin, &import, &rows, at_once).map(|()| began.elapsed())
            });
            (written, next.and_then(|next| next.join().ok()).and_then(Result::ok))
        });
        match written {
            Err(Refusal::Conflict(why)) if at_once => return take_back(running, id, &why),
            Err(refusal) => return Err(refusal),
            Ok(took) => pace.took(count, took),
        }
        ahead = next;
    }
    finish(running, id, State::Done, Progress::Done)?;
    // Refused rows can be had as they were sent for as long as their reasons are shown.
    if first.counts().refused == 0 {
        purge::file(app, id)?;
    }
    app.db.wrote_searchable(planned);
    app.db.look_over(planned);
    Ok(End::Done)
}

/// Goes over to the further devices of people whose rows were repeated.
fn to_devices(conn: &mut Conn, import: &Import) -> Result<(), Refusal> {
    let mut counts = import.counts();
    counts.applied = Applied { row: 0, at_devices: true, ..counts.applied };
    queries::set_counts(conn, import.id, &counts)
}

/// Whether judging everything again, before the first write, comes to what the preview showed.
fn still_as_previewed(running: &Running, import: &Import) -> Result<bool, Refusal> {
    let app = &running.app;
    let origin = app.db.read_now(|conn| running.origin(conn))?;
    let (options, mut after) = (import.options(), 0);
    loop {
        let rows = app.staging.read_now(|conn| staging::good_after(conn, import.id, after, 500))?;
        let Some(last) = rows.last() else { break };
        after = last.row;
        judge::some(app, &origin, import.id, &options, rows)?;
    }
    let (now, then) = (app.staging.read_now(|conn| staging::counts(conn, import.id))?, import.counts());
    Ok(Verdict::ALL.iter().all(|verdict| now.of(*verdict) == then.of(*verdict)))
}

/// All or nothing, and something moved: nothing was written, and the rows are judged again for another look.
fn take_back(running: &Running, id: i64, why: &str) -> Result<End, Refusal> {
    let why = format!(
        "Nothing was added, since something has changed after the preview ({why}). Look again and press “Add”."
    );
    let app = &running.app;
    app.db.write_now({
        let origin = app.db.read_now(|conn| running.origin(conn))?;
        move |conn| {
            let import = queries::find(conn, id)?;
            if let Some(operation) = import.operation_id {
                operations::actions::finish(conn, operation, Progress::Failed, 0, 0, origin.at)?;
            }
            queries::set_problem(conn, id, &why)?;
            hand_over(conn, &origin, id, Kind::ImportJudge, State::Applying, State::Judging).map(drop)
        }
    })?;
    app.bell.ring();
    Ok(End::Done)
}

/// Ends the operation and writes its one audit row. `state` is what becomes of the import; `Applying` leaves it.
fn finish(running: &Running, id: i64, state: State, progress: Progress) -> Result<(), Refusal> {
    let app = &running.app;
    let origin = app.db.read_now(|conn| running.origin(conn))?;
    // Ahead of the transaction, since there may be a million rows; nobody but this job adds any.
    let digest = app.db.read_now(|conn| match queries::find(conn, id)?.operation_id {
        Some(operation) => operations::queries::digest(conn, operation),
        None => Ok(None),
    })?;
    app.db.write_now(move |conn| {
        let import = queries::find(conn, id)?;
        note_end(conn, &origin, &import, progress, digest)?;
        if state == State::Applying { Ok(()) } else { advance(conn, id, State::Applying, state, origin.at) }
    })
}

fn note_end(
    conn: &mut Conn,
    origin: &Origin,
    import: &Import,
    progress: Progress,
    digest: Option<Vec<u8>>,
) -> Result<(), Refusal> {
    let applied = import.counts().applied;
    let operation = import.operation_id.unwrap_or(0);
    let done = applied.added + applied.changed + applied.restored;
    operations::actions::finish(conn, operation, progress, done, applied.skipped, origin.at)?;
    let number = |field: &'static str, count: i64| Change::new(field, "", count.to_string());
    let changes = vec![
        Change::new("file", "", &import.file_name),
        number("added", applied.added),
        number("changed", applied.changed),
        number("restored", applied.restored),
        number("devices", applied.devices),
        number("skipped", applied.skipped),
    ];
    // One customer's administrators may read it only if nobody else's people were touched.
    let customer = if applied.changed + applied.restored == 0 { import.options().customer_id } else { 0 };
    record(
        conn,
        origin,
        &Entry::new("users.import", "operation", operation)
            .of_customer(customer)
            .of_operation(operation)
            .with_rows(digest)
            .changes(changes),
    )
    .map(drop)
}

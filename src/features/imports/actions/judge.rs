//! The job `import.judge`: goes over all staged rows again, after somebody has chosen anew what happens to existing users.

use super::decide::{self, Known};
use super::{advance, step};
use crate::access::permit::ImportUsers;
use crate::access::{Origin, Permit, Scope};
use crate::app::App;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::customers;
use crate::features::imports::model::{Import, Options, StagedRow, State};
use crate::features::imports::queries::{self, staging};
use crate::jobs::{End, Running};
use crate::refusal::Refusal;

/// Rows judged in one go.
const BATCH: i64 = 1_000;
/// A file in which more addresses are taken outside one's customers is a list to look people up with.
const MOST_OUTSIDE: usize = 100;

pub fn run(running: &Running) -> Result<End, Refusal> {
    step(running, State::Judging, |import| all(running, import, State::Judging))
}

/// Judges every good row and puts the import before its owner.
pub(super) fn all(running: &Running, import: &Import, state: State) -> Result<End, Refusal> {
    let app = &running.app;
    let id = import.id;
    let options = import.options();
    let total = app.staging.read_now(|conn| staging::count(conn, id))?;
    let (mut after, mut done, mut outside) = (0, 0, 0);
    let origin = app.db.read_now(|conn| running.origin(conn))?;
    loop {
        let rows = app.staging.read_now(|conn| staging::good_after(conn, id, after, BATCH))?;
        let Some(last) = rows.last() else { break };
        after = last.row;
        done += i64::try_from(rows.len()).unwrap_or(0);
        outside += some(app, &origin, id, &options, rows)?;
        running.note(done, total)?;
        if outside > MOST_OUTSIDE {
            break;
        }
        if let Some(end) = running.interrupted() {
            return Ok(end);
        }
    }
    let counts = app.staging.read_now(|conn| staging::counts(conn, id))?;
    let hold = running.hold();
    app.db.write_now(move |conn| {
        if outside > 0 {
            let change = Change::new("addresses", "", outside.to_string());
            record(conn, &origin, &Entry::new("import.address-taken", "import", id).refused().changes(vec![change]))?;
        }
        if outside > MOST_OUTSIDE {
            let why = format!("More than {MOST_OUTSIDE} addresses of this file are not available here. Ask somebody who administers all customers to import it.");
            queries::set_problem(conn, id, &why)?;
            return advance(conn, id, state, State::Failed, origin.at);
        }
        hold.note(conn, total, total)?;
        queries::set_counts(conn, id, &counts)?;
        advance(conn, id, state, State::Preview, origin.at)
    })?;
    Ok(End::Done)
}

/// Judges some rows and writes their verdicts; says how many addresses are taken outside the scope.
pub(super) fn some(
    app: &App,
    origin: &Origin,
    import_id: i64,
    options: &Options,
    mut rows: Vec<StagedRow>,
) -> Result<usize, Refusal> {
    let keys: Vec<&str> = rows.iter().map(|row| row.email_key.as_str()).collect();
    let counting = app.staging.read_now(|conn| staging::counting(conn, import_id, &keys))?;
    let (permit, known, home) = app.db.read_now(|conn| {
        let permit = Permit::<ImportUsers>::of_absent(conn, origin.clone())?;
        let home = match options.customer_id {
            0 => customers::queries::first(conn, permit.scope())?.id,
            id => id,
        };
        Ok((permit, Known::of(conn, &rows)?, home))
    })?;
    let outside = decide::judge(&permit, options, &known, home, &counting, &mut rows);
    app.staging.write_stage_now(move |conn| staging::judge(conn, &rows))?;
    Ok(if *permit.scope() == Scope::All { 0 } else { outside })
}

//! `muster audit`

use std::process::ExitCode;

use clap::Subcommand;

use super::say;
use crate::app::App;
use crate::features::audit::actions::verify::{Extent, verify};
use crate::features::audit::chain::Head;

#[derive(Subcommand)]
pub enum Audit {
    /// Compare every row of the audit with its seals; exit status 1, naming the first fault, if anything was changed behind the server's back
    Verify {
        /// The head as it was shown by an earlier run, or logged: finds out whether the tail was cut since
        #[arg(long, value_name = "HEAD")]
        head: Option<Head>,
    },
}

/// Runs the command and prints what was read.
pub fn run(app: &App, command: &Audit) -> Result<ExitCode, String> {
    let Audit::Verify { head } = command;
    let extent = Extent { head: head.as_ref(), last_seal: None };
    let now = app.clock.now();
    let report = app
        .db
        .read_snapshot_now(|conn| verify(conn, &app.keys, now, &extent))
        .map_err(|refusal| format!("cannot verify the audit: {refusal}"))?;
    say(&format!("rows: {}", report.rows))?;
    say(&format!("seals: {}", report.seals))?;
    say(&format!("operations: {}", report.operations))?;
    say(&format!("emptied: {}", report.emptied))?;
    say(&format!("removed: {}", report.removed))?;
    say(&format!("not sealed yet: {}", report.unsealed))?;
    let end = report.head.map_or_else(|| "none yet".to_owned(), |head| head.to_string());
    say(&format!("head: {end}"))?;
    match report.fault {
        None => Ok(ExitCode::SUCCESS),
        Some(fault) => Err(fault.to_string()),
    }
}

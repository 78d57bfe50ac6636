//! `muster import users FILE`: the same import as in the browser, previewed and then written, handed to the running server or done here.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use actix_web::web;
use clap::{Args, Subcommand};

use crate::access::permit::ImportUsers;
use crate::access::{Origin, Permit};
use crate::app::App;
use crate::features::imports::actions::shell::{self, Status};
use crate::features::imports::actions::{self, Planned};
use crate::features::imports::mapping::Field;
use crate::features::imports::model::{Import, Options, State, Verdict};
use crate::features::imports::plan::Existing;
use crate::jobs::{self, queue};
use crate::refusal::Refusal;

use super::in_words;

/// The exit status when rows were refused.
const ROWS_REFUSED: u8 = 3;
/// How often to look how a job is getting on.
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[derive(Subcommand)]
pub enum What {
    /// People from a CSV file
    Users(Users),
}

#[derive(Args)]
pub struct Users {
    /// The CSV file
    file: PathBuf,
    /// Customer of new users [default: the first]
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,
    /// Role of new users [default: Users]
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// What happens to users who exist already
    #[arg(long, value_name = "CHOICE", default_value = "keep", value_parser = ["keep", "replace", "fill"])]
    existing: String,
    /// Write nothing if a single row is refused
    #[arg(long)]
    all_or_nothing: bool,
    /// Say what would be done and do nothing
    #[arg(long)]
    dry_run: bool,
    /// What columns hold, where their headers do not say: "Mail=email,Vorname=first-name"; remembered for the next file with this header
    #[arg(long, value_name = "COLUMN=FIELD,…")]
    map: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// One line: what is wrong with the file, the arguments or the database.
pub fn users(app: App, arguments: &Users) -> Result<ExitCode, String> {
    let app = web::Data::new(app);
    let id = upload(&app, arguments)?;
    let outcome = go_on(&app, arguments, id);
    if outcome.is_err() || arguments.dry_run {
        let _ = discard(&app, id);
    }
    outcome
}

fn go_on(app: &web::Data<App>, arguments: &Users, id: i64) -> Result<ExitCode, String> {
    let import = settled(app, id)?;
    if import.state() == State::Mapping {
        return Err(unmapped(&import));
    }
    if arguments.map.is_some() && !arguments.dry_run {
        shell::remember_columns(app, &import).map_err(in_words)?;
    }
    let counts = import.counts();
    preview(&import)?;
    if counts.refused > 0 {
        name_refused(app, id)?;
    }
    let status = if counts.refused > 0 { ExitCode::from(ROWS_REFUSED) } else { ExitCode::SUCCESS };
    let stopped = arguments.all_or_nothing && counts.refused > 0;
    let counts = shell::counts(app, id).map_err(in_words)?;
    if arguments.dry_run || stopped || Planned::of(&counts).is_nothing() {
        if stopped {
            eprintln!("muster: nothing was written, since rows are refused and it was to be all or nothing");
        }
        if !stopped && !arguments.dry_run {
            discard(app, id)?;
        }
        return Ok(status);
    }
    let origin = console(app);
    shell::patiently(|| {
        let permit = Permit::<ImportUsers>::of_console(origin.clone());
        let counts = counts.clone();
        app.db.write_now(move |conn| actions::start_applying(conn, &permit, id, counts))
    })
    .map_err(in_words)?;
    let import = settled(app, id)?;
    if import.state() == State::Preview {
        return Err(import.problem);
    }
    let applied = import.counts().applied;
    super::say(&format!("added: {}", applied.added))?;
    super::say(&format!("changed: {}", applied.changed))?;
    super::say(&format!("restored: {}", applied.restored))?;
    super::say(&format!("devices: {}", applied.devices))?;
    super::say(&format!("skipped: {}", applied.skipped))?;
    if import.state() == State::Cancelled {
        return Err("the import was cancelled; what is written stays".into());
    }
    Ok(status)
}

fn console(app: &App) -> Origin {
    Origin::console(app.clock.now())
}

/// Copies the file into the staging area and asks for it to be read. Gives the import.
fn upload(app: &App, arguments: &Users) -> Result<i64, String> {
    let path = &arguments.file;
    let unreadable = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let mut file = File::open(path).map_err(unreadable)?;
    let options = options(app, arguments)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let origin = console(app);
    let id = shell::patiently(|| {
        let (origin, name, options) = (origin.clone(), name.clone(), options.clone());
        app.db.write_now(move |conn| actions::begin(conn, &origin, &name, &options))
    })
    .map_err(in_words)?;
    shell::take_in(app, id, console(app), &mut file).map_err(in_words)?;
    Ok(id)
}

fn options(app: &App, arguments: &Users) -> Result<Options, String> {
    let (customer_id, role_id) =
        shell::named(app, arguments.customer.as_deref(), arguments.role.as_deref()).map_err(in_words)?;
    Ok(Options {
        customer_id,
        role_id,
        existing: Existing::from_code(&arguments.existing).unwrap_or_default(),
        all_or_nothing: arguments.all_or_nothing,
        columns: arguments.map.as_deref().map(columns).transpose()?.unwrap_or_default(),
        ..Options::default()
    })
}

/// `Mail=email,Vorname=first-name`
fn columns(said: &str) -> Result<Vec<(String, Field)>, String> {
    let fields = || Field::ALL.map(Field::code).join(", ");
    said.split(',')
        .filter(|pair| !pair.trim().is_empty())
        .map(|pair| {
            let (title, code) = pair.split_once('=').ok_or_else(|| format!("--map: “{pair}” is not COLUMN=FIELD"))?;
            let field = Field::from_code(code.trim())
                .ok_or_else(|| format!("--map: there is no field “{}”; the fields are {}", code.trim(), fields()))?;
            Ok((title.trim().to_owned(), field))
        })
        .collect()
}

/// Waits until no job is at the import any more: a server does it, or this process if there is none.
fn settled(app: &web::Data<App>, id: i64) -> Result<Import, String> {
    loop {
        let Status { import, job, is_served } = shell::status(app, id).map_err(in_words)?;
        let state = import.state();
        match job {
            _ if state == State::Failed => return Err(import.problem),
            _ if !state.is_under_way() => return Ok(import),
            Some(job) if job.state() == queue::State::Failed => return Err(job.problem),
            Some(job) if !is_served && !job.state().has_ended() => {
                shell::patiently(|| jobs::run_alone(app, job.id)).map_err(in_words)?
            }
            _ => {}
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn preview(import: &Import) -> Result<(), String> {
    let counts = import.counts();
    super::say(&format!("rows: {}", counts.rows))?;
    for verdict in Verdict::ALL {
        super::say(&format!("{}: {}", verdict.label().to_lowercase(), counts.of(verdict)))?;
    }
    if let (Some(found), Some(columns)) = (import.found(), import.columns()) {
        let ignored: Vec<&str> = columns
            .iter()
            .zip(&found.titles)
            .filter(|(field, _)| **field == Field::Ignore)
            .map(|(_, title)| title.as_str())
            .collect();
        if !ignored.is_empty() {
            eprintln!("muster: ignored columns: {}", ignored.join(", "));
        }
    }
    Ok(())
}

/// Every refused row with its reasons, on standard error.
fn name_refused(app: &App, id: i64) -> Result<(), String> {
    let mut after = 0;
    loop {
        let rows = shell::refused_after(app, id, after).map_err(in_words)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.row;
        for row in rows {
            let reasons: Vec<String> = row.reasons().into_iter().map(|reason| reason.message).collect();
            eprintln!("row {}: {}", row.row, reasons.join(". "));
        }
    }
}

fn unmapped(import: &Import) -> String {
    let titles = import.found().map(|found| found.titles.join(", ")).unwrap_or_default();
    format!(
        "it is not clear what the columns hold: {titles}. Say it with --map, for example --map \"Mail=email,Vorname=first-name\"; the fields are {}",
        Field::ALL.map(Field::code).join(", ")
    )
}

/// Gives up an import that was only looked at.
fn discard(app: &App, id: i64) -> Result<(), String> {
    let origin = console(app);
    app.db
        .write_now(move |conn| {
            let permit = Permit::<ImportUsers>::of_console(origin);
            match actions::cancel(conn, &permit, id) {
                Ok(_) | Err(Refusal::Conflict(_)) => Ok(()),
                Err(refusal) => Err(refusal),
            }
        })
        .map_err(in_words)?;
    actions::purge::staged(app, id).map_err(in_words)
}

/// Whether the file can be read, before the database is opened.
///
/// # Errors
/// One line that says why not.
pub fn check(arguments: &Users) -> Result<(), String> {
    let path = &arguments.file;
    File::open(path).map(drop).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

//! `muster export users`: a list of people as a CSV file, to a file or to standard output.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::access::permit::ExportUsers;
use crate::access::{Origin, Permit};
use crate::app::App;
use crate::features::reports::file::Stream;
use crate::features::reports::model::Separator;
use crate::features::users::actions::export;
use crate::features::users::input::listing::{SELECTED, SPEC};
use crate::web::list::State;

#[derive(Subcommand)]
pub enum What {
    /// Write the User List, or what a search and filters leave of it, as CSV; "import users" reads it again
    Users(Users),
}

#[derive(Args)]
pub struct Users {
    /// Search, filters, order and columns, as the address of the User List has them: "q=oxford&status=active&sort=-created"
    #[arg(long, value_name = "QUERY", default_value = "")]
    query: String,
    /// What separates the columns
    #[arg(long, value_name = "WORD", default_value = "comma", value_parser = Separator::ALL.map(Separator::code))]
    separator: String,
    /// The file to write, readable by its owner alone; it must not exist yet [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn users(app: &App, arguments: &Users) -> Result<ExitCode, String> {
    let state = State::parse(&SPEC, &arguments.query);
    if state.filter(SELECTED).is_some() {
        return Err(format!("nothing is selected on the command line: leave {SELECTED}=… out of --query"));
    }
    let separator = Separator::from_code(&arguments.separator).unwrap_or_default();
    let permit = Permit::<ExportUsers>::of_console(Origin::console(app.clock.now()));
    let written = match &arguments.output {
        None => export::to_stream(app, &permit, &state, separator, Stream(std::io::stdout().lock())),
        Some(path) => {
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            let mut file = file.map_err(|error| format!("cannot create {}: {error}", path.display()))?;
            export::to_stream(app, &permit, &state, separator, Stream(&mut file)).and_then(|written| {
                file.flush().and_then(|()| file.sync_all()).map(|()| written).map_err(|error| {
                    crate::refusal::Refusal::Broken(format!("cannot write {}: {error}", path.display()))
                })
            })
        }
    };
    let written = written.map_err(super::in_words)?;
    eprintln!("muster: {} users written", written.rows);
    Ok(ExitCode::SUCCESS)
}

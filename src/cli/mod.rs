//! The command line: every command calls actions, never queries. Errors go to standard error, one line; the exit status says whether it went well.

mod admin;
mod audit;
mod backup;
mod demo;
mod export;
mod import;
mod routes;
mod serve;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};

use crate::access::hashing::{Cost, HashingGate};
use crate::access::random::{Random, SystemRandom};
use crate::app::{App, Parts};
use crate::clock::Clock;
use crate::db;
use crate::refusal::Refusal;
use crate::settings::Settings;

/// Self-hosted web admin console: who are our users, which devices do they hold, and what may be done to them.
#[derive(Parser)]
#[command(name = "muster", version)]
struct Command {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    verb: Option<Verb>,
}

/// Settings. Each is also a variable MUSTER_… and a key in muster.toml.
#[derive(Args)]
struct Flags {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where browsers find this installation [default: http://localhost:8080]
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Where the database and its key are kept [default: ./data]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// postgres://… for PostgreSQL [default: SQLite in the data directory]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// The key ring [default: secret.key in the data directory]
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<String>,
    /// Certificate chain (PEM), to serve https directly
    #[arg(long, global = true, value_name = "FILE")]
    tls_cert: Option<String>,
    /// Private key (PEM) of the certificate
    #[arg(long, global = true, value_name = "FILE")]
    tls_key: Option<String>,
    /// Addresses or networks of proxies whose X-Forwarded-For counts, separated by commas
    #[arg(long, global = true, value_name = "NETWORKS")]
    trusted_proxies: Option<String>,
    /// How many days the audit is kept [default: 730]
    #[arg(long, global = true, value_name = "DAYS")]
    audit_days: Option<String>,
    /// A file of certificates (PEM) to trust besides the system's when mails are handed over
    #[arg(long, global = true, value_name = "FILE")]
    smtp_ca: Option<String>,
    /// Address that mails come from (muster@ the host of the public URL)
    #[arg(long, global = true, value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// text or json [default: text]
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Settings file [default: muster.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Verb {
    /// Run the server (the default)
    Serve,
    /// Create an administrator, or let one back in
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Bring the database's schema up to date, and stop
    Migrate,
    /// Bring people in from a file
    Import {
        #[command(subcommand)]
        what: import::What,
    },
    /// Take people out into a file
    Export {
        #[command(subcommand)]
        what: export::What,
    },
    /// Fill an empty installation with a made-up organisation: customers, people, roles, no passwords
    Demo {
        /// How many people
        #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
        users: u64,
    },
    /// Copy the database into a new file, while the server runs (SQLite; for PostgreSQL see the README)
    Backup {
        /// The new file; the key is not in it
        file: PathBuf,
    },
    /// Put a backup in the place of the database, which is kept beside it; ends all sessions and links
    Restore {
        /// The backup; on PostgreSQL none: run it after pg_restore
        file: Option<PathBuf>,
    },
    /// Check that the audit is as it was written
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Print every URL with its door and permission
    Routes,
}

impl Flags {
    fn settings(self) -> Result<Settings, String> {
        let pairs = [
            ("listen", self.listen),
            ("public_url", self.public_url),
            ("data_dir", self.data_dir),
            ("database_url", self.database_url),
            ("key_file", self.key_file),
            ("tls_cert", self.tls_cert),
            ("tls_key", self.tls_key),
            ("trusted_proxies", self.trusted_proxies),
            ("audit_days", self.audit_days),
            ("smtp_ca", self.smtp_ca),
            ("mail_from", self.mail_from),
            ("log_format", self.log_format),
        ];
        let flags: BTreeMap<&'static str, String> =
            pairs.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))).collect();
        Settings::read(flags, self.config.as_deref(), std::env::vars())
    }
}

/// Parses the arguments and runs the command.
pub fn run() -> ExitCode {
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(help) => help.exit(),
    };
    let status = dispatch(command).unwrap_or_else(|message| {
        eprintln!("muster: {message}");
        ExitCode::FAILURE
    });
    db::open_no_more();
    status
}

fn dispatch(command: Command) -> Result<ExitCode, String> {
    let verb = command.verb.unwrap_or(Verb::Serve);
    if matches!(verb, Verb::Routes) {
        return routes::print();
    }
    let settings = command.flags.settings()?;
    log_to_stderr(settings.log_json, matches!(verb, Verb::Serve));
    match verb {
        Verb::Routes => Ok(ExitCode::SUCCESS),
        Verb::Serve => serve::run(open(settings)?),
        Verb::Admin(command) => admin::run(open(settings)?, command),
        Verb::Migrate => open(settings).map(|_| ExitCode::SUCCESS),
        Verb::Import { what: import::What::Users(users) } => {
            import::check(&users)?;
            import::users(open(settings)?, &users)
        }
        Verb::Backup { file } => backup::back_up(&open(settings)?, &file),
        Verb::Restore { file } => backup::restore(settings, &SystemRandom, Clock::System.now(), file.as_deref(), open),
        Verb::Export { what: export::What::Users(users) } => export::users(&open(settings)?, &users),
        Verb::Audit(command) => audit::run(&open(settings)?, &command),
        Verb::Demo { users } => demo::run(&open(settings)?, users),
    }
}

fn open(settings: Settings) -> Result<App, String> {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let gate = HashingGate::new(Cost::PRODUCTION, random.clone());
    App::open(settings, Parts { gate, clock: Clock::System, random })
}

/// Logs to standard error: the server tells what it does, other commands only what goes wrong.
fn log_to_stderr(json: bool, talkative: bool) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;
    let ours = if talkative { LevelFilter::INFO } else { LevelFilter::WARN };
    let filter = Targets::new().with_default(LevelFilter::WARN).with_target("muster", ours);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(false);
    let registry = tracing_subscriber::registry().with(filter);
    if json { registry.with(layer.json().flatten_event(true)).init() } else { registry.with(layer).init() }
}

/// A refusal as a line for the person at the console.
fn in_words(refusal: Refusal) -> String {
    match refusal {
        Refusal::Broken(cause) => cause,
        other => other.to_string(),
    }
}

/// Writes a line for people or scripts to standard output.
fn say(line: &str) -> Result<(), String> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| format!("cannot write to standard output: {error}"))
}

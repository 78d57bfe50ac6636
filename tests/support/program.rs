//! The program itself, run as a person at a shell does.

use std::process::{Command, Output, Stdio};

use super::{Database, Site};

/// Runs the program to its end with these settings and no others of ours.
pub fn muster(database: &Database, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    prepared(database, arguments, settings).output().unwrap()
}

pub(super) fn prepared(database: &Database, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MUSTER_") || name == "CREDENTIALS_DIRECTORY")
    {
        command.env_remove(name);
    }
    command
        .current_dir(database.dir.path())
        .env("MUSTER_DATA_DIR", database.dir.path().join("data"))
        .stdin(Stdio::null());
    if let Some(url) = database.url() {
        command.env("MUSTER_DATABASE_URL", url);
    }
    command.envs(settings.iter().copied()).args(arguments);
    command
}

/// What a command said.
pub struct Said {
    pub status: Option<i32>,
    pub out: String,
    pub errors: String,
}

impl Said {
    /// The number behind a label of the output; 0 if it is not there.
    pub fn number(&self, label: &str) -> i64 {
        let line = self.out.lines().find_map(|line| line.strip_prefix(label)?.strip_prefix(": "));
        line.map_or(0, |number| number.parse().expect("a number"))
    }
}

impl Site {
    /// A command on the database of this site, beside its server.
    pub fn command(&self, arguments: &[&str]) -> Command {
        prepared(&self.database, arguments, &[("MUSTER_DATA_DIR", self.database.dir.path().to_str().unwrap())])
    }

    /// Runs it to its end.
    pub fn shell(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { status: output.status.code(), out: text(&output.stdout), errors: text(&output.stderr) }
    }
}

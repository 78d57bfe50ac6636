//! A real SMTP server beside a test: `smtp_server.py`, in the virtual environment that `tests/run` makes.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::in_repository;

/// Where `tests/run` puts Python with aiosmtpd.
const PYTHON: &str = "target/smtp/bin/python";

/// A running server; ends when dropped.
pub struct Smtp {
    process: Child,
    pub port: u16,
    pub folder: PathBuf,
    _home: Option<tempfile::TempDir>,
}

impl Drop for Smtp {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Smtp {
    /// Starts one. None: this machine has no aiosmtpd, which is said; where `tests/run` has made it, that is a failure.
    pub fn start(arguments: &[&str]) -> Option<Smtp> {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().to_owned();
        let mut smtp = Smtp::start_in(folder, arguments)?;
        smtp._home = Some(home);
        Some(smtp)
    }

    /// Starts one on a folder that is there.
    pub fn start_in(folder: PathBuf, arguments: &[&str]) -> Option<Smtp> {
        let python = in_repository(PYTHON);
        if !python.exists() {
            assert!(std::env::var_os("TESTS_RUN").is_none(), "tests/run made no {PYTHON}");
            eprintln!("SKIPPED: there is no {PYTHON} with aiosmtpd; tests/run makes one");
            return None;
        }
        let mut process = Command::new(python)
            .arg(in_repository("tests/support/smtp_server.py"))
            .arg(&folder)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the SMTP server says its port");
        Some(Smtp { process, port, folder, _home: None })
    }

    /// Ends it; its folder stays.
    pub fn stop(mut self) -> (PathBuf, Option<tempfile::TempDir>) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        (self.folder.clone(), self._home.take())
    }

    /// What it has got, each with the line of its envelope.
    pub fn mails(&self) -> Vec<String> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(&self.folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .collect();
        paths.sort();
        paths.iter().map(|path| String::from_utf8(std::fs::read(path).unwrap()).unwrap()).collect()
    }

    /// How many of these it has got for somebody.
    pub fn count(&self, email: &str) -> usize {
        self.mails().iter().filter(|mail| mail.lines().next() == Some(&format!("X-Envelope-To: {email}"))).count()
    }

    /// The certificates that its own was signed with.
    pub fn authority(&self) -> String {
        self.folder.join("ca.pem").to_str().unwrap().to_owned()
    }
}

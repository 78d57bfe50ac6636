//! The program itself, running as a server.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use super::program::prepared;
use super::{Database, Person, Place, Said};

/// Longer than a start or a clean stop may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `muster serve` with what it says; killed when dropped.
pub struct Served {
    process: Child,
    address: SocketAddr,
    out: PathBuf,
    errors: PathBuf,
}

impl Place for Served {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn token(&self, _seed: &str) -> String {
        panic!("no page here has a form")
    }
}

impl Served {
    /// Starts it and waits until it listens.
    pub fn start(database: &Database, settings: &[(&str, &str)]) -> Served {
        let (out, errors) = (database.dir.path().join("stdout"), database.dir.path().join("stderr"));
        let mut command = prepared(database, &["serve"], settings);
        command.env("MUSTER_LISTEN", "127.0.0.1:0");
        command.stdout(File::create(&out).unwrap()).stderr(File::create(&errors).unwrap());
        let mut process = command.spawn().unwrap();
        let begun = Instant::now();
        loop {
            let said = std::fs::read_to_string(&out).unwrap();
            let listening = said.lines().find_map(|line| line.strip_prefix("listening on http://"));
            if let (Some(address), true) = (listening, said.ends_with('\n')) {
                return Served { process, address: address.parse().unwrap(), out, errors };
            }
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?}: {}", std::fs::read_to_string(&errors).unwrap());
            assert!(begun.elapsed() < PATIENCE, "it does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The path of the link that it printed for the first administrator.
    #[track_caller]
    pub fn set_up_path(&self) -> String {
        let begun = Instant::now();
        loop {
            let said = std::fs::read_to_string(&self.out).unwrap();
            if let Some(link) = said.lines().nth(1).and_then(|line| line.split_once("http://localhost:8080")) {
                return link.1.to_owned();
            }
            assert!(begun.elapsed() < PATIENCE, "no set-up link: {said}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Somebody who has never been here.
    pub fn visitor(&self) -> Person<'_> {
        Person::new(self)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end, as a service manager does.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Asks it to end, waits, and gives all that it said.
    pub fn end(mut self) -> Said {
        self.terminate();
        let status = self.wait();
        let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
        Said { status: status.code(), out: read(&self.out), errors: read(&self.errors) }
    }

    fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

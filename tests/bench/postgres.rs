//! A PostgreSQL to measure on.

use std::process::Command;

/// A server that was there, or a private one that ends with this value.
pub struct Postgres {
    pub url: String,
    dir: Option<String>,
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/postgres");

impl Postgres {
    pub fn start() -> Postgres {
        if let Ok(url) = std::env::var("MUSTER_TEST_DATABASE_URL") {
            return Postgres { url, dir: None };
        }
        // Durable, as a real one: the time that the made-up organisation takes is a figure too.
        let said = Command::new(SCRIPT).args(["start", "durable"]).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let said = String::from_utf8(said.stdout).unwrap();
        let mut lines = said.lines().map(ToOwned::to_owned);
        let dir = lines.next();
        Postgres { url: lines.next().unwrap(), dir }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(dir) = &self.dir {
            let _ = Command::new(SCRIPT).args(["stop", dir]).status();
        }
    }
}

//! PostgreSQL's own programs, of the newest version that is installed, and a server for one test alone.

use std::path::PathBuf;
use std::process::Command;

/// Runs one to its end; it must go well.
#[track_caller]
pub fn postgres_tool(name: &str, arguments: &[&str]) {
    let mut versions: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").unwrap().map(|entry| entry.unwrap().path()).collect();
    versions.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    let program = versions.last().expect("a PostgreSQL").join("bin").join(name);
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A server that a test may stop; gone when dropped.
pub struct PostgresServer {
    dir: String,
    /// Of a superuser.
    pub url: String,
}

fn script(arguments: &[&str]) -> String {
    let output = Command::new(super::in_repository("tests/support/postgres")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

impl PostgresServer {
    pub fn start() -> PostgresServer {
        let said = script(&["start"]);
        let (dir, url) = said.trim().split_once('\n').unwrap();
        PostgresServer { dir: dir.to_owned(), url: url.to_owned() }
    }

    /// Its processes, the first of them the postmaster.
    fn processes(&self) -> Vec<String> {
        let file = std::fs::read_to_string(format!("{}/data/postmaster.pid", self.dir)).unwrap();
        let postmaster = file.lines().next().unwrap().to_owned();
        let children = std::fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap();
        let mut all = vec![postmaster];
        all.extend(children.split_whitespace().map(str::to_owned));
        all
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(signal).args(self.processes()).status().unwrap();
        assert!(sent.success());
    }

    /// It stays where it is and answers nobody.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    pub fn restart(&self) {
        script(&["restart", &self.dir]);
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg("-CONT").args(self.processes()).output();
        script(&["stop", &self.dir]);
    }
}

//! The program itself, as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::ground::Ground;

/// A running server; it ends with this value.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process until it listens.
    pub listening_after: Duration,
}

/// The program with the settings of a ground and no others.
pub fn muster(ground: &Ground, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MUSTER_")) {
        command.env_remove(name);
    }
    if let Some(url) = &ground.url {
        command.env("MUSTER_DATABASE_URL", url);
    }
    command.env("MUSTER_DATA_DIR", &ground.dir).env("MUSTER_LISTEN", "127.0.0.1:0").current_dir(&ground.dir);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

impl Server {
    pub fn start(ground: &Ground) -> Server {
        let began = Instant::now();
        let mut child = muster(ground, &["serve"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let listening_after = began.elapsed();
        // Whatever else it says is read away, lest it wait for us.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let address = line.trim().rsplit_once("//").unwrap().1.parse().unwrap();
        Server { child, address, listening_after }
    }

    /// Mebibytes of memory held now.
    pub fn memory(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most that was ever held, in mebibytes.
    pub fn peak_memory(&self) -> f64 {
        self.status("VmHWM:")
    }

    fn status(&self, key: &str) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

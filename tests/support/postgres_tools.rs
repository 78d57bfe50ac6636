//! PostgreSQL's own programs, of the newest version that is installed.

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

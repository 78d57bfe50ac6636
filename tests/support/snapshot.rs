//! Tables that are committed for people to read, and compared with what the program says.

use super::in_repository;

/// Compares `text` with a committed file; with `REWRITE_SNAPSHOTS` set, writes it instead.
pub fn agrees_with_file(path: &str, text: &str) {
    let file = in_repository(path);
    if std::env::var_os("REWRITE_SNAPSHOTS").is_some() {
        std::fs::write(&file, text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differences: Vec<String> = kept
        .lines()
        .filter(|line| !text.lines().any(|other| other == *line))
        .map(|line| format!("- {line}"))
        .chain(text.lines().filter(|line| !kept.lines().any(|other| other == *line)).map(|line| format!("+ {line}")))
        .collect();
    assert!(
        kept == text,
        "{path} does not say what the program does. If that is meant: REWRITE_SNAPSHOTS=1 cargo test --test suite house\n{}",
        differences.join("\n")
    );
}

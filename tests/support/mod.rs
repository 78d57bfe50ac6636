//! What tests are written with: a [`Site`] on a fresh database, [`Person`]s who use it, and what they get to read.

mod answer;
mod audit;
mod client;
mod console;
mod crowd;
mod database;
mod form;
mod importing;
mod jobs;
mod member;
mod multipart;
mod person;
mod postgres_tools;
mod program;
mod samples;
mod served;
mod site;
mod smtp;
mod snapshot;
mod statements;

pub use answer::Answer;
pub use client::{everything, exchange, request};
pub use console::now;
pub use crowd::together;
pub use database::{Database, on_postgres};
pub use form::encoded;
pub use importing::{Import, count};
pub use member::{Member, PASSWORD, code_of_key, hashed};
pub use multipart::{BOUNDARY, Part, multipart};
pub use person::{Person, Place, Role};
pub use postgres_tools::{PostgresServer, postgres_tool};
pub use program::{Said, muster};
pub use samples::UserSample;
pub use served::Served;
pub use site::Site;
pub use smtp::Smtp;
pub use snapshot::agrees_with_file;

/// A path inside the repository.
pub fn in_repository(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every file below a folder of the repository with this ending, as path from the repository and text.
pub fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = paths_below(folder)
        .into_iter()
        .filter(|path| path.ends_with(ending))
        .map(|path| (path.clone(), std::fs::read_to_string(in_repository(&path)).unwrap()))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no {ending} below {folder}");
    found
}

/// Every file below a folder of the repository, but for what npm installs.
pub fn paths_below(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![in_repository(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name() != Some("node_modules".as_ref()) {
                    folders.push(path);
                }
            } else {
                found.push(path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found
}

//! The data directory: private, marked as one that was used, and held while somebody works in it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Says that nobody may put another database in place; released when dropped, or by the system when the process dies.
#[derive(Debug)]
pub struct Held {
    _folder: File,
}

/// Makes the folder, for its owner alone; leaves one that is there.
pub fn make_private(dir: &Path) -> Result<(), String> {
    if dir.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| format!("cannot create the data directory {}: {error}", dir.display()))
}

/// Creates the file with mode 0600 before SQLite would create it with a wider one; leaves what is there.
pub fn keep_private(path: &Path) -> Result<(), String> {
    if path.exists() { Ok(()) } else { new_file(path).map(drop) }
}

/// A new file that only its owner may read.
///
/// # Errors
/// One line when it cannot be made, or is there already.
pub fn new_file(path: &Path) -> Result<File, String> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| format!("cannot create {}: {error}", path.display()))
}

/// The folder of a file: names in it are written and synced there.
pub fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// Makes what was created, renamed or removed in a folder durable.
pub fn sync_folder(folder: &Path) -> Result<(), String> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| format!("cannot sync {}: {error}", folder.display()))
}

/// Holds a folder beside others who work with the database in it.
pub fn hold(folder: &Path) -> Result<Held, String> {
    let file = open(folder)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(Held { _folder: file }),
        Err(TryLockError::WouldBlock) => {
            Err(format!("a backup is being restored in {}: start again when it is done", folder.display()))
        }
        Err(TryLockError::Error(error)) => Err(cannot_hold(folder, &error)),
    }
}

/// Holds a folder alone.
pub fn hold_alone(folder: &Path) -> Result<Held, String> {
    let file = open(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(Held { _folder: file }),
        Err(TryLockError::WouldBlock) => {
            Err(format!("a server or another command is using {}: stop it first", folder.display()))
        }
        Err(TryLockError::Error(error)) => Err(cannot_hold(folder, &error)),
    }
}

fn open(folder: &Path) -> Result<File, String> {
    File::open(folder).map_err(|error| format!("cannot open the folder {}: {error}", folder.display()))
}

fn cannot_hold(folder: &Path, error: &std::io::Error) -> String {
    format!("cannot lock the folder {}: {error}", folder.display())
}

/// The file that says that a database was made here.
pub fn marker(data_dir: &Path) -> PathBuf {
    data_dir.join("installation")
}

/// Notes that a database was made here.
pub fn mark(data_dir: &Path) -> Result<(), String> {
    let marker = marker(data_dir);
    if marker.exists() {
        return Ok(());
    }
    std::fs::write(
        &marker,
        "The database of this folder was made. Without this file a lost database would be made anew and empty, unnoticed:\nremove it only to start over (README, \"Running it for good\").\n",
    )
    .map_err(|error| format!("cannot write {}: {error}", marker.display()))
}

//! `muster backup FILE`

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Examined, examine};
use crate::access::Origin;
use crate::app::App;
use crate::data_dir::{folder_of, sync_folder};
use crate::db::{Target, snapshot, sqlite};
use crate::features::audit::actions::record;
use crate::features::audit::model::{BACKUP, Change, Entry};
use crate::features::imports::actions::shell::patiently;

/// Copies the database of a running installation into a new file, which is there only once it is whole, examined and durable.
///
/// # Errors
/// One line: it is PostgreSQL, the file exists, it cannot be written, or the copy is not sound.
pub fn back_up(app: &App, file: &Path) -> Result<Examined, String> {
    let Target::Sqlite(database) = app.db.target() else {
        return Err("a PostgreSQL database is backed up with pg_dump (README, \"Backup and restore\")".into());
    };
    let taken = || format!("{} exists already; nothing is overwritten", file.display());
    if file.symlink_metadata().is_ok() {
        return Err(taken());
    }
    let partial = Partial::of(file)?;
    snapshot::copy(database, &partial.path)?;
    let examined = sqlite::open_plain(&partial.path)
        .and_then(|mut conn| examine(&mut conn, &app.keys, app.clock.now()))
        .map_err(|fault| format!("the copy is not sound, so it was not kept: {fault}"))?;
    partial.keep(file).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => taken(),
        _ => format!("cannot write {}: {error}", file.display()),
    })?;
    sync_folder(&folder_of(file))?;
    let origin = Origin::console(app.clock.now());
    let entry = Entry::new(BACKUP, "installation", 0).changes(vec![Change::new("file", "", file.to_string_lossy())]);
    patiently(|| {
        let (origin, entry) = (origin.clone(), entry.clone());
        app.db.write_now(move |conn| record(conn, &origin, &entry).map(drop))
    })
    .map_err(|refusal| format!("{} is written, but not in the audit: {refusal}", file.display()))?;
    Ok(examined)
}

/// A file on its way, beside the one that it becomes; it goes away unless it is kept. Locked, so that two backups into one file do not mix.
struct Partial {
    path: PathBuf,
    _lock: File,
}

impl Partial {
    fn of(file: &Path) -> Result<Partial, String> {
        let mut name = file.as_os_str().to_owned();
        name.push(".partial");
        let path = PathBuf::from(name);
        let cannot = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
        let lock =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(cannot)?;
        lock.try_lock().map_err(|_| format!("another backup is writing {}", path.display()))?;
        // What a backup left behind that was killed.
        lock.set_len(0).map_err(cannot)?;
        Ok(Partial { path, _lock: lock })
    }

    /// Gives it its name, if nothing has it yet.
    fn keep(&self, file: &Path) -> std::io::Result<()> {
        match std::fs::hard_link(&self.path, file) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists && file.symlink_metadata().is_err() => {
                // A file system without links.
                std::fs::rename(&self.path, file)
            }
            linked => linked,
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

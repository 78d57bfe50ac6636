//! `muster restore FILE`

use std::fs::{hard_link, remove_file, rename};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Examined, examine};
use crate::access::keyring::KeyRing;
use crate::access::{Origin, purge};
use crate::app::{self, App};
use crate::data_dir::{self, folder_of, new_file, sync_folder};
use crate::db::migrate::{self, Part};
use crate::db::snapshot::{fold_log, is_sqlite_file, log_of, shared_memory_of};
use crate::db::{Conn, Db, Target, snapshot};
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry, RESTORE};
use crate::features::{imports, mail};
use crate::jobs::lease;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::web::dates::iso;

/// What was handed out before and is good no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    pub sessions: usize,
    pub links: usize,
}

/// What was put in place, and where that is which was there before.
#[derive(Debug)]
pub struct Restored {
    pub examined: Examined,
    pub ended: Ended,
    pub before: Option<PathBuf>,
}

/// Puts a backup in the place of the SQLite database. It is copied, examined and brought up to date first; the database that was there is kept beside it.
///
/// # Errors
/// One line, and nothing was changed: the file is no backup of ours or not sound, the key is another, somebody uses the database.
pub fn restore(settings: &Settings, keys: &KeyRing, now: i64, file: &Path) -> Result<Restored, String> {
    let Target::Sqlite(database) = &settings.database else {
        return Err("a PostgreSQL database is restored with pg_restore; then `muster restore` without a file ends its sessions and links (README, \"Backup and restore\")".into());
    };
    if !is_sqlite_file(file)? {
        return Err(format!("{} is not a SQLite database", file.display()));
    }
    if log_of(file).metadata().is_ok_and(|log| log.len() > 0) {
        return Err(format!(
            "{} lies beside {}: it is a database in use or broken off, not a backup",
            log_of(file).display(),
            file.display()
        ));
    }
    let folder = folder_of(database);
    let _alone = data_dir::hold_alone(&folder)?;
    let coming = Coming::copy(file, database)?;
    let about = |fault: String| format!("{} cannot be restored: {fault}", file.display());
    let (examined, ended) = prepare(&coming.path, keys, now, file).map_err(about)?;
    let before = put_in_place(&coming.path, database, now)?;
    data_dir::mark(&settings.data_dir)?;
    Ok(Restored { examined, ended, before })
}

/// Ends what a PostgreSQL database that was just restored by its own tools still takes for good.
///
/// # Errors
/// The database cannot be used.
pub fn after_pg_restore(app: &App) -> Result<Ended, String> {
    let now = app.clock.now();
    app.db.write_now(move |conn| settle(conn, now, "pg_restore")).map_err(|refusal| refusal.to_string())
}

/// Ends sessions, links and whatever else was handed out since or before, and says so in the audit.
fn settle(conn: &mut Conn, now: i64, from: &str) -> Result<Ended, Refusal> {
    let (sessions, links) = purge::all_that_is_out(conn, now)?;
    lease::free_all(conn)?;
    mail::queries::doubt_all(conn, now)?;
    let change = Change::new("file", "", from);
    record(conn, &Origin::console(now), &Entry::new(RESTORE, "installation", 0).changes(vec![change]))?;
    Ok(Ended { sessions, links })
}

/// Brings a copy to where it can be served from.
fn prepare(path: &Path, keys: &KeyRing, now: i64, file: &Path) -> Result<(Examined, Ended), String> {
    let told = |refusal: Refusal| match refusal {
        Refusal::Broken(cause) => cause,
        other => other.to_string(),
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let db = Db::open(Target::Sqlite(path.to_owned()))?;
    let prepared = (|| {
        if !db.read_now(migrate::begun).map_err(told)? {
            return Err("it is a SQLite database, but not one of Muster".into());
        }
        let fault = db.with_writer(|conn| match conn {
            Conn::Sqlite(c) => snapshot::fault(c).map_err(|error| error.to_string()),
            Conn::Postgres(_) => Ok(None),
        })?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        let kept = app::in_use(&db)?.ok_or("it is empty")?;
        app::check_key(keys, kept)?;
        db.with_writer(|conn| migrate::run(conn, Part::Main))?;
        let ended = db
            .write_now(move |conn| {
                imports::queries::end_all(conn, "A backup was restored, which holds no files of imports.", now)?;
                settle(conn, now, &name)
            })
            .map_err(told)?;
        let examined = db.with_writer(|conn| examine(conn, keys, now))?;
        Ok((examined, ended))
    })();
    drop(db);
    let prepared = prepared?;
    fold_log(path)?;
    Ok(prepared)
}

/// Exchanges the files. Whenever it is killed, either the old database or the new one is in place, whole and with its own log.
fn put_in_place(coming: &Path, database: &Path, now: i64) -> Result<Option<PathBuf>, String> {
    let folder = folder_of(database);
    let stamp = iso(now).replace(':', "-");
    let kept = |path: &Path| with_ending(path, &format!(".before-{stamp}"));
    let cannot = |error: std::io::Error| format!("cannot exchange the databases in {}: {error}", folder.display());
    let before = database.exists().then(|| kept(database));
    if let Some(before) = &before {
        // One that cannot be opened any more is kept as it is, with its log.
        if fold_log(database).is_err() && log_of(database).exists() {
            hard_link(log_of(database), log_of(before)).map_err(cannot)?;
        }
        hard_link(database, before).map_err(cannot)?;
    }
    // Rows staged for imports belong to the database that goes.
    let staging = database.with_extension("staging.sqlite");
    if staging.exists() {
        let _ = fold_log(&staging);
        rename(&staging, kept(&staging)).map_err(cannot)?;
    }
    for path in [database, &staging] {
        for left in [log_of(path), shared_memory_of(path)] {
            if left.exists() {
                remove_file(left).map_err(cannot)?;
            }
        }
    }
    sync_folder(&folder)?;
    rename(coming, database).map_err(cannot)?;
    sync_folder(&folder)?;
    Ok(before)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The copy that is examined, beside the database; gone in the end, unless it has become the database.
struct Coming {
    path: PathBuf,
}

impl Coming {
    fn copy(file: &Path, database: &Path) -> Result<Coming, String> {
        let coming = Coming { path: with_ending(database, ".restoring") };
        coming.clear();
        let mut copy = new_file(&coming.path)?;
        let mut from = std::fs::File::open(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        std::io::copy(&mut from, &mut copy)
            .and_then(|_| copy.flush())
            .and_then(|()| copy.sync_all())
            .map_err(|error| format!("cannot copy {} to {}: {error}", file.display(), coming.path.display()))?;
        Ok(coming)
    }

    fn clear(&self) {
        for path in [self.path.clone(), log_of(&self.path), shared_memory_of(&self.path)] {
            let _ = remove_file(path);
        }
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.clear();
    }
}

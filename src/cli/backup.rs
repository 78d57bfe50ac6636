//! `muster backup FILE` and `muster restore FILE`

use std::path::Path;
use std::process::ExitCode;

use super::say;
use crate::access::random::Random;
use crate::app::{self, App};
use crate::db::Target;
use crate::features::backups::actions::{self, Ended};
use crate::settings::Settings;
use crate::web::list::grouped;

/// Makes a backup and says what is in it.
pub fn back_up(app: &App, file: &Path) -> Result<ExitCode, String> {
    let examined = actions::back_up(app, file)?;
    say(&format!("{} users: backed up to {}", grouped(examined.users), file.display()))?;
    eprintln!("the key is not in it: keep a copy of {} elsewhere", app.settings.key_file.display());
    Ok(ExitCode::SUCCESS)
}

/// Puts a backup in place; on PostgreSQL, without a file, ends what pg_restore brought back.
pub fn restore(
    settings: Settings,
    random: &dyn Random,
    now: i64,
    file: Option<&Path>,
    open: impl FnOnce(Settings) -> Result<App, String>,
) -> Result<ExitCode, String> {
    let file = match (file, &settings.database) {
        (Some(file), _) => file,
        (None, Target::Sqlite(_)) => return Err("which file? muster restore FILE".into()),
        (None, Target::Postgres(_)) => {
            told(actions::after_pg_restore(&open(settings)?)?)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let keys = app::key_ring(&settings, random, false)?;
    let restored = actions::restore(&settings, &keys, now, file)?;
    say(&format!("{} users: restored from {}", grouped(restored.examined.users), file.display()))?;
    told(restored.ended)?;
    if let Some(before) = restored.before {
        eprintln!("the database that was there before is kept as {}", before.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn told(ended: Ended) -> Result<(), String> {
    say(&format!("sessions ended: {}", ended.sessions))?;
    say(&format!("links voided: {}", ended.links))
}

//! `muster demo --users N`

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::app::App;
use crate::features::demo::actions;
use crate::web::list::grouped;

/// Fills an empty installation with a made-up organisation.
pub fn run(app: &App, users: u64) -> Result<ExitCode, String> {
    let begun = Instant::now();
    let mut said = begun;
    let count = |number: u64| grouped(i64::try_from(number).unwrap_or(i64::MAX));
    let progress = move |done: u64| {
        if said.elapsed() >= Duration::from_secs(1) {
            said = Instant::now();
            eprintln!("{} of {} users", count(done), count(users));
        }
    };
    let filled = actions::fill(&app.db, users, app.clock.now(), progress).map_err(|refusal| refusal.to_string())?;
    super::say(&format!(
        "{} users of {} customers were made up in {:.1} s; none of them has a password, and about one in a hundred is deleted",
        count(filled.people),
        count(filled.customers as u64),
        begun.elapsed().as_secs_f64()
    ))?;
    Ok(ExitCode::SUCCESS)
}

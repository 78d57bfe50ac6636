//! `muster routes`

use std::process::ExitCode;

use crate::routes::site;

/// Prints the site map.
pub fn print() -> Result<ExitCode, String> {
    for route in site() {
        let permission = route.permission.map_or("-", |permission| permission.word());
        let step_up = if route.step_up { "  step-up" } else { "" };
        super::say(&format!(
            "{:<5} {:<32} {:<15} {permission}{step_up}",
            route.method.as_str(),
            route.path,
            route.door.word()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

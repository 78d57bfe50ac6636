//! The pages of an import: one address, one page for each state it can be in.

mod cells;
pub mod changes;
pub mod corrections;
mod gift;
pub mod mapping;
pub mod new;
mod preview;
mod progress;
pub mod refused;
mod result;
mod rows;
pub mod show;

use std::time::Duration;

use actix_web::web;

use super::actions;
use super::model::Import;
use crate::access::Permit;
use crate::access::permit::ImportUsers;
use crate::app::App;
use crate::refusal::Refusal;
use crate::web::shell::Crumb;

/// A small file is through before its sender has looked up: so long an answer waits for the job, a look at a time.
const WORTH_WAITING: Duration = Duration::from_millis(700);
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// The address of an import.
fn address(id: i64) -> String {
    format!("/users/import/{id}")
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("User List", "/users"), Crumb::here("Import User")]
}

async fn own(app: &web::Data<App>, permit: &Permit<ImportUsers>, id: i64) -> Result<Import, Refusal> {
    let permit = permit.clone();
    app.db.read(move |conn| actions::own(conn, &permit, id)).await
}

/// Wakes the workers, and waits a moment in case that is all it takes.
async fn hand_over(app: &web::Data<App>, permit: &Permit<ImportUsers>, id: i64) {
    app.bell.ring();
    let until = tokio::time::Instant::now() + WORTH_WAITING;
    while tokio::time::Instant::now() < until {
        tokio::time::sleep(LOOK_EVERY).await;
        if own(app, permit, id).await.is_ok_and(|import| !import.state().is_under_way()) {
            return;
        }
    }
}

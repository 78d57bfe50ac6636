//! Pages of users.

pub mod activation;
pub mod bulk_edit;
pub mod create;
pub mod deleted;
pub mod deletion;
pub mod edit;
pub mod export;
pub mod group_choice;
pub mod group_removal;
pub mod group_selection;
pub mod groups;
mod groups_offered;
pub mod index;
pub mod mails;
pub mod password;
pub mod paste;
pub mod rights;
pub mod roles;
pub mod show;
pub mod status;
pub mod two_factor;
pub mod unlock;
mod why_not;

use actix_web::web;

use super::actions::{is_probe, record_probe};
use super::model::User;
use crate::access::Origin;
use crate::app::App;
use crate::refusal::Refusal;
use crate::web::shell::Crumb;

/// The way to a page about a user.
fn crumbs(user: &User, here: &str) -> Vec<Crumb> {
    vec![Crumb::new("User List", "/users"), Crumb::new(user.title(), format!("/users/{}", user.id)), Crumb::here(here)]
}

/// The way to a page about a user's groups.
fn group_crumbs(user: &User, here: &str) -> Vec<Crumb> {
    let mut crumbs = crumbs(user, here);
    crumbs.insert(2, Crumb::new("Groups", format!("/users/{}/groups", user.id)));
    crumbs
}

/// Audits that somebody was told an address is taken outside their scope; the refused write itself left nothing behind.
async fn noting_probes<T>(app: &web::Data<App>, origin: &Origin, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
    if outcome.as_ref().is_err_and(is_probe) {
        let origin = origin.clone();
        app.db.write(move |conn| record_probe(conn, &origin)).await?;
    }
    outcome
}

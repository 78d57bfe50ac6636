//! Pages of users.

pub mod activation;
pub mod bulk_edit;
pub mod create;
pub mod deleted;
pub mod deletion;
pub mod edit;
pub mod export;
pub mod index;
pub mod paste;
pub mod roles;
pub mod selection;
pub mod show;
pub mod status;
pub mod unlock;

use actix_web::web;

use super::actions::{is_probe, record_probe};
use crate::access::Origin;
use crate::app::App;
use crate::refusal::Refusal;

/// Audits that somebody was told an address is taken outside their scope; the refused write itself left nothing behind.
async fn noting_probes<T>(app: &web::Data<App>, origin: &Origin, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
    if outcome.as_ref().is_err_and(is_probe) {
        let origin = origin.clone();
        app.db.write(move |conn| record_probe(conn, &origin)).await?;
    }
    outcome
}

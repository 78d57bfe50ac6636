//! A file on its way: unless it arrives, nothing of it stays.

use actix_web::web;

use super::purge;
use crate::app::App;
use crate::features::imports::queries;
use crate::refusal::Refusal;

/// Held while a file arrives. Dropped before [`Arriving::arrived`], it takes away what had arrived, whatever broke the upload off.
pub struct Arriving {
    app: web::Data<App>,
    id: i64,
    has_arrived: bool,
}

impl Arriving {
    pub fn new(app: &web::Data<App>, id: i64) -> Arriving {
        Arriving { app: app.clone(), id, has_arrived: false }
    }

    pub fn arrived(mut self) {
        self.has_arrived = true;
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        // A server that ends leaves it to house-keeping.
        if self.has_arrived || tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let (app, id) = (self.app.clone(), self.id);
        drop(web::block(move || {
            if let Err(refusal) = take_away(&app, id) {
                tracing::warn!(?refusal, "an upload that broke off is left to house-keeping");
            }
        }));
    }
}

fn take_away(app: &App, id: i64) -> Result<(), Refusal> {
    purge::staged(app, id)?;
    app.db.write_now(move |conn| queries::delete_unarrived(conn, id))?;
    // Another chunk may have been on its way to the database.
    purge::staged(app, id)
}

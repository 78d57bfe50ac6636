//! `muster serve`

use std::process::ExitCode;

use actix_web::web;

use crate::access::Origin;
use crate::app::{self, App};
use crate::features::sign_in;
use crate::jobs::Workers;

/// Runs the server until it is told to stop; a clean stop lets requests and jobs end.
pub fn run(app: App) -> Result<ExitCode, String> {
    let scheme = if app.settings.tls.is_some() { "https" } else { "http" };
    let app = web::Data::new(app);
    actix_web::rt::System::new().block_on(async move {
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        let bound = app::bind(app.clone(), workers)?;
        let jobs = Workers::start(app.clone())?;
        super::say(&format!("listening on {scheme}://{}", bound.address))?;
        let (inside, origin) =
            (app.clone(), Origin { actor_name: "server".into(), ..Origin::console(app.clock.now()) });
        let link = app
            .db
            .write(move |conn| {
                App::note_public_url(conn, &inside.settings.public.origin())?;
                sign_in::actions::set_up_link(conn, &inside, &origin)
            })
            .await;
        if let Some(link) = link.map_err(|refusal| format!("no set-up link: {refusal}"))? {
            super::say(&format!("set up the first administrator: {link}"))?;
        }
        let outcome = bound.server.await;
        jobs.stop();
        outcome.map_err(|error| format!("the server stopped: {error}"))?;
        Ok(ExitCode::SUCCESS)
    })
}

//! `muster serve`

use std::process::ExitCode;

use actix_web::dev::ServerHandle;
use actix_web::web;
use futures_util::future::{Either, select};
use tokio::signal::unix::{SignalKind, signal};

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
        stop_when_told(bound.server.handle())?;
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

/// Ends the server when the process is told to: terminated, it lets requests end; interrupted, it does not wait for them. Listens at once, not when the
/// server first runs: who reads that it is listening may stop it.
fn stop_when_told(server: ServerHandle) -> Result<(), String> {
    let listen = |kind| signal(kind).map_err(|error| format!("cannot listen for signals: {error}"));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    actix_web::rt::spawn(async move {
        let told = select(Box::pin(terminate.recv()), Box::pin(interrupt.recv())).await;
        server.stop(matches!(told, Either::Left(_))).await;
    });
    Ok(())
}

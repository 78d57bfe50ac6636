//! `POST /logout`.

use actix_web::web;

use crate::access::{Anyone, session};
use crate::app::App;
use crate::features::audit::actions::record;
use crate::features::audit::model::Entry;
use crate::features::sign_in::pieces::put;
use crate::web::answer::{Answer, see_saying};
use crate::web::cookies::Jar;
use crate::web::forms::{Form, Nothing};
use crate::web::shell::FlashKind;

/// Ends the session, if there still is one; who comes late with theirs is out already.
pub async fn submit(anyone: Anyone, _: Form<Nothing>, app: web::Data<App>) -> Answer {
    let Anyone { session, origin } = anyone;
    if let Some(session) = session {
        app.db
            .write(move |conn| {
                session::forget(conn, &session)?;
                record(conn, &origin, &Entry::new("sign-out", "user", session.actor.id)).map(drop)
            })
            .await?;
    }
    let mut response = see_saying(&app, "/login", FlashKind::Success, "You are signed out.");
    put(&mut response, Jar::Session.removal(&app.settings.public));
    Ok(response)
}

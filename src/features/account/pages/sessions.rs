//! Ending one's own sessions: one, or all others.

use actix_web::web;

use crate::access::SignedIn;
use crate::app::App;
use crate::features::account::actions;
use crate::web::answer::{Answer, see, see_saying};
use crate::web::forms::{Form, Nothing};
use crate::web::shell::FlashKind;

pub async fn end(who: SignedIn, _form: Form<Nothing>, id: web::Path<i64>, app: web::Data<App>) -> Answer {
    let (origin, user_id, id) = (who.origin, who.session.actor.id, id.into_inner());
    let here = id == who.session.id;
    app.db.write(move |conn| actions::end_session(conn, &origin, user_id, id)).await?;
    match here {
        true => Ok(see("/login")),
        false => Ok(see_saying(&app, "/account", FlashKind::Success, "The session has ended.")),
    }
}

pub async fn end_others(who: SignedIn, _form: Form<Nothing>, app: web::Data<App>) -> Answer {
    let SignedIn { session, origin } = who;
    let ended = app.db.write(move |conn| actions::end_other_sessions(conn, &origin, &session)).await?;
    let text = match ended {
        0 => "You were signed in nowhere else.".to_owned(),
        1 => "One other session has ended.".to_owned(),
        n => format!("{n} other sessions have ended."),
    };
    Ok(see_saying(&app, "/account", FlashKind::Success, text))
}

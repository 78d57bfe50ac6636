//! `POST /account/keyboard`: single-key shortcuts on or off.

use actix_web::web;

use crate::access::SignedIn;
use crate::app::App;
use crate::features::account::actions;
use crate::features::account::input::Keyboard;
use crate::web::answer::{Answer, see_saying};
use crate::web::forms::Form;
use crate::web::shell::FlashKind;

pub async fn submit(who: SignedIn, form: Form<Keyboard>, app: web::Data<App>) -> Answer {
    let (origin, actor, on) = (who.origin, who.session.actor.clone(), form.0.single_keys());
    app.db.write(move |conn| actions::set_single_keys(conn, &origin, &actor, on)).await?;
    let text = if on { "Single-key shortcuts are on." } else { "Single-key shortcuts are off." };
    Ok(see_saying(&app, "/account", FlashKind::Success, text))
}

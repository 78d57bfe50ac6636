//! `POST /users/{id}/unlock`: somebody who is held back may try again.

use actix_web::web;

use crate::access::Permit;
use crate::access::permit::UnlockUsers;
use crate::app::App;
use crate::features::users::actions;
use crate::web::answer::{Answer, see_saying};
use crate::web::forms::{Form, Nothing};
use crate::web::shell::FlashKind;

pub async fn create(
    permit: Permit<UnlockUsers>,
    _form: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = id.into_inner();
    let (user, was_held) = app.db.write(move |conn| actions::unlock(conn, &permit, id)).await?;
    let (kind, said) = match was_held {
        true => (FlashKind::Success, format!("{} may try to sign in again.", user.title())),
        false => (FlashKind::Notice, format!("{} was not held back.", user.title())),
    };
    Ok(see_saying(&app, &format!("/users/{id}"), kind, said))
}

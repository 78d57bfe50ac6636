//! `POST /users/{id}/status`: enable, disable.

use actix_web::web;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::ChangeStatus;
use crate::app::App;
use crate::features::users::actions;
use crate::features::users::input::Status;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, see_saying};
use crate::web::forms::Form;
use crate::web::shell::FlashKind;

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Input {
    status: String,
}

pub async fn update(
    permit: Permit<ChangeStatus>,
    form: Form<Input>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = id.into_inner();
    let wanted = Status::parse(&form.0.status);
    let user = app
        .db
        .write(move |conn| {
            crate::features::users::queries::find(conn, permit.scope(), id)?;
            let status = wanted.map_err(|error| Refusal::Unfit(error.message))?;
            actions::set_status(conn, &permit, id, status)
        })
        .await?;
    let done = match user.status() {
        Status::Active => format!("{} is active again.", user.title()),
        Status::Disabled => format!("{} is disabled: signed out everywhere, and may not sign in.", user.title()),
    };
    Ok(see_saying(&app, &format!("/users/{id}"), FlashKind::Success, done))
}

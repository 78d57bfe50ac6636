//! `POST /users/deletions`: plans to delete, and shows that plan.

use actix_web::web;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::DeleteUsers;
use crate::app::App;
use crate::features::users::actions::bulk;
use crate::features::users::input::listing::LIST;
use crate::web::answer::{Answer, see};
use crate::web::forms::Form;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    pub(super) id: Vec<i64>,
    /// The name of the list whose selection is meant, instead of ids.
    pub(super) selection: String,
}

pub async fn plan(permit: Permit<DeleteUsers>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let Form(Ticked { id: ids, selection }) = form;
    let id = app
        .db
        .write(move |conn| match selection == LIST {
            true => bulk::plan_deletion_of_selection(conn, &permit),
            false => bulk::plan_deletion(conn, &permit, &ids),
        })
        .await?;
    app.bell.ring();
    Ok(see(&format!("/operations/{id}")))
}

//! `POST /users/recovery-mails`: plans to mail who is ticked a link to choose a password, and shows that plan.

use actix_web::web;

use super::deletion::Ticked;
use crate::access::Permit;
use crate::access::permit::SetPasswords;
use crate::app::App;
use crate::features::users::actions::bulk;
use crate::features::users::input::listing::LIST;
use crate::web::answer::{Answer, see};
use crate::web::forms::Form;

pub async fn plan(permit: Permit<SetPasswords>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let Form(Ticked { id: ids, selection }) = form;
    let id = app
        .db
        .write(move |conn| match selection == LIST {
            true => bulk::plan_mails_to_selection(conn, &permit),
            false => bulk::plan_mails(conn, &permit, &ids),
        })
        .await?;
    app.bell.ring();
    Ok(see(&format!("/operations/{id}")))
}

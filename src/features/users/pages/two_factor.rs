//! `POST /users/two-factor-resets`: plans to reset the 2FA of who is ticked, and shows that plan.

use actix_web::web;

use super::deletion::Ticked;
use crate::access::Permit;
use crate::access::permit::ResetTwoFactor;
use crate::app::App;
use crate::features::users::actions::bulk;
use crate::features::users::input::listing::LIST;
use crate::web::answer::{Answer, see};
use crate::web::forms::Form;

pub async fn plan(permit: Permit<ResetTwoFactor>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let Form(Ticked { id: ids, selection }) = form;
    let id = app
        .db
        .write(move |conn| match selection == LIST {
            true => bulk::plan_two_factor_reset_of_selection(conn, &permit),
            false => bulk::plan_two_factor_reset(conn, &permit, &ids),
        })
        .await?;
    app.bell.ring();
    Ok(see(&format!("/operations/{id}")))
}

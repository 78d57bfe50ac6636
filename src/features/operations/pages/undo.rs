//! `POST /operations/{id}/undo`: plans to take an operation back, and shows that plan.

use actix_web::web;

use crate::access::Permit;
use crate::access::permit::ViewUsers;
use crate::app::App;
use crate::features::operations::actions;
use crate::features::users::actions::bulk;
use crate::web::answer::{Answer, see};
use crate::web::forms::{Form, Nothing};

pub async fn create(
    permit: Permit<ViewUsers>,
    _form: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = id.into_inner();
    let plan = app
        .db
        .write(move |conn| {
            let undone = actions::seen(conn, &permit, id)?;
            bulk::plan_undo(conn, &permit, &undone)
        })
        .await?;
    app.bell.ring();
    Ok(see(&format!("/operations/{plan}")))
}

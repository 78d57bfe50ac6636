//! `POST /groups/deletions`: plans to delete groups, and shows that plan: who leaves them.

use actix_web::web;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::ManageGroups;
use crate::app::App;
use crate::features::groups::listing::LIST;
use crate::features::users::actions::bulk;
use crate::web::answer::{Answer, see};
use crate::web::forms::Form;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    id: Vec<i64>,
    /// The name of the list whose selection is meant, instead of ids.
    selection: String,
}

pub async fn plan(permit: Permit<ManageGroups>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let Form(Ticked { id: ids, selection }) = form;
    let id = app
        .db
        .write(move |conn| match selection == LIST {
            true => bulk::plan_deletion_of_selected_groups(conn, &permit),
            false => bulk::plan_group_deletion(conn, &permit, &ids),
        })
        .await?;
    app.bell.ring();
    Ok(see(&format!("/operations/{id}")))
}

//! `POST /groups/deletions`: plans to delete groups, and shows that plan: who leaves them.

use actix_web::web;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::ManageGroups;
use crate::app::App;
use crate::features::users::actions::bulk;
use crate::web::answer::{Answer, see};
use crate::web::forms::Form;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    id: Vec<i64>,
}

pub async fn plan(permit: Permit<ManageGroups>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let ids = form.0.id;
    let id = app.db.write(move |conn| bulk::plan_group_deletion(conn, &permit, &ids)).await?;
    app.bell.ring();
    Ok(see(&format!("/operations/{id}")))
}

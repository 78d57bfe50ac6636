//! `POST /groups/{id}/removals`: plans to remove ticked users from a group, and shows that plan.

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

pub async fn plan(permit: Permit<ManageGroups>, form: Form<Ticked>, id: web::Path<i64>, app: web::Data<App>) -> Answer {
    let (id, users) = (id.into_inner(), form.0.id);
    let operation = app.db.write(move |conn| bulk::plan_leaving(conn, &permit, id, &users)).await?;
    Ok(see(&format!("/operations/{operation}")))
}

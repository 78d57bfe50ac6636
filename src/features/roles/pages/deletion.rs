//! `GET` and `POST /roles/{id}/deletion`: who loses what, and then it is done.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::{Shown, shown};
use crate::access::Permit;
use crate::access::permit::ManageRoles;
use crate::app::App;
use crate::features::roles::actions::{self, changeable, of_deletion};
use crate::features::roles::model::Role;
use crate::features::roles::queries;
use crate::web::answer::{Answer, page, see_saying};
use crate::web::forms::Form;
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Input {
    /// The impact that was shown.
    seen: String,
}

#[derive(Template)]
#[template(path = "roles/deletion.html")]
struct DeletionPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    role: Role,
    shown: Shown,
    nobody: bool,
}

pub async fn show(permit: Permit<ManageRoles>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (shell, id) = (Shell::of(&app, &req), id.into_inner());
    let template = app
        .db
        .read(move |conn| {
            let role = queries::find(conn, id)?;
            let permissions = queries::permissions(conn, &role)?;
            changeable(permit.rights(), Some(&role), &permissions)?;
            let impact = of_deletion(conn, &role)?;
            let shown = shown(conn, &permit, &impact)?;
            let crumbs = vec![
                Crumb::new("Roles", "/roles"),
                Crumb::new(&role.name, format!("/roles/{id}")),
                Crumb::here("Delete"),
            ];
            Ok(DeletionPage { shell, crumbs, role, shown, nobody: impact.people.is_empty() })
        })
        .await?;
    page(&template)
}

pub async fn create(permit: Permit<ManageRoles>, form: Form<Input>, id: web::Path<i64>, app: web::Data<App>) -> Answer {
    let (Form(input), id) = (form, id.into_inner());
    let (role, impact) = app.db.write(move |conn| actions::delete(conn, &permit, id, &input.seen)).await?;
    let text = match impact.people.len() {
        0 => format!("The role “{}” was deleted.", role.name),
        1 => format!("The role “{}” was deleted, and taken from 1 user.", role.name),
        n => format!("The role “{}” was deleted, and taken from {n} users.", role.name),
    };
    Ok(see_saying(&app, "/roles", FlashKind::Success, text))
}

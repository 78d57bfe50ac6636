//! `GET /roles/new`, `POST /roles`: a role of one's own, from nothing, from another role, or for looking only.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, web};
use serde::Deserialize;

use super::form::FormPage;
use crate::access::permit::ManageRoles;
use crate::access::{Permission, Permit};
use crate::app::App;
use crate::features::roles::actions::{self, changeable};
use crate::features::roles::input::RoleInput;
use crate::features::roles::queries;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, page, refused, see_saying};
use crate::web::forms::Form;
use crate::web::kept::Kept;
use crate::web::shell::{FlashKind, Shell};

/// What the form begins with.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Beginning {
    /// A role to copy.
    from: Option<i64>,
    /// `read-only`: everything that lets somebody look.
    preset: String,
}

pub async fn new(
    permit: Permit<ManageRoles>,
    beginning: web::Query<Beginning>,
    app: web::Data<App>,
    req: HttpRequest,
    kept: Kept,
) -> Answer {
    let shell = Shell::of(&app, &req);
    let kept: Option<RoleInput> = kept.take();
    let template = app
        .db
        .read(move |conn| {
            changeable(permit.rights(), None, &BTreeSet::new())?;
            let input = match (kept, beginning.from) {
                (Some(kept), _) => kept,
                (None, Some(id)) => {
                    let role = queries::find(conn, id)?;
                    let permissions = queries::permissions(conn, &role)?;
                    RoleInput {
                        name: format!("Copy of {}", role.name),
                        permission: permissions.iter().map(|permission| permission.word().to_owned()).collect(),
                        ..RoleInput::default()
                    }
                }
                (None, None) if beginning.preset == "read-only" => {
                    let reads = Permission::ALL.into_iter().filter(|permission| permission.only_reads());
                    RoleInput {
                        name: "Auditor".into(),
                        permission: reads.map(|permission| permission.word().to_owned()).collect(),
                        ..RoleInput::default()
                    }
                }
                (None, None) => RoleInput::default(),
            };
            Ok(FormPage::new(shell, permit.rights(), &input, &[]))
        })
        .await?;
    page(&template)
}

pub async fn create(
    permit: Permit<ManageRoles>,
    form: Form<RoleInput>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let Form(input) = form;
    let outcome = match input.parse() {
        Ok(new) => {
            let mine = permit.clone();
            app.db.write(move |conn| actions::create(conn, &mine, &new).map(|id| (id, new.name))).await
        }
        Err(errors) => Err(Refusal::Fields(errors)),
    };
    match outcome {
        Ok((id, name)) => Ok(see_saying(
            &app,
            &format!("/roles/{id}"),
            FlashKind::Success,
            format!(
                "The role “{name}” was created. Nobody holds it yet: give it on a user's page, or with “Edit Users”."
            ),
        )),
        Err(Refusal::Fields(errors)) => {
            refused(&FormPage::new(Shell::of(&app, &req), permit.rights(), &input, &errors))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

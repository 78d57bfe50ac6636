//! `GET /roles/{id}/edit`, `POST /roles/{id}`: another name, other permissions. Where that changes what somebody may do, it is shown first and done
//! when the form is sent again.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::form::FormPage;
use super::{Shown, shown};
use crate::access::Permit;
use crate::access::permit::ManageRoles;
use crate::app::App;
use crate::features::roles::actions::{self, changeable, of_edit};
use crate::features::roles::input::RoleInput;
use crate::features::roles::model::{NewRole, Role};
use crate::features::roles::queries;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, page_with, see_saying};
use crate::web::forms::Form;
use crate::web::kept::Kept;
use crate::web::shell::{FlashKind, Shell};

pub async fn edit(
    permit: Permit<ManageRoles>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
    kept: Kept,
) -> Answer {
    let (shell, id) = (Shell::of(&app, &req), id.into_inner());
    let kept: Option<RoleInput> = kept.take();
    let template = app
        .db
        .read(move |conn| {
            let role = queries::find(conn, id)?;
            let permissions = queries::permissions(conn, &role)?;
            changeable(permit.rights(), Some(&role), &permissions)?;
            let input = kept.unwrap_or_else(|| RoleInput {
                name: role.name.clone(),
                permission: permissions.iter().map(|permission| permission.word().to_owned()).collect(),
                version: role.changed_at.to_string(),
                seen: String::new(),
            });
            Ok(FormPage::new(shell, permit.rights(), &input, &[]).of_role(id, &role.name))
        })
        .await?;
    page(&template)
}

/// What came of a form.
enum Outcome {
    Done(String),
    /// To be looked at first.
    Look(Shown),
}

pub async fn update(
    permit: Permit<ManageRoles>,
    form: Form<RoleInput>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (Form(input), id) = (form, id.into_inner());
    let mine = permit.clone();
    // Looked up first, so that a role that is not there answers 404 whatever was typed.
    let role = app
        .db
        .read(move |conn| {
            let role = queries::find(conn, id)?;
            let permissions = queries::permissions(conn, &role)?;
            changeable(mine.rights(), Some(&role), &permissions).map(|()| role)
        })
        .await?;
    let outcome = match input.parse() {
        Ok(new) => save(&app, &permit, &role, new, &input).await,
        Err(errors) => Err(Refusal::Fields(errors)),
    };
    let drawn = |input: &RoleInput, errors: &[FieldError]| {
        FormPage::new(Shell::of(&app, &req), permit.rights(), input, errors).of_role(id, &role.name)
    };
    match outcome {
        Ok(Outcome::Done(name)) => {
            let text = format!("The role “{name}” was saved. It counts from the next thing its holders do.");
            Ok(see_saying(&app, &format!("/roles/{id}"), FlashKind::Success, text))
        }
        Ok(Outcome::Look(shown)) => page(&drawn(&input, &[]).showing(shown)),
        Err(Refusal::Fields(errors)) => page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn(&input, &errors)),
        Err(Refusal::Conflict(why)) => {
            // “Save” now writes over what somebody else wrote: with its version, once it was looked at.
            let now = app.db.read(move |conn| queries::find(conn, id)).await?;
            let input = RoleInput { version: now.changed_at.to_string(), ..input.clone() };
            page_with(StatusCode::CONFLICT, &drawn(&input, &[]).in_conflict(why))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

async fn save(
    app: &web::Data<App>,
    permit: &Permit<ManageRoles>,
    role: &Role,
    new: NewRole,
    input: &RoleInput,
) -> Result<Outcome, Refusal> {
    let id = role.id;
    let (mine, role, wanted, seen) = (permit.clone(), role.clone(), new.clone(), input.seen.clone());
    let (look, code) = app
        .db
        .read(move |conn| {
            let impact = of_edit(conn, &role, &wanted.permissions)?;
            let look = impact.touches_anybody() && impact.code() != seen;
            let shown = if look { Some(shown(conn, &mine, &impact)?) } else { None };
            Ok((shown, impact.code()))
        })
        .await?;
    if let Some(shown) = look {
        return Ok(Outcome::Look(shown));
    }
    // What touches nobody needs no look, and is done as it was worked out here.
    let (mine, version) = (permit.clone(), input.version.parse().unwrap_or(0));
    app.db
        .write(move |conn| {
            actions::update(conn, &mine, (id, version, &code), &new)?;
            Ok(Outcome::Done(new.name))
        })
        .await
}

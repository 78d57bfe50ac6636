//! `GET /groups/{id}/edit`, `POST /groups/{id}`: another name.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::ManageGroups;
use crate::app::App;
use crate::features::groups::input::{GroupInput, NAME};
use crate::features::groups::model::Group;
use crate::features::groups::{actions, queries};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, page_with, see_saying};
use crate::web::forms::{Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Template)]
#[template(path = "groups/edit.html")]
struct EditPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    title: String,
    version: i64,
    errors: Vec<(String, String)>,
    /// Why nothing was written, where somebody else was first.
    conflict: String,
    name: Field,
}

pub async fn edit(
    permit: Permit<ManageGroups>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
    kept: Kept,
) -> Answer {
    let id = id.into_inner();
    let group = app.db.read(move |conn| queries::find(conn, permit.scope(), id)).await?;
    let typed: Option<GroupInput> = kept.take();
    let input = typed.unwrap_or_else(|| GroupInput { name: group.name.clone(), ..GroupInput::default() });
    page(&draw(Shell::of(&app, &req), &group, &input, &[]))
}

pub async fn update(
    permit: Permit<ManageGroups>,
    form: Form<GroupInput>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (Form(input), id) = (form, id.into_inner());
    let mine = permit.clone();
    let group = app.db.read(move |conn| queries::find(conn, mine.scope(), id)).await?;
    let version = input.version.parse().unwrap_or(0);
    let outcome = match input.parse() {
        Ok(name) => app.db.write(move |conn| actions::rename(conn, &permit, id, version, &name)).await,
        Err(error) => Err(Refusal::Fields(vec![error])),
    };
    match outcome {
        Ok(group) => {
            let text = format!("The group is called “{}” now.", group.name);
            Ok(see_saying(&app, &format!("/groups/{id}"), FlashKind::Success, text))
        }
        Err(Refusal::Fields(errors)) => {
            let mut template = draw(Shell::of(&app, &req), &group, &input, &errors);
            template.version = version;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &template)
        }
        Err(Refusal::Conflict(why)) => {
            let mut template = draw(Shell::of(&app, &req), &group, &input, &[]);
            template.conflict = why;
            page_with(StatusCode::CONFLICT, &template)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn draw(shell: Shell, group: &Group, input: &GroupInput, errors: &[FieldError]) -> EditPage {
    EditPage {
        shell,
        crumbs: vec![
            Crumb::new("Groups", "/groups"),
            Crumb::new(&group.name, format!("/groups/{}", group.id)),
            Crumb::here("Rename"),
        ],
        id: group.id,
        title: group.name.clone(),
        version: group.changed_at,
        errors: summary(errors),
        conflict: String::new(),
        name: Field::new("name", "Group name", &input.name).required().max(NAME.max).errors(errors),
    }
}

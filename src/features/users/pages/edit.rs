//! `GET /users/{id}/edit`, `POST /users/{id}`: contact data.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::EditContacts;
use crate::app::App;
use crate::features::users::input::{self, UserInput};
use crate::features::users::model::User;
use crate::features::users::{actions, queries};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, page_with, see_saying};
use crate::web::forms::{Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell};

/// The form as it is sent. `version` is `changed_at` as the form saw it.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Input {
    name: String,
    email: String,
    phone: String,
    version: String,
}

#[derive(Template)]
#[template(path = "users/edit.html")]
struct EditPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    title: String,
    version: i64,
    /// What is stored now, where somebody else was first.
    meanwhile: Option<User>,
    conflict: String,
    errors: Vec<(String, String)>,
    name: Field,
    email: Field,
    phone: Field,
}

pub async fn edit(
    permit: Permit<EditContacts>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
    kept: Kept,
) -> Answer {
    let shell = Shell::of(&app, &req);
    let user = app.db.read(move |conn| queries::find(conn, permit.scope(), id.into_inner())).await?;
    if !user.is_local() {
        return Err(Refusal::Forbidden(format!(
            "{} comes from {}; contact data is changed there.",
            user.title(),
            user.domain
        ))
        .into());
    }
    let stored = Input {
        name: user.name.clone(),
        email: user.email.clone(),
        phone: user.phone.clone(),
        version: user.changed_at.to_string(),
    };
    let input: Input = kept.take().unwrap_or(stored);
    let mut template = draw(shell, &user, &input, &[]);
    // A kept form goes on from what it saw, so that an edit in between is still noticed.
    template.version = input.version.parse().unwrap_or(user.changed_at);
    page(&template)
}

pub async fn update(
    permit: Permit<EditContacts>,
    form: Form<Input>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (Form(input), id) = (form, id.into_inner());
    let mine = permit.clone();
    // Looked up first, so that a user outside the scope answers 404 whatever was typed.
    let user = app.db.read(move |conn| queries::find(conn, mine.scope(), id)).await?;
    let parsed = UserInput { name: input.name.clone(), email: input.email.clone(), phone: input.phone.clone() }.parse();
    let outcome = match parsed {
        Ok(new) => {
            let version = input.version.parse().unwrap_or(0);
            let (mine, state) = (permit.clone(), app.clone());
            let outcome = app.db.write(move |conn| actions::update(conn, &state, &mine, id, version, &new)).await;
            super::noting_probes(&app, permit.origin(), outcome).await
        }
        Err(errors) => Err(Refusal::Fields(errors)),
    };
    match outcome {
        Ok(user) => {
            Ok(see_saying(&app, &format!("/users/{id}"), FlashKind::Success, format!("{} was saved.", user.title())))
        }
        Err(Refusal::Fields(errors)) => {
            let mut template = draw(Shell::of(&app, &req), &user, &input, &errors);
            template.version = input.version.parse().unwrap_or(0);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &template)
        }
        Err(Refusal::Conflict(why)) => {
            let mut template = draw(Shell::of(&app, &req), &user, &input, &[]);
            template.conflict = why;
            template.meanwhile = Some(user);
            page_with(StatusCode::CONFLICT, &template)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn draw(shell: Shell, user: &User, input: &Input, errors: &[FieldError]) -> EditPage {
    EditPage {
        shell,
        crumbs: super::crumbs(user, "Edit"),
        id: user.id,
        title: user.title().to_owned(),
        version: user.changed_at,
        meanwhile: None,
        conflict: String::new(),
        errors: summary(errors),
        name: Field::new("name", "Username", &input.name).required().max(input::NAME.max).errors(errors),
        email: Field::new("email", "Email", &input.email).kind("email").required().max(input::EMAIL.max).errors(errors),
        phone: Field::new("phone", "Phone number", &input.phone).kind("tel").max(input::PHONE.max).errors(errors),
    }
}

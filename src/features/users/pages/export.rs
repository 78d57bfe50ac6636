//! `GET /users/exports/new` says what a file of the list would hold, `POST /users/exports` asks for it.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::{ExportUsers, ViewUsers};
use crate::app::App;
use crate::features::reports::model::Separator;
use crate::features::users::actions::export;
use crate::features::users::input::listing::SPEC;
use crate::refusal::FieldError;
use crate::web::answer::{Answer, page, refused, see_saying};
use crate::web::forms::{Choice, Form, summary};
use crate::web::list::State;
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Template)]
#[template(path = "users/export.html")]
struct ExportPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    errors: Vec<(String, String)>,
    /// "4,312 users".
    users: String,
    /// What the list is narrowed to and in which order.
    words: Vec<String>,
    columns: String,
    /// Whether a file without the addresses would come of it, which cannot be imported again.
    without_email: bool,
    query: String,
    back: String,
    separators: Vec<Choice>,
}

pub async fn new(permit: Permit<ViewUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let state = State::parse(&SPEC, req.query_string());
    page(&form(&permit, &app, &req, state, Separator::default(), &[]).await?)
}

async fn form(
    permit: &Permit<ViewUsers>,
    app: &web::Data<App>,
    req: &HttpRequest,
    state: State,
    separator: Separator,
    errors: &[FieldError],
) -> Result<ExportPage, crate::refusal::Refusal> {
    let (permit, asked) = (permit.clone(), state.clone());
    let found = app.db.read(move |conn| export::preview(conn, &permit, &asked)).await?;
    let labels: Vec<&str> = state.columns.iter().map(|column| column.label).collect();
    Ok(ExportPage {
        shell: Shell::of(app, req),
        crumbs: vec![Crumb::new("User List", "/users"), Crumb::here("Export")],
        errors: summary(errors),
        users: found.total.in_words(&SPEC),
        words: found.words.into_iter().filter(|words| !words.starts_with("Columns: ")).collect(),
        columns: labels.join(", "),
        without_email: !state.shows("email"),
        back: format!("{}{}", SPEC.path, state.query()),
        query: state.query().trim_start_matches('?').to_owned(),
        separators: Separator::ALL.map(|one| Choice::new(one.code(), one.label(), one == separator)).into(),
    })
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub struct Input {
    /// The list, as its URL says it.
    query: String,
    separator: String,
}

pub async fn create(permit: Permit<ExportUsers>, input: Form<Input>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let Form(Input { query, separator }) = input;
    let state = State::parse(&SPEC, &query);
    let Some(separator) = Separator::from_code(&separator) else {
        let errors = [FieldError::new("separator", "Choose what separates the columns.")];
        let view = permit.also::<ViewUsers>()?;
        return refused(&form(&view, &app, &req, state, Separator::default(), &errors).await?);
    };
    app.db.write(move |conn| export::begin(conn, &permit, &state, separator)).await?;
    app.bell.ring();
    Ok(see_saying(&app, "/reports", FlashKind::Success, "The file is being made. It lies here until it expires."))
}

//! `GET` and `POST /users/selection/paste`: "Paste a list" of addresses, names and phone numbers; what is found becomes the selection.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::ViewUsers;
use crate::app::App;
use crate::db::Conn;
use crate::features::selections::actions::Tray;
use crate::features::users::actions::{self, Found, MOST_OFFERED, selection};
use crate::features::users::input::pasted::{self, Entry};
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, page_with};
use crate::web::forms::{Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::list::grouped;
use crate::web::shell::{Crumb, Shell};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Input {
    people: String,
}

#[derive(Template)]
#[template(path = "users/paste.html")]
struct PastePage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    errors: Vec<(String, String)>,
    people: Field,
}

/// Somebody who was found, with enough to tell them from others.
pub struct Person {
    pub id: i64,
    pub title: String,
    /// What was typed.
    pub typed: String,
    pub email: String,
    pub phone: String,
    pub customer: String,
}

impl Person {
    pub fn tick_label(&self) -> String {
        format!("Select {}, {}", self.title, self.email)
    }
}

/// An entry that several people fit.
pub struct Choice {
    pub typed: String,
    pub people: Vec<Person>,
    pub more: bool,
}

#[derive(Template)]
#[template(path = "users/pasted.html")]
struct PastedPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    people: Field,
    matched: Vec<Person>,
    ambiguous: Vec<Choice>,
    unmatched: Vec<String>,
    repeated: usize,
    /// What is selected already.
    tray: Tray,
    review: String,
    most_offered: usize,
}

impl PastedPage {
    fn count(&self, number: &usize) -> String {
        grouped(i64::try_from(*number).unwrap_or(i64::MAX))
    }
}

pub async fn new(_permit: Permit<ViewUsers>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    let input: Input = kept.take().unwrap_or_default();
    page(&form(Shell::of(&app, &req), &input, &[]))
}

pub async fn create(permit: Permit<ViewUsers>, form: Form<Input>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (Form(input), shell) = (form, Shell::of(&app, &req));
    let entries = match pasted::entries(&input.people) {
        Ok(entries) => entries,
        Err(error) => return page_with(StatusCode::UNPROCESSABLE_ENTITY, &self::form(shell, &input, &[error])),
    };
    let template = app.db.read(move |conn| draw(conn, &permit, shell, &input, &entries)).await?;
    page(&template)
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("User List", "/users"), Crumb::here("Paste a list")]
}

fn field(input: &Input, errors: &[FieldError]) -> Field {
    Field::new("people", "People", &input.people)
        .required()
        .hint("E-mail addresses, names or phone numbers, up to 1,000: one on each line, or separated by commas, semicolons or tabs.")
        .errors(errors)
}

fn form(shell: Shell, input: &Input, errors: &[FieldError]) -> PastePage {
    PastePage { shell, crumbs: crumbs(), errors: summary(errors), people: field(input, errors) }
}

fn draw(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    shell: Shell,
    input: &Input,
    entries: &[Entry],
) -> Result<PastedPage, Refusal> {
    let Found { matched, ambiguous, unmatched, repeated } = actions::lookup(conn, permit.scope(), entries)?;
    let homes = matched.iter().map(|(_, user)| user).chain(ambiguous.iter().flat_map(|several| &several.people));
    let customers = queries::customer_names(conn, homes.map(|user| user.customer_id))?;
    let selected = selection::selected(conn, permit)?;
    let tray = selection::tray(conn, selected.as_ref())?;
    Ok(PastedPage {
        shell,
        crumbs: crumbs(),
        people: field(input, &[]),
        matched: matched.into_iter().map(|(typed, user)| person(typed, user, &customers)).collect(),
        ambiguous: ambiguous
            .into_iter()
            .map(|several| Choice {
                people: several.people.into_iter().map(|user| person(String::new(), user, &customers)).collect(),
                typed: several.typed,
                more: several.more,
            })
            .collect(),
        unmatched,
        repeated,
        review: tray.review(),
        tray,
        most_offered: MOST_OFFERED,
    })
}

fn person(typed: String, user: User, customers: &BTreeMap<i64, String>) -> Person {
    Person {
        id: user.id,
        title: user.title().to_owned(),
        typed,
        email: user.email,
        phone: user.phone,
        // Of no use to somebody who sees one customer only.
        customer: if customers.len() > 1 {
            customers.get(&user.customer_id).cloned().unwrap_or_default()
        } else {
            String::new()
        },
    }
}

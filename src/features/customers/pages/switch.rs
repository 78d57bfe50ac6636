//! `GET /customers/switch`, `POST /customers/switch`: for who looks after several customers, the one whose people the lists show. It is a filter that
//! the navigation carries along, and widens nothing.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::ViewUsers;
use crate::app::App;
use crate::db::fold::fold;
use crate::features::customers::queries;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, see};
use crate::web::current::Current;
use crate::web::forms::{Choice, Form};
use crate::web::shell::{Crumb, Shell};

/// So many are offered at a time; a search leaves fewer.
const MOST: usize = 50;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    q: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Input {
    /// An id; empty: all customers.
    customer: String,
}

#[derive(Template)]
#[template(path = "customers/switch.html")]
struct SwitchPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    q: String,
    choices: Vec<Choice>,
    /// More would fit the search.
    more: bool,
}

pub async fn show(
    permit: Permit<ViewUsers>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let shell = Shell::of(&app, &req);
    let q = asked.into_inner().q;
    let template = app
        .db
        .read(move |conn| {
            let needle = fold(q.trim());
            let now = shell.customer.as_ref().map(|current| current.id);
            let mut fitting: Vec<Choice> = queries::all(conn, permit.scope())?
                .into_iter()
                .filter(|customer| customer.name_key.contains(&needle))
                .map(|customer| Choice::new(customer.id.to_string(), customer.name, Some(customer.id) == now))
                .take(MOST + 1)
                .collect();
            let more = fitting.len() > MOST;
            fitting.truncate(MOST);
            let none = fitting.iter().all(|choice| !choice.chosen);
            fitting.insert(0, Choice::new("", "All customers", none));
            let crumbs = vec![Crumb::new("User List", "/users"), Crumb::here("Switch customer")];
            Ok(SwitchPage { shell, crumbs, q, choices: fitting, more })
        })
        .await?;
    page(&template)
}

pub async fn update(permit: Permit<ViewUsers>, form: Form<Input>, app: web::Data<App>) -> Answer {
    let Form(Input { customer }) = form;
    if customer.is_empty() {
        let mut response = see("/users");
        Current::forget(&app, &mut response);
        return Ok(response);
    }
    let id: i64 = customer
        .parse()
        .map_err(|_| Refusal::Fields(vec![FieldError::new("customer", "Choose one of the customers.")]))?;
    let user_id = permit.actor().id;
    let customer = app.db.read(move |conn| queries::find(conn, permit.scope(), id)).await?;
    let mut response = see(&format!("/users?customer={id}"));
    Current { user_id, id, name: customer.name }.remember(&app, &mut response);
    Ok(response)
}

//! `GET /users/deleted`, `POST /users/restorations`: "Deleted users".

use std::collections::BTreeMap;

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::DeleteUsers;
use crate::app::App;
use crate::clock::DAY;
use crate::db::Conn;
use crate::db::marks::{phone_pieces, pieces};
use crate::db::search::Terms;
use crate::features::customers;
use crate::features::users::model::User;
use crate::features::users::queries::Gone;
use crate::features::users::{actions, queries};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn, see_undoable};
use crate::web::forms::Form;
use crate::web::list::{Asked, Cell, Column, Kind, Line, ListPage, Panel, Spec, State, View, answer};
use crate::web::shell::{Crumb, Shell};

/// How long a deleted user is kept.
pub const KEPT_DAYS: i64 = 30;

static SPEC: Spec = Spec {
    path: "/users/deleted",
    label: "Deleted users",
    nouns: ("deleted user", "deleted users"),
    search: Some("Search name, email or phone"),
    ticks: Some("/users/restorations"),
    selection: None,
    views: false,
    columns: &[
        Column::new("name", "Name", Kind::Title),
        Column::new("email", "Email", Kind::Email),
        Column::new("deleted", "Deleted", Kind::Time),
        Column::new("days-left", "Days left", Kind::Number).unsorted(),
        Column::new("phone", "Phone number", Kind::Phone).unsorted().hidden(),
        Column::new("customer", "Customer", Kind::Words).unsorted().hidden(),
    ],
    filters: &[customers::listing::FILTER],
    // Who was deleted last is looked for most.
    sort: "-deleted",
};

#[derive(Template)]
#[template(path = "users/deleted.html", blocks = ["list"])]
struct DeletedPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    list: View,
}

pub async fn index(permit: Permit<DeleteUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    answer::<DeletedPage>(permit, (), app, req).await
}

impl ListPage for DeletedPage {
    type Action = DeleteUsers;
    type Of = ();

    const SPEC: &'static Spec = &SPEC;

    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal> {
        let (permit, state, shell) = (&asked.permit, asked.state.clone(), asked.shell.clone());
        let gone = Gone { customers: customers::listing::narrow(permit.scope(), &state), terms: Terms::of(&state.q) };
        let (found, total) =
            queries::deleted(conn, &gone, state.sort.key, state.descending, &state.place, state.limit)?;
        let homes = if state.shows("customer") {
            queries::customer_names(conn, found.rows.iter().map(|(_, user)| user.customer_id))?
        } else {
            BTreeMap::new()
        };
        let terms = Terms::of(&state.q);
        let lines =
            found.rows.iter().map(|(_, user)| line(user, &state, &terms, &homes, &shell, permit.now())).collect();
        let names = customers::listing::names(conn, permit.scope(), &state)?;
        let panel = customers::listing::panel(conn, permit, &state)?;
        let list = View::new(state, &found, |(place, _)| place.clone(), lines, total, &names).with_panel(panel);
        let crumbs = vec![Crumb::new("User List", "/users"), Crumb::here("Deleted users")];
        Ok(DeletedPage { shell, crumbs, list })
    }

    fn panel(conn: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal> {
        customers::listing::panel(conn, &asked.permit, &asked.state)
    }

    fn list_alone(&self) -> Result<Vec<u8>, Refusal> {
        drawn(&self.as_list())
    }
}

fn line(user: &User, state: &State, terms: &Terms, homes: &BTreeMap<i64, String>, shell: &Shell, now: i64) -> Line {
    let cell = |column: &&'static Column| match column.key {
        "name" => Cell::text(column, user.title().to_owned()).marked(pieces(user.title(), terms)),
        "email" => Cell::text(column, user.email.clone()).marked(pieces(&user.email, terms)),
        "phone" if user.phone.is_empty() => Cell::absent(column, "N/A"),
        "phone" => Cell::text(column, user.phone.clone()).marked(phone_pieces(&user.phone, terms)),
        "deleted" => Cell::time(column, user.deleted_at, shell.date(&user.deleted_at)),
        "customer" => Cell::text(column, homes.get(&user.customer_id).cloned().unwrap_or_default()),
        _ => Cell::text(column, (KEPT_DAYS - (now - user.deleted_at) / DAY).max(0).to_string()),
    };
    Line {
        id: user.id,
        title: user.title().to_owned(),
        href: String::new(),
        ticked: None,
        cells: state.columns.iter().map(cell).collect(),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    id: Vec<i64>,
}

pub async fn restore(permit: Permit<DeleteUsers>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let state = app.clone();
    let done = app.db.write(move |conn| actions::bulk::restore(conn, &state, &permit, &form.0.id)).await?;
    let restored =
        if done.users == 1 { "1 user was restored.".into() } else { format!("{} users were restored.", done.users) };
    let text = match done.to_activate {
        0 => restored,
        1 => format!(
            "{restored} One of them may sign in and has no password any more: make an activation link on their page."
        ),
        n => format!(
            "{restored} {n} of them may sign in and have no password any more: make activation links on their pages."
        ),
    };
    Ok(see_undoable(&app, "/users/deleted", text, done.operation))
}

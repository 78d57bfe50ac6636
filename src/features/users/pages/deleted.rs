//! `GET /users/deleted`, `POST /users/restorations`: "Deleted users".

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::DeleteUsers;
use crate::app::App;
use crate::clock::DAY;
use crate::features::users::model::User;
use crate::features::users::{actions, queries};
use crate::web::answer::{Answer, page, see_undoable};
use crate::web::forms::Form;
use crate::web::list::{Cell, Column, Cursor, Kind, Line, Names, Page, Place, Spec, State, Total, Value, View};
use crate::web::shell::{Crumb, Shell};

/// How long a deleted user is kept.
pub const KEPT_DAYS: i64 = 30;

static SPEC: Spec = Spec {
    path: "/users/deleted",
    label: "Deleted users",
    nouns: ("deleted user", "deleted users"),
    search: None,
    ticks: Some("/users/restorations"),
    selection: None,
    views: false,
    columns: &[
        Column::new("name", "Name", Kind::Title).unsorted(),
        Column::new("email", "Email", Kind::Email).unsorted(),
        Column::new("deleted", "Deleted", Kind::Time).unsorted(),
        Column::new("days-left", "Days left", Kind::Number).unsorted(),
    ],
    filters: &[],
    sort: "deleted",
};

#[derive(Template)]
#[template(path = "users/deleted.html")]
struct DeletedPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    list: View,
}

pub async fn index(permit: Permit<DeleteUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let shell = Shell::of(&app, &req);
    let state = State::of(&SPEC, &req, &app.settings.public);
    let from = match &state.place {
        Place::After(Cursor(Value::Number(at), id)) => Some((*at, *id)),
        _ => None,
    };
    let (limit, now) = (state.limit, permit.now());
    let mut users = app.db.read(move |conn| queries::deleted(conn, permit.scope(), from, limit + 1)).await?;
    let more_after = i64::try_from(users.len()).unwrap_or(i64::MAX) > limit;
    users.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let lines: Vec<Line> = users.iter().map(|user| line(user, &state, &shell, now)).collect();
    let rows = Page { rows: users, more_before: from.is_some(), more_after };
    let place_of = |user: &User| Cursor(Value::Number(user.deleted_at), user.id);
    // Who was deleted is read forwards only, and nobody counts them.
    let mut list = View::new(state, &rows, place_of, lines, Total::Exactly(0), &Names::new());
    list.pager.previous = None;
    list.pager.last = None;
    list.pager.summary = match rows.rows.len() {
        1 => "1 deleted user".to_owned(),
        n => format!("{n} deleted users{}", if more_after { " on this page" } else { "" }),
    };
    page(&DeletedPage { shell, crumbs: vec![Crumb::new("User List", "/users"), Crumb::here("Deleted users")], list })
}

fn line(user: &User, state: &State, shell: &Shell, now: i64) -> Line {
    let cell = |column: &&'static Column| match column.key {
        "name" => Cell::text(column, user.title()),
        "email" => Cell::text(column, &user.email),
        "deleted" => Cell::time(column, user.deleted_at, shell.date(&user.deleted_at)),
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
    let done = app.db.write(move |conn| actions::bulk::restore(conn, &permit, &form.0.id)).await?;
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

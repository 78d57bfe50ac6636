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
use crate::web::answer::{Answer, page, see_saying};
use crate::web::forms::Form;
use crate::web::list::{Column, Cursor, Pager, Place, Spec, State, Value};
use crate::web::shell::{Crumb, FlashKind, Shell};

/// How long a deleted user is kept.
pub const KEPT_DAYS: i64 = 30;

static SPEC: Spec = Spec {
    path: "/users/deleted",
    columns: &[Column { key: "deleted", label: "Deleted", shown: true }],
    filters: &[],
    sort: "deleted",
};

/// One deleted user.
pub struct Line {
    pub user: User,
    pub days_left: i64,
}

impl Line {
    pub fn tick_label(&self) -> String {
        format!("Select {}", self.user.title())
    }
}

#[derive(Template)]
#[template(path = "users/deleted.html")]
struct DeletedPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    lines: Vec<Line>,
    pager: Pager,
}

pub async fn index(permit: Permit<DeleteUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let shell = Shell::of(&app, &req);
    let state = State::parse(&SPEC, req.query_string());
    let from = match &state.place {
        Place::After(Cursor(Value::Number(at), id)) => Some((*at, *id)),
        _ => None,
    };
    let (limit, now) = (state.limit, permit.now());
    let mut users = app.db.read(move |conn| queries::deleted(conn, permit.scope(), from, limit + 1)).await?;
    let more_after = i64::try_from(users.len()).unwrap_or(i64::MAX) > limit;
    users.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = users
        .last()
        .filter(|_| more_after)
        .map(|user| state.at(Place::After(Cursor(Value::Number(user.deleted_at), user.id))));
    let lines: Vec<Line> = users
        .into_iter()
        .map(|user| Line { days_left: (KEPT_DAYS - (now - user.deleted_at) / DAY).max(0), user })
        .collect();
    let summary = match lines.len() {
        1 => "1 deleted user".to_owned(),
        n => format!("{n} deleted users{}", if more_after { " on this page" } else { "" }),
    };
    let pager = Pager { first: from.map(|_| state.at(Place::First)), next, summary, ..Pager::default() };
    page(&DeletedPage {
        shell,
        crumbs: vec![Crumb::new("User List", "/users"), Crumb::here("Deleted users")],
        lines,
        pager,
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    id: Vec<i64>,
}

pub async fn restore(permit: Permit<DeleteUsers>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let done = app.db.write(move |conn| actions::restore(conn, &permit, &form.0.id)).await?;
    let text = if done == 1 { "1 user was restored.".to_owned() } else { format!("{done} users were restored.") };
    Ok(see_saying(&app, "/users/deleted", FlashKind::Success, text))
}

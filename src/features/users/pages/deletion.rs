//! `POST /users/deletions` plans, `GET /users/deletions/{id}` shows how it stands, `POST /users/deletions/{id}` carries it out. A plan of more than
//! run in one transaction is written and carried out by jobs.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::DeleteUsers;
use crate::app::App;
use crate::db::Conn;
use crate::features::operations::actions as operations;
use crate::features::operations::model::{Background, Kind, MOST_AT_ONCE, Operation, Row, State};
use crate::features::operations::queries as rows;
use crate::features::users::actions;
use crate::features::users::input::listing::LIST;
use crate::jobs::{Job, queue};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, fragment, page, see, see_saying};
use crate::web::forms::Form;
use crate::web::list::grouped;
use crate::web::shell::{Crumb, FlashKind, Shell};

/// Of a plan that does not run in one go, so many rows are named that will change, and as many that will not.
const NAMED: i64 = 100;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    id: Vec<i64>,
    /// The name of the list whose selection is meant, instead of ids.
    selection: String,
}

#[derive(Template)]
#[template(path = "users/deletion.html")]
struct DeletionPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    question: String,
    /// What has come of it; empty: nothing yet.
    outcome: String,
    problem: String,
    deleted: Vec<Row>,
    /// How many more are not named.
    more_deleted: String,
    skipped: Vec<Row>,
    more_skipped: String,
    can_be_done: bool,
}

#[derive(Template)]
#[template(path = "users/deletion_progress.html", blocks = ["progress"])]
struct ProgressPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    deletes: bool,
    done: i64,
    total: i64,
    is_cancelled: bool,
    /// It has ended meanwhile: where to go on.
    next: String,
}

pub async fn plan(permit: Permit<DeleteUsers>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let Form(Ticked { id: ids, selection }) = form;
    let id = app
        .db
        .write(move |conn| match selection == LIST {
            true => actions::plan_deletion_of_selection(conn, &permit),
            false => actions::plan_deletion(conn, &permit, &ids),
        })
        .await?;
    app.bell.ring();
    Ok(see(&address(id)))
}

fn address(id: i64) -> String {
    format!("/users/deletions/{id}")
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("User List", "/users"), Crumb::here("Delete User")]
}

pub async fn show(permit: Permit<DeleteUsers>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (shell, id) = (Shell::of(&app, &req), id.into_inner());
    let found = app
        .db
        .read(move |conn| {
            let operation = operations::own(conn, permit.origin(), Kind::DeleteUsers, id)?;
            let job = match operation.background() {
                Some(background) => queue::find(conn, background.job)?,
                None => None,
            };
            let drawn = Drawn::of(conn, &operation)?;
            Ok((operation, job, drawn))
        })
        .await?;
    let (operation, job, drawn) = found;
    let wants_progress = fragment(&req) == Some("progress");
    let under_way = matches!(operation.state(), State::Planning | State::Running)
        && job.as_ref().is_some_and(|job| !job.state().has_ended());
    if under_way || wants_progress {
        let template = progress(shell, &operation, job.as_ref(), under_way);
        return if wants_progress { page(&template.as_progress()) } else { page(&template) };
    }
    page(&drawn.page(shell, &operation))
}

/// What is read for the page of a plan, or of what came of it.
struct Drawn {
    deleted: Vec<Row>,
    skipped: Vec<Row>,
}

impl Drawn {
    fn of(conn: &mut Conn, operation: &Operation) -> Result<Drawn, Refusal> {
        let all = i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX);
        let named = if operation.background().is_some() { NAMED } else { all };
        Ok(Drawn {
            deleted: rows::changes(conn, operation.id, 0, named)?,
            skipped: rows::skipped(conn, operation.id, named)?,
        })
    }

    fn page(self, shell: Shell, operation: &Operation) -> DeletionPage {
        let Background { problem, left, .. } = operation.background().unwrap_or_default();
        let ended = operation.state() != State::Planned;
        let going = operation.planned - left;
        let question = match (self.deleted.as_slice(), ended) {
            (_, true) => "Delete User".to_owned(),
            ([], _) => "Nobody of these can be deleted".to_owned(),
            ([one], _) => format!("Delete {}?", one.label),
            _ => format!("Delete {} users?", grouped(operation.planned)),
        };
        let users =
            |number: i64| if number == 1 { "1 user was".to_owned() } else { format!("{} users were", grouped(number)) };
        let outcome = match operation.state() {
            State::Planned => String::new(),
            State::Done => format!("{} deleted.", users(operation.done)),
            State::Cancelled => format!("Stopped. {} deleted before that.", users(operation.done)),
            _ => format!("This could not be finished. {} deleted.", users(operation.done)),
        };
        let rest = |all: i64, named: usize| match all - i64::try_from(named).unwrap_or(0) {
            ..=0 => String::new(),
            more => grouped(more),
        };
        DeletionPage {
            shell,
            crumbs: crumbs(),
            id: operation.id,
            question,
            outcome,
            problem,
            more_deleted: rest(going, self.deleted.len()),
            more_skipped: rest(operation.skipped, self.skipped.len()),
            can_be_done: !ended && !self.deleted.is_empty(),
            deleted: if ended { Vec::new() } else { self.deleted },
            skipped: self.skipped,
        }
    }
}

fn progress(shell: Shell, operation: &Operation, job: Option<&Job>, under_way: bool) -> ProgressPage {
    ProgressPage {
        shell,
        crumbs: crumbs(),
        id: operation.id,
        deletes: operation.state() == State::Running,
        done: job.map_or(0, |job| job.done),
        total: if operation.state() == State::Running { operation.planned } else { 0 },
        is_cancelled: job.is_some_and(|job| job.cancel),
        next: if under_way { String::new() } else { address(operation.id) },
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Nothing {}

pub async fn carry_out(
    permit: Permit<DeleteUsers>,
    _form: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = id.into_inner();
    let done = app
        .db
        .write(move |conn| {
            let operation = operations::own(conn, permit.origin(), Kind::DeleteUsers, id)?;
            match operation.background() {
                None => actions::carry_out_deletion(conn, &permit, id).map(Some),
                Some(_) => actions::start_deletion(conn, &permit, id).map(|()| None),
            }
        })
        .await?;
    let Some(done) = done else {
        app.bell.ring();
        return Ok(see(&address(id)));
    };
    let text =
        if done == 1 { "1 user was deleted.".to_owned() } else { format!("{} users were deleted.", grouped(done)) };
    Ok(see_saying(
        &app,
        "/users",
        FlashKind::Success,
        format!("{text} They can be restored under “Deleted users” for 30 days."),
    ))
}

pub async fn cancel(
    permit: Permit<DeleteUsers>,
    _form: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = id.into_inner();
    app.db.write(move |conn| actions::cancel_deletion(conn, &permit, id)).await?;
    Ok(see(&address(id)))
}

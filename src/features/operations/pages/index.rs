//! `GET /operations`: what was done in one go, newest first.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::ViewUsers;
use crate::app::App;
use crate::db::Conn;
use crate::features::operations::actions::sees_all;
use crate::features::operations::input::SPEC;
use crate::features::operations::model::{Kind, Operation, State as Progress};
use crate::features::operations::queries::{self, Narrow};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn};
use crate::web::list::{
    Asked, COUNT_CAP, Cell, Column, Cursor, Line, ListPage, Names, Panel, Spec, State, Total, Value, View, answer,
    grouped,
};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "operations/index.html", blocks = ["list"])]
struct IndexPage {
    shell: Shell,
    list: View,
}

pub async fn index(permit: Permit<ViewUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    answer::<IndexPage>(permit, (), app, req).await
}

impl ListPage for IndexPage {
    type Action = ViewUsers;
    type Of = ();

    const SPEC: &'static Spec = &SPEC;

    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal> {
        let (permit, state, shell) = (&asked.permit, asked.state.clone(), asked.shell.clone());
        let narrow = Narrow {
            actor: (!sees_all(permit)).then_some(permit.actor().id),
            kind: state.filter("kind").and_then(Kind::from_word).map(Kind::word),
            state: state
                .filter("state")
                .and_then(|code| Progress::ALL.into_iter().find(|state| state.code() == code))
                .map(Progress::number),
            now: permit.now(),
        };
        let found = queries::list(conn, &narrow, &state.place, state.limit)?;
        let total = Total::counted(queries::count(conn, &narrow, COUNT_CAP + 1)?);
        let lines = found.rows.iter().map(|operation| line(operation, &state, &shell)).collect();
        let place_of = |operation: &Operation| Cursor(Value::Number(operation.id), operation.id);
        let panel = Panel::of_words(&state);
        let list = View::new(state, &found, place_of, lines, total, &Names::new()).with_panel(panel);
        Ok(IndexPage { shell, list })
    }

    fn panel(_: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal> {
        Ok(Panel::of_words(&asked.state))
    }

    fn list_alone(&self) -> Result<Vec<u8>, Refusal> {
        drawn(&self.as_list())
    }
}

fn line(operation: &Operation, state: &State, shell: &Shell) -> Line {
    let title = operation.title();
    Line {
        id: operation.id,
        href: format!("/operations/{}", operation.id),
        ticked: None,
        cells: state.columns.iter().map(|column| cell(operation, column, &title, shell)).collect(),
        title,
    }
}

fn cell(operation: &Operation, column: &'static Column, title: &str, shell: &Shell) -> Cell {
    match column.key {
        "what" => Cell::text(column, title.to_owned()),
        "when" => Cell::time(column, operation.created_at, shell.date(&operation.created_at)),
        "who" => Cell::text(column, operation.actor_name.clone()),
        "state" => Cell::badge(column, operation.state().label(), tone(operation.state()), ""),
        "done" => Cell::text(column, grouped(operation.done)),
        _ => Cell::text(column, grouped(operation.skipped)),
    }
}

/// The tone of the badge of a state.
pub(super) fn tone(state: Progress) -> &'static str {
    match state {
        Progress::Done => "good",
        Progress::Failed => "bad",
        Progress::Cancelled => "warn",
        Progress::Planned | Progress::Planning | Progress::Running => "neutral",
    }
}

//! `GET /operations`: what was done in one go, newest first.

use actix_web::http::StatusCode;
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
use crate::web::answer::{Answer, drawn, fragment, html};
use crate::web::list::{
    COUNT_CAP, Cell, Column, Cursor, Facet, Line, Names, Panel, PanelName, State, Takes, Total, Value, View, grouped,
    panel_alone,
};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "operations/index.html", blocks = ["list"])]
struct IndexPage {
    shell: Shell,
    list: View,
}

pub async fn index(permit: Permit<ViewUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let state = State::of(&SPEC, &req, &app.settings.public);
    let asked = state.clone();
    let part = fragment(&req).map(ToOwned::to_owned);
    let shell = Shell::of(&app, &req);
    let draw = move |conn: &mut Conn| match part.as_deref() {
        Some("panel") => panel_alone(&panel(&state).ok_or(Refusal::NotFound)?),
        Some("list") => drawn(&read(conn, &permit, state, shell)?.as_list()),
        _ => drawn(&read(conn, &permit, state, shell)?),
    };
    let mut answer = html(StatusCode::OK, app.db.read(draw).await?);
    asked.remember(&app.settings.public, &mut answer);
    Ok(answer)
}

fn read(conn: &mut Conn, permit: &Permit<ViewUsers>, state: State, shell: Shell) -> Result<IndexPage, Refusal> {
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
    let total = match queries::count(conn, &narrow, COUNT_CAP + 1)? {
        rows if rows > COUNT_CAP => Total::MoreThan(COUNT_CAP),
        rows => Total::Exactly(rows),
    };
    let lines = found.rows.iter().map(|operation| line(operation, &state, &shell)).collect();
    let place_of = |operation: &Operation| Cursor(Value::Number(operation.id), operation.id);
    let panel = panel(&state);
    let list = View::new(state, &found, place_of, lines, total, &Names::new()).with_panel(panel);
    Ok(IndexPage { shell, list })
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
        "what" => Cell::text(column, title),
        "when" => Cell::time(column, operation.created_at, shell.date(&operation.created_at)),
        "who" => Cell::text(column, &operation.actor_name),
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

/// The panel that is asked for, if any.
fn panel(state: &State) -> Option<Panel> {
    match state.panel? {
        PanelName::Columns => Some(Panel::columns(state)),
        PanelName::Filters => {
            let facet = |filter: &'static crate::web::list::Filter| Facet {
                key: filter.key,
                choices: match filter.takes {
                    Takes::Words(words) => words()
                        .into_iter()
                        .map(|(code, label)| (code.to_owned(), label.to_owned(), String::new()))
                        .collect(),
                    _ => Vec::new(),
                },
            };
            Some(Panel::filters(state, state.spec.filters.iter().map(facet).collect()))
        }
        PanelName::Views => None,
    }
}

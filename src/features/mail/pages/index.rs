//! `GET /mails`: every mail, newest first.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::ManageMails;
use crate::app::App;
use crate::db::Conn;
use crate::db::fold::fold;
use crate::features::mail::actions::{everywhere, has_server};
use crate::features::mail::input::SPEC;
use crate::features::mail::model::{Kind, LinkState, Mail, State as Progress};
use crate::features::mail::queries::{self, Narrow};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn};
use crate::web::list::{
    Asked, COUNT_CAP, Cell, Column, Cursor, Line, ListPage, Names, Panel, Spec, State, Total, Value, View, answer,
};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "mail/index.html", blocks = ["list"])]
struct IndexPage {
    shell: Shell,
    list: View,
    /// Whether mails go to a server, or lie in a folder.
    has_server: bool,
}

pub async fn index(permit: Permit<ManageMails>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let has_server = has_server(&app);
    answer::<IndexPage>(permit, has_server, app, req).await
}

impl ListPage for IndexPage {
    type Action = ManageMails;
    type Of = bool;

    const SPEC: &'static Spec = &SPEC;

    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal> {
        let (permit, state, shell) = (&asked.permit, asked.state.clone(), asked.shell.clone());
        everywhere(permit)?;
        let narrow = Narrow {
            prefix: fold(&state.q),
            state: state
                .filter("state")
                .and_then(|code| Progress::FILTERED.into_iter().find(|state| state.code() == code)),
            kind: state.filter("about").and_then(Kind::from_word).map(Kind::word),
        };
        let found = queries::list(conn, &narrow, &state.place, state.limit)?;
        let total = Total::counted(queries::count(conn, &narrow, COUNT_CAP + 1)?);
        let links = queries::link_states(conn, &found.rows, permit.now())?;
        let lines = found.rows.iter().map(|mail| line(mail, &links, &state, &shell)).collect();
        let place_of = |mail: &Mail| Cursor(Value::Number(mail.id), mail.id);
        let panel = Panel::of_words(&state);
        let list = View::new(state, &found, place_of, lines, total, &Names::new()).with_panel(panel);
        Ok(IndexPage { shell, list, has_server: asked.of })
    }

    fn panel(_: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal> {
        Ok(Panel::of_words(&asked.state))
    }

    fn list_alone(&self) -> Result<Vec<u8>, Refusal> {
        drawn(&self.as_list())
    }
}

fn line(mail: &Mail, links: &BTreeMap<i64, LinkState>, state: &State, shell: &Shell) -> Line {
    let link = links.get(&mail.id).copied().unwrap_or(LinkState::None);
    Line {
        id: mail.id,
        href: format!("/mails/{}", mail.id),
        ticked: None,
        cells: state.columns.iter().map(|column| cell(mail, link, column, shell)).collect(),
        title: mail.recipient.clone(),
    }
}

fn cell(mail: &Mail, link: LinkState, column: &'static Column, shell: &Shell) -> Cell {
    match column.key {
        "to" => Cell::text(column, mail.recipient.clone()),
        "about" => Cell::text(column, mail.about().to_owned()),
        "state" => Cell::badge(column, mail.state().label(), tone(mail.state()), ""),
        "link" if link == LinkState::None => Cell::absent(column, "None"),
        "link" => Cell::text(column, link.label()),
        "queued" => Cell::time(column, mail.created_at, shell.date(&mail.created_at)),
        "tries" => Cell::text(column, mail.attempts.to_string()),
        _ if mail.answer.is_empty() => Cell::absent(column, "None yet"),
        _ => Cell::text(column, mail.answer.clone()),
    }
}

/// The tone of the badge of a state.
pub(super) fn tone(state: Progress) -> &'static str {
    match state {
        Progress::Sent => "good",
        Progress::Failed => "bad",
        Progress::Uncertain => "warn",
        Progress::Queued | Progress::Sending | Progress::HandingOver | Progress::Revoked => "neutral",
    }
}

//! `GET /audit`: what was done, newest first.

use actix_web::{HttpRequest, web};
use askama::Template;
use std::collections::BTreeMap;

use crate::access::Permit;
use crate::access::permit::ViewAudit;
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::tell::{Told, tell};
use crate::features::audit::input::{SPEC, narrow};
use crate::features::audit::model::Outcome;
use crate::features::audit::queries::list::{self, place_of};
use crate::features::{customers, users};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn};
use crate::web::list::{
    Asked, Cell, Column, Facet, Line, ListPage, Names, Page, Panel, PanelName, Place, Spec, State, Takes, View, answer,
};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "audit/index.html", blocks = ["list"])]
struct IndexPage {
    shell: Shell,
    list: View,
    /// Further back, when the search has stopped on its way; and the time it has got to.
    further: Option<(String, i64)>,
    /// More people fit the search than are looked for.
    too_many_people: bool,
    narrowing: String,
}

pub async fn index(permit: Permit<ViewAudit>, app: web::Data<App>, req: HttpRequest) -> Answer {
    answer::<IndexPage>(permit, (), app, req).await
}

impl ListPage for IndexPage {
    type Action = ViewAudit;
    type Of = ();

    const SPEC: &'static Spec = &SPEC;

    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal> {
        let (permit, state, shell) = (&asked.permit, asked.state.clone(), asked.shell.clone());
        let (narrow, too_many_people) = narrow(conn, permit.scope(), &shell.zone, &state)?;
        let found = list::page(conn, &narrow, &state.place, state.limit)?;
        let told = tell(conn, permit.scope(), found.page.rows.clone())?;
        let customers = users::queries::customer_names(conn, told.iter().map(|told| told.row.customer_id))?;
        let lines = told.iter().map(|told| line(told, &state, &shell, &customers)).collect();
        let names = names(conn, permit, &state)?;
        let panel = panel(conn, permit, &state)?;
        let backwards = matches!(state.place, Place::Before(_) | Place::Last);
        let further = found.looked.map(|cursor| {
            let at = match cursor.0 {
                crate::web::list::Value::Number(at) => at,
                crate::web::list::Value::Text(_) => 0,
            };
            let place = if backwards { Place::Before(cursor) } else { Place::After(cursor) };
            (state.at(place), at)
        });
        let narrowing = state.narrowing();
        // Beyond what was looked through there may be more.
        let page = Page {
            more_before: found.page.more_before || backwards && further.is_some(),
            more_after: found.page.more_after || !backwards && further.is_some(),
            ..found.page
        };
        let mut list = View::new(state, &page, place_of, lines, found.total, &names).with_panel(panel);
        if let Some((href, _)) = &further {
            let step = if backwards { &mut list.pager.previous } else { &mut list.pager.next };
            *step = Some(href.clone());
        }
        Ok(IndexPage { shell, list, further, too_many_people, narrowing })
    }

    fn panel(conn: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal> {
        panel(conn, &asked.permit, &asked.state)
    }

    fn list_alone(&self) -> Result<Vec<u8>, Refusal> {
        drawn(&self.as_list())
    }
}

fn line(told: &Told, state: &State, shell: &Shell, customers: &BTreeMap<i64, String>) -> Line {
    Line {
        id: told.row.id,
        title: shell.date(&told.row.at),
        href: format!("/audit/{}", told.row.id),
        ticked: None,
        cells: state.columns.iter().map(|column| cell(told, column, shell, customers)).collect(),
    }
}

fn cell(told: &Told, column: &'static Column, shell: &Shell, customers: &BTreeMap<i64, String>) -> Cell {
    let or_none = |text: &str| match text {
        "" => Cell::absent(column, "None"),
        text => Cell::text(column, text.to_owned()),
    };
    match column.key {
        "time" => Cell::text(column, shell.date(&told.row.at)),
        "who" => Cell::text(column, told.actor.clone()),
        "action" => Cell::text(column, told.action().to_owned()),
        "object" => Cell::text(column, told.object.clone()),
        "changes" if told.emptied => Cell::absent(column, "Emptied"),
        "changes" => {
            let changes = told.changes_in_words();
            Cell { title: changes.clone().into(), ..or_none(&changes) }
        }
        "outcome" => {
            let outcome = told.outcome();
            Cell::badge(column, outcome.label(), if outcome == Outcome::Refused { "bad" } else { "neutral" }, "")
        }
        "address" => or_none(&told.row.address),
        "customer" => or_none(customers.get(&told.row.customer_id).map_or("", String::as_str)),
        "operation" if told.row.operation_id == 0 => Cell::absent(column, "None"),
        "operation" => Cell::text(column, told.row.operation_id.to_string()),
        _ => or_none(&told.row.request_id),
    }
}

/// What the objects are called that the list is narrowed to, as far as the reader may see them.
fn names(conn: &mut Conn, permit: &Permit<ViewAudit>, state: &State) -> Result<Names, Refusal> {
    let mut names = Names::new();
    let id = |key: &str| state.filter(key).and_then(|id| id.parse::<i64>().ok());
    if let Some(id) = id("customer") {
        match customers::queries::find(conn, permit.scope(), id) {
            Ok(customer) => drop(names.insert("customer", customer.name)),
            Err(Refusal::NotFound) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    for key in ["who", "person"] {
        let Some(id) = id(key) else { continue };
        match users::queries::find_any(conn, permit.scope(), id) {
            Ok(user) => drop(names.insert(key, user.title().to_owned())),
            Err(Refusal::NotFound) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(names)
}

/// The panel that is asked for, if any.
fn panel(conn: &mut Conn, permit: &Permit<ViewAudit>, state: &State) -> Result<Option<Panel>, Refusal> {
    match state.panel {
        Some(PanelName::Columns) => Ok(Some(Panel::columns(state))),
        Some(PanelName::Filters) => Ok(Some(Panel::filters(state, offered(conn, permit, state)?))),
        Some(PanelName::Views) | None => Ok(None),
    }
}

/// What each filter may be set to, or an example of what is typed there.
fn offered(conn: &mut Conn, permit: &Permit<ViewAudit>, state: &State) -> Result<Vec<Facet>, Refusal> {
    let mut facets = Vec::new();
    for filter in state.spec.filters {
        let choices: Vec<(String, String)> = match (filter.key, filter.takes) {
            ("customer", _) => customers::queries::all(conn, permit.scope())?
                .into_iter()
                .map(|customer| (customer.id.to_string(), customer.name))
                .collect(),
            (_, Takes::Words(words)) => {
                words().into_iter().map(|(code, label)| (code.to_owned(), label.to_owned())).collect()
            }
            ("who", _) => vec![(String::new(), "E-mail, number or console".to_owned())],
            ("person", _) => vec![(String::new(), "E-mail or number".to_owned())],
            ("operation", _) => vec![(String::new(), "Number".to_owned())],
            _ => Vec::new(),
        };
        // A reader of one customer has nothing to choose there.
        if filter.key != "customer" || choices.len() > 1 || state.filter("customer").is_some() {
            let choices = choices.into_iter().map(|(value, label)| (value, label, String::new())).collect();
            facets.push(Facet { key: filter.key, choices });
        }
    }
    Ok(facets)
}

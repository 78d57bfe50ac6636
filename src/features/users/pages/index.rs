//! `GET /users`: the User List.

mod cells;
mod filters;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::selection::Tray;
use crate::access::Permit;
use crate::access::permit::{CreateUsers, DeleteUsers, EditContacts, ImportUsers, ViewUsers};
use crate::app::App;
use crate::db::Conn;
use crate::features::users::actions::selection::{self, Selected};
use crate::features::users::input::listing::{self, SELECTED, SPEC};
use crate::features::users::queries::{self, Picked};
use crate::features::views::{self, model::View};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn, fragment, html};
use crate::web::list::{self, Panel, PanelName, SavedView, State, panel_alone};
use crate::web::shell::Shell;

pub use cells::{tfa_title, tfa_tone};

/// What the toolbar offers, by what the reader may do.
pub struct May {
    pub create: bool,
    pub delete: bool,
    pub import: bool,
    pub edit: bool,
}

impl May {
    pub fn of(permit: &Permit<ViewUsers>) -> May {
        May {
            create: permit.also::<CreateUsers>().is_ok(),
            delete: permit.also::<DeleteUsers>().is_ok(),
            import: permit.also::<ImportUsers>().is_ok(),
            edit: permit.also::<EditContacts>().is_ok(),
        }
    }
}

#[derive(Template)]
#[template(path = "users/index.html", blocks = ["list"])]
pub struct IndexPage {
    shell: Shell,
    list: list::View,
    tray: Tray,
    /// Nobody is there at all but the reader.
    alone: bool,
    may: May,
}

/// Ranges of so many customers are read in passing.
const FEW_CUSTOMERS: usize = 20;

/// What was asked for, and by whom.
struct Asked {
    permit: Permit<ViewUsers>,
    state: State,
    shell: Shell,
    part: Part,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    List,
    Panel,
}

pub async fn index(permit: Permit<ViewUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let part = match fragment(&req) {
        Some("panel") => Part::Panel,
        Some("list") => Part::List,
        _ => Part::Whole,
    };
    let state = State::of(&SPEC, &req, &app.settings.public);
    let asked = Arc::new(Asked { permit, state, shell: Shell::of(&app, &req), part });
    let (first, again) = (asked.clone(), asked.clone());
    // Most pages are a few rows of an index, read in less time than it takes to hand them to another thread.
    let quick = match asked.is_short() {
        true => app.db.glance(move |conn| first.draw(conn, true)).await?,
        false => None,
    };
    let body = match quick {
        Some(body) => body,
        None => app.db.read(move |conn| again.draw(conn, false)).await?.unwrap_or_default(),
    };
    let mut answer = html(StatusCode::OK, body);
    asked.state.remember(&app.settings.public, &mut answer);
    Ok(answer)
}

impl Asked {
    /// Whether a few rows of an index are all that is read: of many customers each has a range of its own.
    fn is_short(&self) -> bool {
        let few = self.permit.scope().ids().is_none_or(|ids| ids.len() <= FEW_CUSTOMERS);
        few && self.state.panel.is_none() && !self.state.is_narrowed()
    }

    /// What was asked for, drawn. None: in a hurry, and it may take longer, since those who are selected must be looked for.
    fn draw(&self, conn: &mut Conn, hurry: bool) -> Result<Option<Vec<u8>>, Refusal> {
        if self.part == Part::Panel {
            return panel_alone(&panel(conn, &self.permit, &self.state)?.ok_or(Refusal::NotFound)?).map(Some);
        }
        let selected = selection::selected(conn, &self.permit)?;
        if hurry && selected.is_some() {
            return Ok(None);
        }
        let template = self.read(conn, selected)?;
        if self.part == Part::List { drawn(&template.as_list()) } else { drawn(&template) }.map(Some)
    }

    fn read(&self, conn: &mut Conn, selected: Option<Selected>) -> Result<IndexPage, Refusal> {
        let (permit, state, shell) = (&self.permit, self.state.clone(), self.shell.clone());
        let mut narrow = listing::narrow(permit.scope(), permit.now(), &state);
        narrow.picked = picked(&state, selected.as_ref());
        let (rows, total) = queries::list(conn, &narrow, state.sort.key, state.descending, &state.place, state.limit)?;
        let lines = cells::lines(conn, &rows.rows, selected.as_ref().map(|selected| &selected.narrow), &state, &shell)?;
        let tray = Tray::of(conn, selected.as_ref())?;
        let names = queries::names(conn, permit.scope(), &state)?;
        let panel = panel(conn, permit, &state)?;
        let alone = !state.is_narrowed() && total.at_least() <= 1;
        let list = list::View::new(state, &rows, |row| row.place.clone(), lines, total, &names);
        let edit = if permit.also::<EditContacts>().is_ok() { "edit" } else { "" };
        let list = list.with_panel(panel).with_offer(tray.whole.as_deref()).with_edit(edit);
        Ok(IndexPage { shell, list, tray, alone, may: May::of(permit) })
    }
}

/// The saved views that the reader sees.
fn views(conn: &mut Conn, permit: &Permit<ViewUsers>, state: &State) -> Result<Panel, Refusal> {
    let seen = views::actions::seen(conn, permit, &SPEC)?;
    let saved = |(view, role): (View, Option<String>)| SavedView {
        id: view.id,
        note: role.unwrap_or_default(),
        changeable: views::actions::may_change(permit, &view),
        name: view.name,
        query: view.query,
    };
    Ok(Panel::views(state, seen.mine.into_iter().map(saved).collect(), seen.shared.into_iter().map(saved).collect()))
}

/// The people of the reader's selection, if the list is narrowed to those.
fn picked(state: &State, selected: Option<&Selected>) -> Option<Picked> {
    state.filter(SELECTED)?;
    Some(selected.map(|selected| selected.picked.clone()).unwrap_or_default())
}

/// The panel that is asked for, if any.
fn panel(conn: &mut Conn, permit: &Permit<ViewUsers>, state: &State) -> Result<Option<Panel>, Refusal> {
    Ok(match state.panel {
        Some(PanelName::Filters) => {
            let selected = selection::selected(conn, permit)?;
            let facets = filters::offered(conn, permit, state, picked(state, selected.as_ref()))?;
            Some(Panel::filters(state, facets))
        }
        Some(PanelName::Columns) => Some(Panel::columns(state)),
        Some(PanelName::Views) => Some(views(conn, permit, state)?),
        None => None,
    })
}

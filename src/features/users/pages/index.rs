//! `GET /users`: the User List.

mod filters;

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::{
    Action, CreateUsers, DeleteUsers, EditContacts, ImportUsers, ManageGroups, ResetTwoFactor, SetPasswords,
    ViewGroups, ViewUsers,
};
use crate::app::App;
use crate::db::Conn;
use crate::features::selections::actions::Tray;
use crate::features::users::actions::selection::{self, Selected};
use crate::features::users::cells;
use crate::features::users::input::listing::{self, SELECTED, SPEC};
use crate::features::users::queries::{self, Picked};
use crate::features::views;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn};
use crate::web::list::{self, Asked, ListPage, Panel, PanelName, Spec, State, answer};
use crate::web::shell::Shell;

/// What the toolbar offers, by what the reader may do.
pub struct May {
    pub create: bool,
    pub password: bool,
    pub delete: bool,
    pub import: bool,
    pub edit: bool,
    pub groups: bool,
    pub two_factor: bool,
}

impl May {
    pub fn of(permit: &Permit<ViewUsers>) -> May {
        // A fresh code is asked for when one is pressed.
        let holds = |permission| permit.rights().scope_of(permission).is_some();
        May {
            create: permit.also::<CreateUsers>().is_ok(),
            password: holds(SetPasswords::PERMISSION),
            delete: permit.also::<DeleteUsers>().is_ok(),
            import: permit.also::<ImportUsers>().is_ok(),
            edit: permit.also::<EditContacts>().is_ok(),
            groups: permit.also::<ManageGroups>().is_ok(),
            two_factor: holds(ResetTwoFactor::PERMISSION),
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

pub async fn index(permit: Permit<ViewUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    answer::<IndexPage>(permit, (), app, req).await
}

impl ListPage for IndexPage {
    type Action = ViewUsers;
    type Of = ();

    const SPEC: &'static Spec = &SPEC;

    /// Of many customers each has a range of its own.
    fn is_short(Asked { permit, state, .. }: &Asked<Self>) -> bool {
        let few = permit.scope().ids().is_none_or(|ids| ids.len() <= FEW_CUSTOMERS);
        few && state.panel.is_none() && !state.is_narrowed()
    }

    /// Those who are selected must be looked for.
    fn glance(conn: &mut Conn, asked: &Asked<Self>) -> Result<Option<Self>, Refusal> {
        match selected(conn, &asked.permit)? {
            Some(_) => Ok(None),
            None => read(conn, asked, None).map(Some),
        }
    }

    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal> {
        let selected = selected(conn, &asked.permit)?;
        read(conn, asked, selected)
    }

    fn panel(conn: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal> {
        panel(conn, &asked.permit, &asked.state)
    }

    fn list_alone(&self) -> Result<Vec<u8>, Refusal> {
        drawn(&self.as_list())
    }
}

fn selected(conn: &mut Conn, permit: &Permit<ViewUsers>) -> Result<Option<Selected>, Refusal> {
    if permit.has_selections() { selection::selected(conn, permit) } else { Ok(None) }
}

fn read(conn: &mut Conn, asked: &Asked<IndexPage>, selected: Option<Selected>) -> Result<IndexPage, Refusal> {
    let (permit, state, shell) = (&asked.permit, asked.state.clone(), asked.shell.clone());
    let mut narrow = listing::narrow(permit.scope(), permit.now(), &state);
    narrow.picked = picked(&state, selected.as_ref());
    let (rows, total) = queries::list(conn, &narrow, state.sort.key, state.descending, &state.place, state.limit)?;
    let seen = permit.also::<ViewGroups>().ok();
    let groups = seen.as_ref().map(Permit::scope);
    let ticked = selected.as_ref().map(|selected| &selected.narrow);
    let lines = cells::lines(conn, &rows.rows, ticked, groups, &state, &shell)?;
    let tray = selection::tray(conn, selected.as_ref())?;
    let names = queries::names(conn, permit.scope(), &state)?;
    let panel = panel(conn, permit, &state)?;
    let alone = !state.is_narrowed() && total.at_least() <= 1;
    let list = list::View::new(state, &rows, |row| row.place.clone(), lines, total, &names);
    let edit = if permit.also::<EditContacts>().is_ok() { "edit" } else { "" };
    let list = list.with_panel(panel).with_offer(tray.whole.as_deref()).with_edit(edit);
    Ok(IndexPage { shell, list, tray, alone, may: May::of(permit) })
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
        Some(PanelName::Views) => Some(views::actions::panel(conn, permit, state)?),
        None => None,
    })
}

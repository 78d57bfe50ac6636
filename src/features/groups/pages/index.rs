//! `GET /groups`: the list of groups.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::{ManageGroups, ViewGroups};
use crate::app::App;
use crate::db::Conn;
use crate::features::customers;
use crate::features::groups::listing::{self, GroupList, SPEC};
use crate::features::groups::queries::{self, Narrow};
use crate::features::selections::actions::Tray;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn};
use crate::web::list::{Asked, ListPage, Listed, Panel, Spec, View, answer};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "groups/index.html", blocks = ["list"])]
struct IndexPage {
    shell: Shell,
    list: View,
    tray: Tray,
    /// Whether the reader may create, rename and delete.
    manages: bool,
}

pub async fn index(permit: Permit<ViewGroups>, app: web::Data<App>, req: HttpRequest) -> Answer {
    answer::<IndexPage>(permit, (), app, req).await
}

impl ListPage for IndexPage {
    type Action = ViewGroups;
    type Of = ();

    const SPEC: &'static Spec = &SPEC;

    fn is_short(Asked { state, .. }: &Asked<Self>) -> bool {
        state.panel.is_none() && !state.is_narrowed()
    }

    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal> {
        let (permit, state, shell) = (&asked.permit, asked.state.clone(), asked.shell.clone());
        let chosen = if permit.has_selections() { listing::selected(conn, permit)? } else { None };
        let chosen = chosen.as_ref().map(|(narrow, whole)| (narrow, whole.as_ref()));
        let selected = chosen.map(|(narrow, _)| narrow);
        let narrow = Narrow { picked: listing::picked(&state, selected), ..listing::narrow(permit.scope(), &state) };
        let (found, total) = queries::list(conn, &narrow, state.sort.key, state.descending, &state.place, state.limit)?;
        let lines = listing::lines(conn, &found.rows, selected, &state, &shell)?;
        let tray = Tray::of::<GroupList>(conn, chosen)?;
        let names = GroupList::names(conn, permit.scope(), &state)?;
        let panel = customers::listing::panel(conn, permit, &state)?;
        let manages = permit.also::<ManageGroups>().is_ok();
        let state = state.with_ticks(manages);
        let list = View::new(state, &found, |(place, _)| place.clone(), lines, total, &names).with_panel(panel);
        let list = if manages { list.with_offer(tray.whole.as_deref()).with_edit("edit") } else { list };
        Ok(IndexPage { shell, list, tray, manages })
    }

    fn panel(conn: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal> {
        customers::listing::panel(conn, &asked.permit, &asked.state)
    }

    fn list_alone(&self) -> Result<Vec<u8>, Refusal> {
        drawn(&self.as_list())
    }
}

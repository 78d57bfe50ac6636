//! `GET /users/{id}/groups`: one user, tab "Groups".

use actix_web::{HttpRequest, web};
use askama::Template;

use super::show::{Details, details, head};
use crate::access::Permit;
use crate::access::permit::{ViewGroups, ViewUsers};
use crate::app::App;
use crate::db::Conn;
use crate::features::groups::listing::{self, SPEC_OF_USER};
use crate::features::groups::queries::{self, Narrow};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn};
use crate::web::list::{Asked, ListPage, Names, Panel, Spec, View, answer};
use crate::web::shell::{Crumb, Shell, Tab};

#[derive(Template)]
#[template(path = "users/groups.html", blocks = ["list"])]
struct GroupsPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    tabs: Vec<Tab>,
    details: Details,
    list: View,
}

pub async fn show(permit: Permit<ViewGroups>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    answer::<GroupsPage>(permit, id.into_inner(), app, req).await
}

impl ListPage for GroupsPage {
    type Action = ViewGroups;
    type Of = i64;

    const SPEC: &'static Spec = &SPEC_OF_USER;

    fn path(id: &i64) -> Option<String> {
        Some(format!("/users/{id}/groups"))
    }

    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal> {
        let (permit, id, state, shell) = (&asked.permit, asked.of, asked.state.clone(), asked.shell.clone());
        let details = details(conn, &permit.also::<ViewUsers>()?, id)?;
        let narrow = Narrow { member: Some(id), ..listing::narrow(permit.scope(), &state) };
        let (found, total) = queries::list(conn, &narrow, state.sort.key, state.descending, &state.place, state.limit)?;
        let lines = listing::lines(conn, &found.rows, None, &state, &shell)?;
        let panel = Panel::of_columns(&state);
        let state = state.with_ticks(details.may.groups);
        let list = View::new(state, &found, |(place, _)| place.clone(), lines, total, &Names::new()).with_panel(panel);
        let (crumbs, tabs) = head(&details, "Groups");
        Ok(GroupsPage { shell, crumbs, tabs, details, list })
    }

    fn panel(conn: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal> {
        details(conn, &asked.permit.also()?, asked.of)?;
        Ok(Panel::of_columns(&asked.state))
    }

    fn list_alone(&self) -> Result<Vec<u8>, Refusal> {
        drawn(&self.as_list())
    }
}

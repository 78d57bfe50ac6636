//! `GET /groups/{id}`: one group and who is in it.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::{ManageGroups, ViewGroups, ViewUsers};
use crate::app::App;
use crate::db::Conn;
use crate::db::search::Terms;
use crate::features::groups::model::Group;
use crate::features::groups::queries;
use crate::features::users;
use crate::features::users::input::listing::COLUMNS;
use crate::features::users::queries::Narrow;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn};
use crate::web::list::{Asked, ListPage, Names, Panel, Spec, View, answer, grouped};
use crate::web::shell::{Crumb, Shell};

/// The members of a group, at its own path.
static SPEC: Spec = Spec {
    path: "/groups",
    label: "Users in this group",
    nouns: ("user", "users"),
    search: Some("Search name, email or phone"),
    ticks: Some("removals"),
    selection: None,
    views: false,
    columns: COLUMNS,
    filters: &[],
    sort: "name",
};

#[derive(Template)]
#[template(path = "groups/show.html", blocks = ["list"])]
struct ShowPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    list: View,
    group: Group,
    customer: String,
    manages: bool,
}

impl ShowPage {
    /// The path of the group.
    fn address(&self) -> String {
        format!("/groups/{}", self.group.id)
    }

    /// The User List narrowed to the group.
    fn as_users(&self) -> String {
        format!("/users?group={}", self.group.id)
    }

    /// Where ticked members are sent.
    fn removals(&self) -> String {
        format!("/groups/{}/removals", self.group.id)
    }

    fn users(&self) -> String {
        grouped(self.group.member_count)
    }
}

pub async fn show(permit: Permit<ViewGroups>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    answer::<ShowPage>(permit, id.into_inner(), app, req).await
}

impl ListPage for ShowPage {
    type Action = ViewGroups;
    type Of = i64;

    const SPEC: &'static Spec = &SPEC;

    fn path(id: &i64) -> Option<String> {
        Some(format!("/groups/{id}"))
    }

    /// By name the members are a few rows of an index.
    fn is_short(Asked { state, .. }: &Asked<Self>) -> bool {
        state.panel.is_none() && !state.is_narrowed() && state.sort.key == SPEC.sort
    }

    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal> {
        let (permit, id, state, shell) = (&asked.permit, asked.of, asked.state.clone(), asked.shell.clone());
        let (group, customer) = queries::find_shown(conn, permit.scope(), id)?;
        // Members are people: who may not see those is told so.
        let mut narrow = Narrow::to_scope(permit.also::<ViewUsers>()?.scope());
        narrow.to_group(&group);
        narrow.terms = Terms::of(&state.q);
        let (found, total) =
            users::queries::list(conn, &narrow, state.sort.key, state.descending, &state.place, state.limit)?;
        let lines = users::cells::lines(conn, &found.rows, None, Some(permit.scope()), &state, &shell)?;
        let panel = Panel::of_columns(&state);
        let manages = permit.also::<ManageGroups>().is_ok_and(|permit| permit.scope().contains(group.customer_id));
        let state = state.with_ticks(manages);
        let list = View::new(state, &found, |row| row.place.clone(), lines, total, &Names::new()).with_panel(panel);
        let crumbs = vec![Crumb::new("Groups", "/groups"), Crumb::here(&group.name)];
        Ok(ShowPage { shell, crumbs, list, group, customer, manages })
    }

    fn panel(conn: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal> {
        queries::find(conn, asked.permit.scope(), asked.of)?;
        Ok(Panel::of_columns(&asked.state))
    }

    fn list_alone(&self) -> Result<Vec<u8>, Refusal> {
        drawn(&self.as_list())
    }
}

//! `GET /roles`: the roles of the installation.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, web};
use askama::Template;

use super::holders;
use crate::access::permit::{ViewRoles, ViewUsers};
use crate::access::{BuiltIn, Permission, Permit};
use crate::app::App;
use crate::db::Conn;
use crate::db::fold::fold;
use crate::db::marks::pieces;
use crate::db::search::Terms;
use crate::features::roles::actions::changeable;
use crate::features::roles::input::{Reach, SPEC};
use crate::features::roles::model::Role;
use crate::features::roles::queries;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn};
use crate::web::list::{
    Asked, Cell, Column, Cursor, Line, ListPage, Names, Panel, Spec, State, Total, Value, View, answer, page_of,
};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "roles/index.html", blocks = ["list"])]
struct IndexPage {
    shell: Shell,
    list: View,
    /// Why the reader may not make one; empty: they may.
    why_not: String,
}

/// A role with what is shown of it.
struct Listed {
    role: Role,
    reach: Reach,
    permissions: usize,
    users: Option<Total>,
}

pub async fn index(permit: Permit<ViewRoles>, app: web::Data<App>, req: HttpRequest) -> Answer {
    answer::<IndexPage>(permit, (), app, req).await
}

impl ListPage for IndexPage {
    type Action = ViewRoles;
    type Of = ();

    const SPEC: &'static Spec = &SPEC;

    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal> {
        let (permit, state, shell) = (&asked.permit, asked.state.clone(), asked.shell.clone());
        let needle = fold(&state.q);
        let all = queries::all(conn)?;
        let mut permitted = queries::permissions_of_all(conn, &all)?;
        let numbers = match permit.also::<ViewUsers>() {
            Ok(reader) => Some(queries::numbers_of_holders(conn, reader.scope())?),
            Err(_) => None,
        };
        let mut listed = Vec::new();
        for role in all.into_iter().filter(|role| role.name_key.contains(&needle)) {
            let permissions = permitted.remove(&role.id).unwrap_or_default();
            let reach = Reach::of(&permissions);
            let kind = if role.is_built_in() { "built-in" } else { "custom" };
            let fits = state.filter("kind").is_none_or(|code| code == kind)
                && state.filter("reach").is_none_or(|code| code == reach.code());
            if fits {
                let users = match (&numbers, role.is(BuiltIn::Users)) {
                    (None, _) => None,
                    (Some(_), true) => holders(conn, permit, role.id)?,
                    (Some(numbers), false) => Some(Total::Exactly(numbers.get(&role.id).copied().unwrap_or_default())),
                };
                listed.push(Listed { role, reach, permissions: permissions.len(), users });
            }
        }
        let total = Total::Exactly(i64::try_from(listed.len()).unwrap_or(i64::MAX));
        let key = state.sort.key;
        let found = page_of(listed, &state, |listed| place_of(key, listed));
        let terms = Terms::of(&state.q);
        let lines = found.rows.iter().map(|listed| line(listed, &state, &terms, &shell)).collect();
        let panel = Panel::of_words(&state);
        let list =
            View::new(state, &found, |listed| place_of(key, listed), lines, total, &Names::new()).with_panel(panel);
        let why_not = changeable(permit.rights(), None, &BTreeSet::<Permission>::new())
            .err()
            .map(|refusal| refusal.to_string())
            .unwrap_or_default();
        Ok(IndexPage { shell, list, why_not })
    }

    fn panel(_: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal> {
        Ok(Panel::of_words(&asked.state))
    }

    fn list_alone(&self) -> Result<Vec<u8>, Refusal> {
        drawn(&self.as_list())
    }
}

fn place_of(key: &str, listed: &Listed) -> Cursor {
    let value = match key {
        "kind" => Value::Number(i64::from(!listed.role.is_built_in())),
        "reach" => Value::Text(listed.reach.label().to_owned()),
        "permissions" => Value::Number(i64::try_from(listed.permissions).unwrap_or(i64::MAX)),
        "users" => Value::Number(listed.users.map_or(0, Total::at_least)),
        "created" => Value::Number(listed.role.created_at),
        _ => Value::Text(listed.role.name_key.clone()),
    };
    Cursor(value, listed.role.id)
}

fn line(listed: &Listed, state: &State, terms: &Terms, shell: &Shell) -> Line {
    let role = &listed.role;
    let cell = |column: &&'static Column| match column.key {
        "name" => Cell::text(column, role.name.clone()).marked(pieces(&role.name, terms)),
        "kind" => Cell::text(column, if role.is_built_in() { "Built in" } else { "Custom" }),
        "reach" => Cell::badge(column, listed.reach.label(), listed.reach.tone(), ""),
        "permissions" => Cell::text(column, listed.permissions.to_string()),
        "users" => match listed.users {
            Some(total) => Cell::text(column, total.figure()),
            None => Cell::absent(column, "N/A"),
        },
        _ if role.created_at == 0 => Cell::absent(column, "From the start"),
        _ => Cell::time(column, role.created_at, shell.date(&role.created_at)),
    };
    Line {
        id: role.id,
        title: role.name.clone(),
        href: format!("/roles/{}", role.id),
        ticked: None,
        cells: state.columns.iter().map(cell).collect(),
    }
}

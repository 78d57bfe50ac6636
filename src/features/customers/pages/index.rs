//! `GET /customers`: the customers in scope.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::{EditCustomers, ViewCustomers, ViewUsers};
use crate::access::{Permission, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::db::fold::fold;
use crate::db::marks::pieces;
use crate::db::search::Terms;
use crate::features::customers::actions::rename::may_create;
use crate::features::customers::input::{SPEC, STATES};
use crate::features::customers::model::Customer;
use crate::features::customers::queries;
use crate::features::users;
use crate::features::users::queries::Narrow;
use crate::features::views;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn};
use crate::web::list::{
    Asked, Cell, Column, Cursor, Line, ListPage, Names, Panel, PanelName, Spec, State, Total, Value, View, answer,
    grouped, page_of,
};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "customers/index.html", blocks = ["list"])]
struct IndexPage {
    shell: Shell,
    list: View,
    /// Why the reader may not make one; empty: they may.
    why_not: String,
}

/// A customer with how many belong to it; None: the reader does not see them.
struct Listed {
    customer: Customer,
    users: Option<i64>,
}

pub async fn index(permit: Permit<ViewCustomers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    answer::<IndexPage>(permit, (), app, req).await
}

impl ListPage for IndexPage {
    type Action = ViewCustomers;
    type Of = ();

    const SPEC: &'static Spec = &SPEC;

    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal> {
        let (permit, state, shell) = (&asked.permit, asked.state.clone(), asked.shell.clone());
        let needle = fold(&state.q);
        let reader = permit.also::<ViewUsers>().ok();
        let counts: BTreeMap<i64, i64> = match &reader {
            Some(reader) => users::queries::by_customer(conn, &Narrow::to_scope(reader.scope()))?,
            None => BTreeMap::new(),
        };
        let seen = reader.as_ref().map(|reader| reader.scope().clone()).unwrap_or(Scope::of([]));
        let listed: Vec<Listed> = queries::all(conn, permit.scope())?
            .into_iter()
            .filter(|customer| customer.name_key.contains(&needle))
            .filter(|customer| state.filter("state").is_none_or(|code| code == word(customer).0))
            .map(|customer| Listed {
                users: seen.contains(customer.id).then(|| counts.get(&customer.id).copied().unwrap_or_default()),
                customer,
            })
            .collect();
        let total = Total::Exactly(i64::try_from(listed.len()).unwrap_or(i64::MAX));
        let key = state.sort.key;
        let found = page_of(listed, &state, |listed| place_of(key, listed));
        let terms = Terms::of(&state.q);
        let lines = found.rows.iter().map(|listed| line(listed, &state, &terms, &shell)).collect();
        let panel = panel(conn, permit, &state)?;
        let list =
            View::new(state, &found, |listed| place_of(key, listed), lines, total, &Names::new()).with_panel(panel);
        let why_not = match permit.also::<EditCustomers>().and_then(|permit| may_create(&permit)) {
            Ok(()) => String::new(),
            Err(Refusal::Forbidden(why)) => why,
            Err(_) => Permission::ManageCustomers.lacking(),
        };
        Ok(IndexPage { shell, list, why_not })
    }

    fn panel(conn: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal> {
        panel(conn, &asked.permit, &asked.state)
    }

    fn list_alone(&self) -> Result<Vec<u8>, Refusal> {
        drawn(&self.as_list())
    }
}

fn panel(conn: &mut Conn, permit: &Permit<ViewCustomers>, state: &State) -> Result<Option<Panel>, Refusal> {
    match state.panel {
        Some(PanelName::Views) => views::actions::panel(conn, permit, state).map(Some),
        _ => Ok(Panel::of_words(state)),
    }
}

/// Its state: code and label.
pub(super) fn word(customer: &Customer) -> (&'static str, &'static str) {
    STATES[usize::from(customer.is_archived())]
}

fn place_of(key: &str, listed: &Listed) -> Cursor {
    let value = match key {
        "users" => Value::Number(listed.users.unwrap_or(-1)),
        "state" => Value::Number(i64::from(listed.customer.is_archived())),
        "created" => Value::Number(listed.customer.created_at),
        _ => Value::Text(listed.customer.name_key.clone()),
    };
    Cursor(value, listed.customer.id)
}

fn line(listed: &Listed, state: &State, terms: &Terms, shell: &Shell) -> Line {
    let customer = &listed.customer;
    let cell = |column: &&'static Column| match column.key {
        "name" => Cell::text(column, customer.name.clone()).marked(pieces(&customer.name, terms)),
        "users" => match listed.users {
            Some(number) => Cell::text(column, grouped(number)),
            None => Cell::absent(column, "N/A"),
        },
        "state" if customer.is_archived() => {
            Cell::badge(column, word(customer).1, "warn", "Its people may not sign in")
        }
        "state" => Cell::badge(column, word(customer).1, "good", ""),
        _ if customer.created_at == 0 => Cell::absent(column, "From the start"),
        _ => Cell::time(column, customer.created_at, shell.date(&customer.created_at)),
    };
    Line {
        id: customer.id,
        title: customer.name.clone(),
        href: format!("/customers/{}", customer.id),
        ticked: None,
        cells: state.columns.iter().map(cell).collect(),
    }
}

//! Customers as a filter of other lists: `?customer=3`.

use super::input::SPEC;
use super::queries;
use crate::access::permit::ViewCustomers;
use crate::access::{Action, Permit, Scope};
use crate::db::Conn;
use crate::features::views;
use crate::refusal::Refusal;
use crate::web::list::{Facet, Filter, Listed, Names, Panel, PanelName, Spec, State, Takes};

/// Most customers among the filters.
const MOST: i64 = 5_000;

/// The filter of a list that has it.
pub const FILTER: Filter = Filter { key: "customer", label: "Customer", takes: Takes::Id };

/// The list of customers.
pub enum CustomerList {}

impl Listed for CustomerList {
    type Action = ViewCustomers;

    const SPEC: &'static Spec = &SPEC;
    const TITLE: &'static str = "Customers";

    fn names(_: &mut Conn, _: &Scope, _: &State) -> Result<Names, Refusal> {
        Ok(Names::new())
    }
}

/// Whose rows the URL leaves, within the reader's scope; None: all customers'.
pub fn narrow(scope: &Scope, state: &State) -> Option<Vec<i64>> {
    match state.filter(FILTER.key).and_then(|id| id.parse::<i64>().ok()) {
        Some(id) => Some(if scope.contains(id) { vec![id] } else { Vec::new() }),
        None => scope.ids(),
    }
}

/// What the chip of the filter is called.
///
/// # Errors
/// Only the database's.
pub fn names(conn: &mut Conn, scope: &Scope, state: &State) -> Result<Names, Refusal> {
    let mut names = Names::new();
    if let Some(id) = state.filter(FILTER.key).and_then(|id| id.parse().ok()) {
        match queries::find(conn, scope, id) {
            Ok(customer) => drop(names.insert(FILTER.key, customer.name)),
            Err(Refusal::NotFound) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(names)
}

/// The open panel of a list that has no other filter.
///
/// # Errors
/// Only the database's.
pub fn panel<A: Action>(conn: &mut Conn, permit: &Permit<A>, state: &State) -> Result<Option<Panel>, Refusal> {
    Ok(match state.panel {
        Some(PanelName::Columns) => Some(Panel::columns(state)),
        Some(PanelName::Filters) => {
            let choices = queries::by_names(conn, permit.scope(), MOST)?
                .into_iter()
                .map(|customer| (customer.id.to_string(), customer.name, String::new()))
                .collect();
            Some(Panel::filters(state, vec![Facet { key: FILTER.key, choices }]))
        }
        Some(PanelName::Views) if state.spec.views => Some(views::actions::panel(conn, permit, state)?),
        Some(PanelName::Views) | None => None,
    })
}

//! Groups as rows of lists: of all groups, and of those that a user is in.

use std::collections::BTreeMap;

use super::model::Group;
use crate::access::Scope;
use crate::db::Conn;
use crate::db::marks::pieces;
use crate::db::search::Terms;
use crate::features::customers;
use crate::features::users::queries::customer_names;
use crate::refusal::Refusal;
use crate::web::list::{Cell, Column, Cursor, Kind, Line, Spec, State, grouped};
use crate::web::shell::Shell;

use super::queries::Narrow;

const COLUMNS: &[Column] = &[
    Column::new("name", "Group name", Kind::Title).jump("Names from"),
    Column::new("users", "# of users", Kind::Number),
    Column::new("created-by", "Created by", Kind::Words).jump("Created by, from"),
    Column::new("created", "Created", Kind::Time),
    Column::new("customer", "Customer", Kind::Words).unsorted().hidden(),
];

/// The list of groups.
pub static SPEC: Spec = Spec {
    path: "/groups",
    label: "Groups",
    nouns: ("group", "groups"),
    search: Some("Search group name"),
    ticks: Some("/groups/deletions"),
    selection: None,
    views: false,
    columns: COLUMNS,
    filters: &[customers::listing::FILTER],
    sort: "name",
};

/// The groups that one user is in, below that user's page.
pub static SPEC_OF_USER: Spec = Spec {
    path: "/users/groups",
    label: "Groups of this user",
    nouns: ("group", "groups"),
    search: Some("Search group name"),
    ticks: Some("removal"),
    selection: None,
    views: false,
    columns: COLUMNS,
    filters: &[],
    sort: "name",
};

/// What the URL narrows a list of groups to, within the reader's scope.
pub fn narrow(scope: &Scope, state: &State) -> Narrow {
    Narrow { customers: customers::listing::narrow(scope, state), words: Narrow::words(&state.q), member: None }
}

/// The rows of a page as they are drawn, with as many queries for a hundred as for one.
pub fn lines(conn: &mut Conn, rows: &[(Cursor, Group)], state: &State, shell: &Shell) -> Result<Vec<Line>, Refusal> {
    let customers = match state.shows("customer") {
        true => customer_names(conn, rows.iter().map(|(_, group)| group.customer_id))?,
        false => BTreeMap::new(),
    };
    // What was searched for is marked wherever in a word it stands, as it is found.
    let terms = Terms { anywhere: Narrow::words(&state.q), ..Terms::default() };
    let cell = |group: &Group, column: &'static Column| match column.key {
        "name" if terms.is_empty() => Cell::text(column, &group.name),
        "name" => Cell::text(column, &group.name).marked(pieces(&group.name, &terms)),
        "users" => Cell::text(column, grouped(group.member_count)),
        "created-by" if group.created_by_name.is_empty() => Cell::absent(column, "N/A"),
        "created-by" => Cell::text(column, &group.created_by_name),
        "customer" => Cell::text(column, customers.get(&group.customer_id).cloned().unwrap_or_default()),
        _ => Cell::time(column, group.created_at, shell.date(&group.created_at)),
    };
    let line = |group: &Group| Line {
        id: group.id,
        title: group.name.clone(),
        href: format!("/groups/{}", group.id),
        ticked: None,
        cells: state.columns.iter().map(|column| cell(group, column)).collect(),
    };
    Ok(rows.iter().map(|(_, group)| line(group)).collect())
}

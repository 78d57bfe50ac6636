//! Groups as rows of lists: of all groups, and of those that a user is in.

use std::collections::{BTreeMap, BTreeSet};

use super::model::Group;
use super::queries::{self, Narrow, Picked};
use crate::access::permit::ViewGroups;
use crate::access::{Action, Permit, Scope};
use crate::db::Conn;
use crate::db::marks::pieces;
use crate::db::search::Terms;
use crate::features::selections::actions::Selectable;
use crate::features::selections::model::Selection;
use crate::features::users::queries::customer_names;
use crate::features::{customers, selections};
use crate::refusal::Refusal;
use crate::web::list::{
    Cell, Column, Cursor, Filter, Kept, Kind, Line, Listed, Names, Spec, State, Takes, Total, grouped,
};
use crate::web::shell::Shell;

const COLUMNS: &[Column] = &[
    Column::new("name", "Group name", Kind::Title).jump("Names from"),
    Column::new("users", "# of users", Kind::Number),
    Column::new("created-by", "Created by", Kind::Words).jump("Created by, from"),
    Column::new("created", "Created", Kind::Time),
    Column::new("customer", "Customer", Kind::Words).unsorted().hidden(),
];

/// The name of the list in `selections`.
pub const LIST: &str = "groups";
/// The filter that narrows the list to what is selected.
const SELECTED: &str = "selected";
const KEPT: Kept = Kept { path: "/groups/selection", name: LIST, filter: SELECTED, exports: "" };

/// The list of groups.
pub static SPEC: Spec = Spec {
    path: "/groups",
    label: "Groups",
    nouns: ("group", "groups"),
    search: Some("Search group name"),
    ticks: Some("/groups/deletions"),
    selection: Some(KEPT),
    views: true,
    columns: COLUMNS,
    filters: &[customers::listing::FILTER, Filter { key: SELECTED, label: "Selected", takes: Takes::Yes }],
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

/// The list of groups.
pub enum GroupList {}

impl Listed for GroupList {
    type Action = ViewGroups;

    const SPEC: &'static Spec = &SPEC;
    const TITLE: &'static str = "Groups";

    fn names(conn: &mut Conn, scope: &Scope, state: &State) -> Result<Names, Refusal> {
        customers::listing::names(conn, scope, state)
    }
}

impl Selectable for GroupList {
    type Narrow = Narrow;

    const KEPT: Kept = KEPT;

    fn narrow(scope: &Scope, _: i64, state: &State) -> Narrow {
        narrow(scope, state)
    }

    fn selected(_: &mut Conn, scope: &Scope, _: i64, selection: Selection) -> Result<Narrow, Refusal> {
        let whole = selection.whole.then(|| Box::new(narrow(scope, &State::parse(&SPEC, &selection.query))));
        let picked = Some(Picked { selection_id: selection.id, whole });
        Ok(Narrow { customers: scope.ids(), picked, ..Narrow::default() })
    }

    fn among(conn: &mut Conn, narrow: &Narrow, ids: &[i64]) -> Result<BTreeSet<i64>, Refusal> {
        queries::among(conn, narrow, ids)
    }

    fn ids_after(conn: &mut Conn, narrow: &Narrow, after: i64, limit: i64) -> Result<Vec<i64>, Refusal> {
        queries::ids_after(conn, narrow, after, limit)
    }

    fn total(conn: &mut Conn, narrow: &Narrow) -> Result<Total, Refusal> {
        queries::total(conn, narrow)
    }
}

/// What the URL narrows a list of groups to, within the reader's scope; but for what is selected.
pub fn narrow(scope: &Scope, state: &State) -> Narrow {
    Narrow { customers: customers::listing::narrow(scope, state), words: Narrow::words(&state.q), ..Narrow::default() }
}

/// What of the reader's selection is theirs to see, and the search and filters of what was selected whole; None: nothing is selected.
///
/// # Errors
/// Only the database's.
pub fn selected<A: Action>(conn: &mut Conn, permit: &Permit<A>) -> Result<Option<(Narrow, Option<String>)>, Refusal> {
    let Some(selection) = selections::actions::kept::<GroupList, A>(conn, permit)? else { return Ok(None) };
    let whole = selection.whole.then(|| selection.query.clone());
    let narrow = GroupList::selected(conn, permit.scope(), permit.now(), selection)?;
    Ok(Some((narrow, whole)))
}

/// The list narrowed to what is selected, if its URL says so.
pub fn picked(state: &State, selected: Option<&Narrow>) -> Option<Picked> {
    state.filter(SELECTED)?;
    Some(selected.and_then(|narrow| narrow.picked.clone()).unwrap_or_default())
}

/// The rows of a page as they are drawn, with as many queries for a hundred as for one.
///
/// `selected`: what of the list is selected, where its ticks are kept.
pub fn lines(
    conn: &mut Conn,
    rows: &[(Cursor, Group)],
    selected: Option<&Narrow>,
    state: &State,
    shell: &Shell,
) -> Result<Vec<Line>, Refusal> {
    let ids: Vec<i64> = rows.iter().map(|(_, group)| group.id).collect();
    let ticked = match selected {
        Some(narrow) => queries::among(conn, narrow, &ids)?,
        None => BTreeSet::new(),
    };
    let customers = match state.shows("customer") {
        true => customer_names(conn, rows.iter().map(|(_, group)| group.customer_id))?,
        false => BTreeMap::new(),
    };
    // What was searched for is marked wherever in a word it stands, as it is found.
    let terms = Terms { anywhere: Narrow::words(&state.q), ..Terms::default() };
    let cell = |group: &Group, column: &'static Column| match column.key {
        "name" if terms.is_empty() => Cell::text(column, group.name.clone()),
        "name" => Cell::text(column, group.name.clone()).marked(pieces(&group.name, &terms)),
        "users" => Cell::text(column, grouped(group.member_count)),
        "created-by" if group.created_by_name.is_empty() => Cell::absent(column, "N/A"),
        "created-by" => Cell::text(column, group.created_by_name.clone()),
        "customer" => Cell::text(column, customers.get(&group.customer_id).cloned().unwrap_or_default()),
        _ => Cell::time(column, group.created_at, shell.date(&group.created_at)),
    };
    let line = |group: &Group| Line {
        id: group.id,
        title: group.name.clone(),
        href: format!("/groups/{}", group.id),
        ticked: Some(ticked.contains(&group.id)).filter(|_| state.spec.selection.is_some()),
        cells: state.columns.iter().map(|column| cell(group, column)).collect(),
    };
    Ok(rows.iter().map(|(_, group)| line(group)).collect())
}

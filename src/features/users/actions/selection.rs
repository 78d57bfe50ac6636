//! What the reader has selected in the User List: always what they may see of it now, whenever it was selected.

use std::collections::BTreeSet;

use crate::access::permit::{Action, ViewUsers};
use crate::access::{Permit, Scope};
use crate::db::Conn;
use crate::features::selections;
use crate::features::selections::actions::{Selectable, Tray, change};
use crate::features::selections::model::{Change, Selection};
use crate::features::users::input::listing::{self, KEPT, LIST, SPEC};
use crate::features::users::queries::{self, Narrow, Picked};
use crate::refusal::Refusal;
use crate::web::list::{Kept, Listed, Names, Spec, State, Total};

/// The User List.
pub enum UserList {}

impl Listed for UserList {
    type Action = ViewUsers;

    const SPEC: &'static Spec = &SPEC;
    const TITLE: &'static str = "User List";

    fn names(conn: &mut Conn, scope: &Scope, state: &State) -> Result<Names, Refusal> {
        queries::names(conn, scope, state)
    }
}

impl Selectable for UserList {
    type Narrow = Narrow;

    const KEPT: Kept = KEPT;

    fn narrow(scope: &Scope, now: i64, state: &State) -> Narrow {
        listing::narrow(scope, now, state)
    }

    fn selected(conn: &mut Conn, scope: &Scope, now: i64, selection: Selection) -> Result<Narrow, Refusal> {
        Ok(of(conn, scope, now, selection)?.narrow)
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

/// What is selected.
#[derive(Debug, Clone)]
pub struct Selected {
    /// As a list of people, within the reader's scope.
    pub narrow: Narrow,
    /// To narrow any other list of people to these.
    pub picked: Picked,
    /// Search and filters of what was selected whole.
    pub whole: Option<String>,
}

/// The selection of the reader's session; None: nothing is selected.
pub fn selected<A: Action>(conn: &mut Conn, permit: &Permit<A>) -> Result<Option<Selected>, Refusal> {
    let Some(selection) = selections::actions::kept::<UserList, A>(conn, permit)? else { return Ok(None) };
    of(conn, permit.scope(), permit.now(), selection).map(Some)
}

/// Who of a selection lies within a scope. `now` in unix milliseconds.
pub fn of(conn: &mut Conn, scope: &Scope, now: i64, selection: Selection) -> Result<Selected, Refusal> {
    let whole = selection.whole.then(|| listing::narrow(scope, now, &State::parse(&SPEC, &selection.query)));
    let singles = whole.is_none() || selections::queries::has_items(conn, selection.id)?;
    let picked = |whole: Option<Narrow>| Picked { selection_id: selection.id, whole: whole.map(Box::new), singles };
    let narrow = match &whole {
        // A search but for those who were left out is that search first of all, and found by the same index.
        Some(kept) if !singles => {
            let all = Narrow { customers: kept.customers.clone(), ..Narrow::default() };
            Narrow { picked: Some(picked(Some(all))), ..kept.clone() }
        }
        _ => Narrow { picked: Some(picked(whole.clone())), ..Narrow::to_scope(scope) },
    };
    Ok(Selected { narrow, picked: picked(whole), whole: selection.whole.then_some(selection.query) })
}

/// What is told of it.
///
/// # Errors
/// Only the database's.
pub fn tray(conn: &mut Conn, selected: Option<&Selected>) -> Result<Tray, Refusal> {
    Tray::of::<UserList>(conn, selected.map(|selected| (&selected.narrow, selected.whole.as_ref())))
}

/// Makes what is ticked the selection of the reader's session, for a form that asks what is to become of it: `list`, the name of the list whose
/// selection is meant, or ids.
///
/// # Errors
/// Nothing ticked; as for [`change`].
pub fn choose(conn: &mut Conn, permit: &Permit<ViewUsers>, list: &str, ids: Vec<i64>) -> Result<(), Refusal> {
    let nothing = || Refusal::Unfit("Tick at least one user first.".into());
    if list != LIST {
        if ids.is_empty() {
            return Err(nothing());
        }
        change::<UserList>(conn, permit, Change::Clear)?;
        change::<UserList>(conn, permit, Change::Add(ids))?;
    }
    match selected(conn, permit)? {
        Some(selected) if queries::total(conn, &selected.narrow)?.at_least() > 0 => Ok(()),
        _ => Err(nothing()),
    }
}

/// The one person who is ticked, for what is done to one at a time: see [`choose`]. The selection stays as it is.
///
/// # Errors
/// Nobody ticked, or several; or not there for the reader.
pub fn only_one<A: Action>(conn: &mut Conn, permit: &Permit<A>, list: &str, ids: &[i64]) -> Result<i64, Refusal> {
    let ids = match list == LIST {
        true => match selected(conn, permit)? {
            Some(selected) => queries::ids_after(conn, &selected.narrow, 0, 2)?,
            None => Vec::new(),
        },
        false => queries::find_all(conn, permit.scope(), ids)?.into_iter().map(|user| user.id).collect(),
    };
    match ids.as_slice() {
        [] => Err(Refusal::Unfit("Tick at least one user first.".into())),
        [one] => Ok(*one),
        _ => Err(Refusal::Unfit("A password is changed for one user at a time. Tick only one.".into())),
    }
}

//! What the reader has selected in the User List: always what they may see of it now, whenever it was selected.

use std::collections::BTreeSet;

use crate::access::permit::{Action, ViewUsers};
use crate::access::{Permit, Scope};
use crate::db::Conn;
use crate::features::selections;
use crate::features::selections::model::Selection;
use crate::features::users::input::listing::{self, LIST, SELECTED, SPEC};
use crate::features::users::queries::{self, Narrow, Picked};
use crate::refusal::Refusal;
use crate::web::list::{State, Total, grouped};

/// So many hits are taken in one by one when something else is selected whole already.
const MOST_MERGED: i64 = 10_000;

/// One change of the selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Add(Vec<i64>),
    Remove(Vec<i64>),
    /// All that a list's URL hits.
    Whole(String),
    Clear,
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
    let Some(session) = permit.session_id() else { return Ok(None) };
    let Some(selection) = selections::queries::find(conn, session, LIST)? else { return Ok(None) };
    of(conn, permit.scope(), permit.now(), selection).map(Some)
}

/// Who of a selection lies within a scope. `now` in unix milliseconds.
pub fn of(conn: &mut Conn, scope: &Scope, now: i64, selection: Selection) -> Result<Selected, Refusal> {
    let whole = selection.whole.then(|| kept(scope, now, &selection.query));
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

fn kept(scope: &Scope, now: i64, query: &str) -> Narrow {
    listing::narrow(scope, now, &State::parse(&SPEC, query))
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
        change(conn, permit, Change::Clear)?;
        change(conn, permit, Change::Add(ids))?;
    }
    match selected(conn, permit)? {
        Some(selected) if count(conn, &selected)?.at_least() > 0 => Ok(()),
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

/// Changes the selection of the reader's session.
///
/// # Errors
/// Not found, if one of the people to add is not there for the reader; more single people than a selection holds; two searches selected whole.
pub fn change(conn: &mut Conn, permit: &Permit<ViewUsers>, change: Change) -> Result<(), Refusal> {
    let session = permit.session_id().ok_or(Refusal::SignIn)?;
    if change == Change::Clear {
        return selections::actions::clear(conn, session, LIST);
    }
    let selection = selections::actions::take(conn, session, LIST, permit.now())?;
    match change {
        Change::Add(ids) => add(conn, permit, &selection, &ids),
        Change::Remove(ids) => {
            // Whoever is not there for the reader is in no selection of theirs.
            let seen = queries::among(conn, &Narrow::to_scope(permit.scope()), &ids)?;
            selections::actions::remove(conn, &selection, &seen.into_iter().collect::<Vec<_>>())
        }
        Change::Whole(query) => select_whole(conn, permit, &selection, &query),
        Change::Clear => Ok(()),
    }
}

fn add(conn: &mut Conn, permit: &Permit<ViewUsers>, selection: &Selection, ids: &[i64]) -> Result<(), Refusal> {
    let wanted: BTreeSet<i64> = ids.iter().copied().collect();
    if queries::among(conn, &Narrow::to_scope(permit.scope()), ids)? != wanted {
        return Err(Refusal::NotFound);
    }
    let hit = match selection.whole {
        true => queries::among(conn, &kept(permit.scope(), permit.now(), &selection.query), ids)?,
        false => BTreeSet::new(),
    };
    let wanted: Vec<i64> = wanted.into_iter().collect();
    selections::actions::add(conn, selection, &wanted, |id| hit.contains(&id))
}

fn select_whole(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    selection: &Selection,
    query: &str,
) -> Result<(), Refusal> {
    let state = State::parse(&SPEC, query);
    if state.filter(SELECTED).is_some() {
        return Err(Refusal::Unfit("These are selected already.".into()));
    }
    let query = state.narrowing();
    let wanted = kept(permit.scope(), permit.now(), &query);
    let everybody = query.is_empty();
    if selection.whole && selection.query != query && !everybody {
        return add_whole(conn, permit, selection, &wanted);
    }
    let single = selections::queries::items(conn, selection.id, true)?;
    let hits: Vec<i64> = queries::among(conn, &wanted, &single)?.into_iter().collect();
    selections::actions::select_whole(conn, selection, &query, if everybody { &single } else { &hits })
}

/// Takes in all that are left by `wanted`, beside what is selected whole already.
fn add_whole(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    selection: &Selection,
    wanted: &Narrow,
) -> Result<(), Refusal> {
    let left_out = selections::queries::items(conn, selection.id, false)?;
    let back: Vec<i64> = queries::among(conn, wanted, &left_out)?.into_iter().collect();
    if selection.query.is_empty() {
        // Everybody but for those who were left out: no one else is to be added.
        return selections::actions::add(conn, selection, &back, |_| true);
    }
    let hits = queries::ids_after(conn, wanted, 0, MOST_MERGED + 1)?;
    if i64::try_from(hits.len()).unwrap_or(i64::MAX) > MOST_MERGED {
        return Err(Refusal::Unfit(format!(
            "All that match another search are selected already. Up to {} can be added to that; clear the selection first.",
            grouped(MOST_MERGED)
        )));
    }
    add(conn, permit, selection, &hits)
}

/// How many a selection comes to.
pub fn count(conn: &mut Conn, selected: &Selected) -> Result<Total, Refusal> {
    queries::total(conn, &selected.narrow)
}

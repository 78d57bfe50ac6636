//! What a reader selects in a list: always what they may see of it now, whenever it was selected.

use std::collections::BTreeSet;

use super::super::model::{Change, Selection};
use super::super::queries;
use crate::access::permit::Action;
use crate::access::{Permit, Scope};
use crate::db::Conn;
use crate::refusal::Refusal;
use crate::web::list::{Kept, Listed, State, Total, grouped};

/// So many hits are taken in one by one when something else is selected whole already.
const MOST_MERGED: i64 = 10_000;

/// A list whose ticks are kept.
pub trait Selectable: Listed {
    /// What narrows it.
    type Narrow;

    const KEPT: Kept;

    /// What a URL of it leaves within a scope. `now` in unix milliseconds.
    fn narrow(scope: &Scope, now: i64, state: &State) -> Self::Narrow;

    /// What of a selection lies within a scope. `now` in unix milliseconds.
    ///
    /// # Errors
    /// Only the database's.
    fn selected(conn: &mut Conn, scope: &Scope, now: i64, selection: Selection) -> Result<Self::Narrow, Refusal>;

    /// Which of these are left.
    ///
    /// # Errors
    /// Only the database's.
    fn among(conn: &mut Conn, narrow: &Self::Narrow, ids: &[i64]) -> Result<BTreeSet<i64>, Refusal>;

    /// The ids behind `after` that are left, the lowest first.
    ///
    /// # Errors
    /// Only the database's.
    fn ids_after(conn: &mut Conn, narrow: &Self::Narrow, after: i64, limit: i64) -> Result<Vec<i64>, Refusal>;

    /// How many are left.
    ///
    /// # Errors
    /// Only the database's.
    fn total(conn: &mut Conn, narrow: &Self::Narrow) -> Result<Total, Refusal>;
}

/// What the reader's session has selected in a list, as it is stored; None: nothing.
pub fn kept<L: Selectable, A: Action>(conn: &mut Conn, permit: &Permit<A>) -> Result<Option<Selection>, Refusal> {
    let Some(session) = permit.session_id() else { return Ok(None) };
    queries::find(conn, session, L::KEPT.name)
}

/// Changes the selection of the reader's session.
///
/// # Errors
/// Not found, if one of the objects to add is not there for the reader; more single objects than a selection holds; two searches selected whole.
pub fn change<L: Selectable>(conn: &mut Conn, permit: &Permit<L::Action>, change: Change) -> Result<(), Refusal> {
    let session = permit.session_id().ok_or(Refusal::SignIn)?;
    if change == Change::Clear {
        return super::clear(conn, session, L::KEPT.name);
    }
    let selection = super::take(conn, session, L::KEPT.name, permit.now())?;
    match change {
        Change::Add(ids) => add::<L>(conn, permit, &selection, &ids),
        Change::Remove(ids) => {
            // What is not there for the reader is in no selection of theirs.
            let seen = L::among(conn, &all::<L>(permit), &ids)?;
            super::remove(conn, &selection, &seen.into_iter().collect::<Vec<_>>())
        }
        Change::Whole(query) => select_whole::<L>(conn, permit, &selection, &query),
        Change::Clear => Ok(()),
    }
}

fn hit_by<L: Selectable>(permit: &Permit<L::Action>, query: &str) -> L::Narrow {
    L::narrow(permit.scope(), permit.now(), &State::parse(L::SPEC, query))
}

fn all<L: Selectable>(permit: &Permit<L::Action>) -> L::Narrow {
    hit_by::<L>(permit, "")
}

fn add<L: Selectable>(
    conn: &mut Conn,
    permit: &Permit<L::Action>,
    selection: &Selection,
    ids: &[i64],
) -> Result<(), Refusal> {
    let wanted: BTreeSet<i64> = ids.iter().copied().collect();
    if L::among(conn, &all::<L>(permit), ids)? != wanted {
        return Err(Refusal::NotFound);
    }
    let hit = match selection.whole {
        true => L::among(conn, &hit_by::<L>(permit, &selection.query), ids)?,
        false => BTreeSet::new(),
    };
    let wanted: Vec<i64> = wanted.into_iter().collect();
    super::add(conn, selection, &wanted, |id| hit.contains(&id))
}

fn select_whole<L: Selectable>(
    conn: &mut Conn,
    permit: &Permit<L::Action>,
    selection: &Selection,
    query: &str,
) -> Result<(), Refusal> {
    let state = State::parse(L::SPEC, query);
    if state.filter(L::KEPT.filter).is_some() {
        return Err(Refusal::Unfit("These are selected already.".into()));
    }
    let query = state.narrowing();
    let wanted = hit_by::<L>(permit, &query);
    let everything = query.is_empty();
    if selection.whole && selection.query != query && !everything {
        return add_whole::<L>(conn, permit, selection, &wanted);
    }
    let single = queries::items(conn, selection.id, true)?;
    let hits: Vec<i64> = L::among(conn, &wanted, &single)?.into_iter().collect();
    super::select_whole(conn, selection, &query, if everything { &single } else { &hits })
}

/// Takes in all that are left by `wanted`, beside what is selected whole already.
fn add_whole<L: Selectable>(
    conn: &mut Conn,
    permit: &Permit<L::Action>,
    selection: &Selection,
    wanted: &L::Narrow,
) -> Result<(), Refusal> {
    let left_out = queries::items(conn, selection.id, false)?;
    let back: Vec<i64> = L::among(conn, wanted, &left_out)?.into_iter().collect();
    if selection.query.is_empty() {
        // Everything but for what was left out: nothing else is to be added.
        return super::add(conn, selection, &back, |_| true);
    }
    let hits = L::ids_after(conn, wanted, 0, MOST_MERGED + 1)?;
    if i64::try_from(hits.len()).unwrap_or(i64::MAX) > MOST_MERGED {
        return Err(Refusal::Unfit(format!(
            "All that match another search are selected already. Up to {} can be added to that; clear the selection first.",
            grouped(MOST_MERGED)
        )));
    }
    add::<L>(conn, permit, selection, &hits)
}

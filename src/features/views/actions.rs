//! Seeing, saving, changing and deleting views.

use std::collections::BTreeMap;

use super::model::{MOST, Seen, View, Wanted};
use super::queries;
use crate::access::permit::Action;
use crate::access::{Permission, Permit};
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::roles;
use crate::features::roles::model::Role;
use crate::refusal::Refusal;
use crate::web::list::{Panel, SavedView, Spec, State, grouped};

/// The views of a list that the reader sees: their own, and what others share with a role of theirs. Who administers the installation looks after
/// all that is shared.
pub fn seen<A: Action>(conn: &mut Conn, permit: &Permit<A>, spec: &'static Spec) -> Result<Seen, Refusal> {
    let me = permit.actor().id;
    let names: BTreeMap<i64, String> =
        roles::queries::all(conn)?.into_iter().map(|role| (role.id, role.name)).collect();
    let held = held(conn, permit)?;
    let roles = if administers(permit) { None } else { Some(held.as_slice()) };
    let named = |view: View| {
        let role = view.role_id.and_then(|id| names.get(&id).cloned());
        (view, role)
    };
    Ok(Seen {
        mine: queries::of(conn, me, spec.name())?.into_iter().map(named).collect(),
        shared: queries::shared(conn, me, spec.name(), roles)?.into_iter().map(named).collect(),
    })
}

/// The views of a list that the reader sees, as its open panel.
pub fn panel<A: Action>(conn: &mut Conn, permit: &Permit<A>, state: &State) -> Result<Panel, Refusal> {
    let Seen { mine, shared } = seen(conn, permit, state.spec)?;
    let saved = |(view, role): (View, Option<String>)| SavedView {
        id: view.id,
        note: role.unwrap_or_default(),
        changeable: may_change(permit, &view),
        name: view.name,
        query: view.query,
    };
    Ok(Panel::views(state, mine.into_iter().map(saved).collect(), shared.into_iter().map(saved).collect()))
}

/// A view of a list that the reader may change: their own, or as an administrator of the installation a shared one.
///
/// # Errors
/// Not found, also for what the reader does not see; forbidden for what they see and may not change.
pub fn changeable<A: Action>(
    conn: &mut Conn,
    permit: &Permit<A>,
    spec: &'static Spec,
    id: i64,
) -> Result<View, Refusal> {
    let view = queries::find(conn, id)?;
    if view.list != spec.name() {
        return Err(Refusal::NotFound);
    }
    if view.owner_id == permit.actor().id || view.role_id.is_some() && administers(permit) {
        return Ok(view);
    }
    match view.role_id {
        Some(role) if held(conn, permit)?.contains(&role) => {
            Err(Refusal::Forbidden(format!("“{}” is somebody else's view: you can open it, not change it.", view.name)))
        }
        _ => Err(Refusal::NotFound),
    }
}

/// Whether the reader may change a view that they see.
pub fn may_change<A: Action>(permit: &Permit<A>, view: &View) -> bool {
    view.owner_id == permit.actor().id || view.role_id.is_some() && administers(permit)
}

/// The roles that the reader may share a view with: their own; any, for whoever assigns roles.
pub fn roles_to_share_with<A: Action>(conn: &mut Conn, permit: &Permit<A>) -> Result<Vec<Role>, Refusal> {
    let mut roles = roles::queries::all(conn)?;
    if permit.rights().scope_of(Permission::AssignRoles).is_none() {
        let held = held(conn, permit)?;
        roles.retain(|role| held.contains(&role.id));
    }
    Ok(roles)
}

/// Keeps a new view of a list.
///
/// # Errors
/// A name that the reader has used, a role that they may not share with, or more views than one keeps.
pub fn save<A: Action>(conn: &mut Conn, permit: &Permit<A>, spec: &'static Spec, new: &Wanted) -> Result<i64, Refusal> {
    let me = permit.actor().id;
    may_share(conn, permit, new.role_id)?;
    let kept = queries::of(conn, me, spec.name())?.len();
    if i64::try_from(kept).unwrap_or(i64::MAX) >= MOST {
        return Err(Refusal::field(
            "name",
            format!("You keep {} views, which is the most. Delete one first.", grouped(MOST)),
        ));
    }
    let id = queries::insert(conn, me, spec.name(), new, permit.now())?.ok_or_else(|| taken(&new.name))?;
    let changes = vec![
        Change::new("name", "", &new.name),
        Change::new("query", "", &new.query),
        Change::new("role", "", in_words(new.role_id)),
    ];
    record(conn, permit.origin(), &Entry::new("view.create", "view", id).changes(changes))?;
    Ok(id)
}

/// Writes over a view.
///
/// # Errors
/// As [`changeable`] and [`save`].
pub fn change<A: Action>(
    conn: &mut Conn,
    permit: &Permit<A>,
    spec: &'static Spec,
    id: i64,
    new: &Wanted,
) -> Result<(), Refusal> {
    let view = changeable(conn, permit, spec, id)?;
    if new.role_id != view.role_id {
        may_share(conn, permit, new.role_id)?;
        if new.role_id.is_none() && view.owner_id != permit.actor().id {
            return Err(Refusal::field("role", "Only its owner can keep a view to themself."));
        }
    }
    let changes: Vec<Change> = [
        ("name", view.name.clone(), new.name.clone()),
        ("query", view.query.clone(), new.query.clone()),
        ("role", in_words(view.role_id), in_words(new.role_id)),
    ]
    .into_iter()
    .filter(|(_, from, to)| from != to)
    .map(|(field, from, to)| Change::new(field, from, to))
    .collect();
    if changes.is_empty() {
        return Ok(());
    }
    queries::update(conn, id, new, permit.now())?.ok_or_else(|| taken(&new.name))?;
    record(conn, permit.origin(), &Entry::new("view.edit", "view", id).changes(changes))?;
    Ok(())
}

/// Deletes a view and gives its name.
///
/// # Errors
/// As [`changeable`].
pub fn delete<A: Action>(conn: &mut Conn, permit: &Permit<A>, spec: &'static Spec, id: i64) -> Result<String, Refusal> {
    let view = changeable(conn, permit, spec, id)?;
    queries::delete(conn, id)?;
    let changes = vec![
        Change::new("name", &view.name, ""),
        Change::new("query", &view.query, ""),
        Change::new("role", in_words(view.role_id), ""),
    ];
    record(conn, permit.origin(), &Entry::new("view.delete", "view", id).changes(changes))?;
    Ok(view.name)
}

fn held<A: Action>(conn: &mut Conn, permit: &Permit<A>) -> Result<Vec<i64>, Refusal> {
    Ok(roles::queries::held(conn, permit.actor().id)?.into_iter().map(|held| held.role.id).collect())
}

fn administers<A: Action>(permit: &Permit<A>) -> bool {
    permit.rights().scope_of(Permission::ManageInstallation).is_some()
}

fn may_share<A: Action>(conn: &mut Conn, permit: &Permit<A>, role_id: Option<i64>) -> Result<(), Refusal> {
    let Some(id) = role_id else { return Ok(()) };
    match roles_to_share_with(conn, permit)?.iter().any(|role| role.id == id) {
        true => Ok(()),
        false => Err(Refusal::field("role", "Choose one of these.")),
    }
}

fn taken(name: &str) -> Refusal {
    Refusal::field("name", format!("There is a view “{name}” already. Choose another name."))
}

/// Whom a view is shared with, as the audit names it.
fn in_words(role_id: Option<i64>) -> String {
    role_id.map(|id| format!("role {id}")).unwrap_or_default()
}

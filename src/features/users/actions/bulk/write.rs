//! Writing what an operation wants of some users, with as few statements as there are different things to write.

use std::collections::BTreeMap;

use super::fields::{Field, Fields, roles_of};
use super::group_rows;
use super::judge::{Asked, People};
use crate::access::permit::ViewUsers;
use crate::access::{Permit, links, session};
use crate::app::App;
use crate::db::Conn;
use crate::features::operations;
use crate::features::operations::model::Row;
use crate::features::roles;
use crate::features::roles::actions::keeping_an_administrator;
use crate::features::selections;
use crate::features::users::actions::invite_all;
use crate::features::users::input::listing::LIST;
use crate::features::users::input::{Ownership, Status};
use crate::features::users::model::{Contact, Home, Stored, User};
use crate::features::users::queries;
use crate::features::{customers, groups, sign_in};
use crate::refusal::Refusal;

/// What came of writing some rows.
pub struct Written {
    pub users: Vec<User>,
    /// How many groups were deleted or brought back.
    pub groups: i64,
    /// Who was left alone, and why.
    pub left: Vec<(i64, String)>,
}

impl Written {
    /// How many rows were written.
    pub fn done(&self) -> i64 {
        i64::try_from(self.users.len()).unwrap_or(0) + self.groups
    }
}

/// Writes rows of an operation, as far as their users still are as planned and may be changed.
///
/// # Errors
/// Forbidden, when nobody could administer the installation any more.
pub fn write(conn: &mut Conn, app: &App, permit: &Permit<ViewUsers>, rows: &[Row]) -> Result<Written, Refusal> {
    let ids: Vec<i64> = rows.iter().map(|row| row.object_id).collect();
    let parsed: Vec<(Fields, Fields)> =
        rows.iter().map(|row| (Fields::read(&row.before), Fields::read(&row.after))).collect();
    let both = parsed.iter().flat_map(|(before, after)| [before, after]);
    let people = People::of(conn, permit.scope(), &ids, &Asked::by(both))?;
    let returning = group_rows::returning(ids.iter().copied().zip(parsed.iter().map(|(_, after)| after)));
    let people = people.with_returning(returning);
    let mut written = Written { users: Vec::with_capacity(rows.len()), groups: 0, left: Vec::new() };
    let mut todo: Vec<(&User, &Fields)> = Vec::with_capacity(rows.len());
    for (id, (before, after)) in ids.iter().zip(&parsed) {
        if *id < 0 {
            match group_rows::fault(conn, permit, &people, *id, (before, after))? {
                None if group_rows::write(conn, &people, *id, after, permit.now())? => written.groups += 1,
                None => written.left.push((*id, "The name was taken meanwhile.".into())),
                Some(why) => written.left.push((*id, why)),
            }
            continue;
        }
        match (people.fault(conn, permit, *id, (before, after))?, people.user(*id)) {
            (None, Some(user)) => todo.push((user, after)),
            (why, _) => written.left.push((*id, why.unwrap_or_default())),
        }
    }
    // Only whoever may sign in can be the last who administers the installation.
    let could = roles::queries::who_may_sign_in(conn, &ids)?;
    match could.is_empty() {
        true => all(conn, app, permit, &people, &todo)?,
        false => keeping_an_administrator(conn, |conn| all(conn, app, permit, &people, &todo))?,
    }
    let given = todo.iter().filter(|(_, wanted)| wanted.get(Field::Roles).is_some());
    invite_all(conn, app, permit.origin(), &given.map(|(user, _)| user.id).collect::<Vec<i64>>(), &could)?;
    let changed: Vec<i64> = todo.iter().map(|(user, _)| user.id).collect();
    if let Some(by) = rows.first().map(|row| row.operation_id)
        && let Some(undone) = operations::queries::find(conn, by)?.undoes
    {
        queries::take_back_expected_devices(conn, undone, by, &changed)?;
    }
    written.users = todo.into_iter().map(|(user, _)| user.clone()).collect();
    Ok(written)
}

fn all(
    conn: &mut Conn,
    app: &App,
    permit: &Permit<ViewUsers>,
    people: &People,
    todo: &[(&User, &Fields)],
) -> Result<(), Refusal> {
    let now = permit.now();
    let mut alike: BTreeMap<(Field, &str), Vec<&User>> = BTreeMap::new();
    let mut contacts: Vec<(&User, Contact)> = Vec::new();
    for (user, wanted) in todo {
        if wanted.get(Field::Name).is_some() || wanted.get(Field::Phone).is_some() {
            contacts.push((user, Contact::changed(user, wanted.get(Field::Name), wanted.get(Field::Phone))));
        }
        for (field, value) in &wanted.0 {
            alike.entry((*field, value)).or_default().push(user);
        }
    }
    queries::update_contacts(conn, &contacts, now)?;
    for ((field, value), users) in alike {
        let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
        match field {
            Field::Ownership => {
                let number = Ownership::parse(value).map_or(0, Stored::number);
                queries::set_ownership(conn, &ids, number, now)?;
            }
            Field::Status => status(conn, &ids, value, now)?,
            Field::Customer => {
                let customer = customers::queries::find_open(conn, permit.scope(), value.parse().unwrap_or(0))?;
                let home = Home { id: customer.id, key: customer.name_key };
                queries::move_all(conn, &users, &home, now)?;
            }
            Field::Roles => {
                let wanted = roles_of(value);
                for id in ids {
                    roles::actions::write(conn, id, people.held(id), &wanted, now)?;
                }
            }
            Field::Group(id) if value == "yes" => {
                let members: Vec<(i64, &str)> = users.iter().map(|user| (user.id, user.name_key.as_str())).collect();
                groups::queries::add_members(conn, id, &members, now)?;
            }
            Field::Group(id) => drop(groups::queries::remove_members(conn, id, &ids)?),
            Field::TwoFactor => {
                sign_in::actions::take_second_factors(conn, &ids, now)?;
                for user in users {
                    sign_in::actions::notices::second_factor_reset(conn, app, permit.origin(), user)?;
                }
            }
            Field::Link => {
                for user in users {
                    sign_in::actions::mail_link(conn, app, permit.origin(), user)?;
                }
            }
            Field::Deleted if value == "yes" => delete(conn, &users, now)?,
            Field::Deleted => queries::restore_all(conn, &users, now)?,
            Field::Name
            | Field::Email
            | Field::Phone
            | Field::Role
            | Field::LastLogin
            | Field::Devices
            | Field::Groups => {}
        }
    }
    Ok(())
}

fn status(conn: &mut Conn, ids: &[i64], value: &str, now: i64) -> Result<(), Refusal> {
    let status = Status::parse(value).map_err(|error| Refusal::Broken(format!("a planned status: {error}")))?;
    queries::set_status(conn, ids, status.number(), now)?;
    if status == Status::Disabled {
        session::end_all(conn, ids, None, now)?;
        links::void_all_of(conn, ids, now)?;
    }
    Ok(())
}

/// Marks people as deleted, signs them out and voids their links.
fn delete(conn: &mut Conn, users: &[&User], now: i64) -> Result<(), Refusal> {
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    queries::delete_all(conn, users, now)?;
    selections::actions::gone(conn, LIST, &ids)?;
    session::end_all(conn, &ids, None, now)?;
    links::void_all_of(conn, &ids, now)
}

//! Archiving: the people of a customer may not sign in any more, and nothing else changes. What that does was seen beforehand, or it is refused.

use crate::access::permit::ArchiveCustomers;
use crate::access::{Permit, Rights, links, session};
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::customers::model::Customer;
use crate::features::customers::queries;
use crate::features::roles::actions::{keeping_an_administrator, outranks};
use crate::features::users;
use crate::refusal::Refusal;
use crate::web::list::grouped;

/// So many people are signed out in one statement.
const PIECE: usize = 1_000;

/// What archiving a customer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// How many belong to it.
    pub users: i64,
    /// Those of them who may sign in now, and could not afterwards, by id.
    pub signing_in: Vec<i64>,
}

impl Impact {
    /// Stands for this impact, so that nothing is done but what was seen.
    pub fn code(&self) -> String {
        format!("{}-{}", self.users, self.signing_in.len())
    }

    /// The figures, as the page says them beforehand and the audit afterwards.
    pub fn figures(&self) -> Vec<(&'static str, String)> {
        let signing_in = i64::try_from(self.signing_in.len()).unwrap_or(i64::MAX);
        vec![("belong to it", number(self.users)), ("may not sign in any more", number(signing_in))]
    }
}

fn number(users: i64) -> String {
    format!("{} {}", grouped(users), if users == 1 { "user" } else { "users" })
}

/// What archiving a customer would do.
///
/// # Errors
/// Not found; archived already; one's own; somebody of it may do more than oneself.
pub fn impact(conn: &mut Conn, permit: &Permit<ArchiveCustomers>, id: i64) -> Result<(Customer, Impact), Refusal> {
    let customer = queries::find(conn, permit.scope(), id)?;
    if customer.is_archived() {
        return Err(Refusal::Conflict(format!("“{}” is archived already.", customer.name)));
    }
    let me = permit.actor().id;
    if users::queries::customers_of(conn, &[me])?.get(&me) == Some(&id) {
        return Err(Refusal::Forbidden("You belong to this customer yourself, so you cannot archive it.".into()));
    }
    let signing_in = outranked(conn, permit, id)?;
    let users = queries::number_of_users(conn, id)?;
    Ok((customer, Impact { users, signing_in }))
}

/// Those of a customer who may sign in, all of whom the reader outranks.
fn outranked(conn: &mut Conn, permit: &Permit<ArchiveCustomers>, id: i64) -> Result<Vec<i64>, Refusal> {
    let signing_in = queries::who_may_sign_in(conn, id)?;
    for ids in signing_in.chunks(PIECE) {
        for theirs in Rights::of(conn, ids)?.values() {
            outranks(permit.rights(), Some(theirs)).map_err(|_| {
                Refusal::Forbidden(
                    "Somebody of this customer may do more than you, so only somebody with as many permissions can do that."
                        .into(),
                )
            })?;
        }
    }
    Ok(signing_in)
}

/// Archives a customer: its people are signed out and may not sign in. `seen` is the impact that was shown (see [`Impact::code`]).
///
/// # Errors
/// As [`impact`]; a conflict, if it is another impact now; the last administrator.
pub fn archive(
    conn: &mut Conn,
    permit: &Permit<ArchiveCustomers>,
    id: i64,
    seen: &str,
) -> Result<(Customer, Impact), Refusal> {
    let (customer, impact) = impact(conn, permit, id)?;
    if impact.code() != seen {
        return Err(Refusal::Conflict(
            "Nothing was changed: who belongs to this customer has changed since you looked. Look again.".into(),
        ));
    }
    let now = permit.now();
    keeping_an_administrator(conn, |conn| queries::set_archived(conn, &customer, now, now))?;
    for ids in impact.signing_in.chunks(PIECE) {
        session::end_all(conn, ids, None, now)?;
        links::void_all_of(conn, ids, now)?;
    }
    let changes = impact.figures().into_iter().map(|(words, number)| Change::new(words, "", number)).collect();
    let entry = Entry::new("customer.archive", "customer", id).of_customer(id).changes(changes);
    record(conn, permit.origin(), &entry)?;
    Ok((customer, impact))
}

/// Lets the people of a customer sign in again. What was ended stays ended.
///
/// # Errors
/// Not found; not archived; somebody of it may do more than oneself.
pub fn restore(conn: &mut Conn, permit: &Permit<ArchiveCustomers>, id: i64) -> Result<Customer, Refusal> {
    let customer = queries::find(conn, permit.scope(), id)?;
    if !customer.is_archived() {
        return Err(Refusal::Conflict(format!("“{}” is not archived.", customer.name)));
    }
    outranked(conn, permit, id)?;
    queries::set_archived(conn, &customer, 0, permit.now())?;
    record(conn, permit.origin(), &Entry::new("customer.restore", "customer", id).of_customer(id))?;
    Ok(customer)
}

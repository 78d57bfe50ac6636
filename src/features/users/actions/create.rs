//! Creating one user.

use crate::access::permit::CreateUsers;
use crate::access::{BuiltIn, Origin, Permit, Scope};
use crate::clock::HOUR;
use crate::db::Conn;
use crate::features::audit::actions::{record, refusals_since};
use crate::features::audit::model::{Change, Entry};
use crate::features::customers;
use crate::features::roles;
use crate::features::roles::model::Wanted;
use crate::features::users::input::NewUser;
use crate::features::users::model::{Home, User, UserRow};
use crate::features::users::queries;
use crate::refusal::{FieldError, Refusal};

/// Somebody who has just been created.
#[derive(Debug, Clone, Copy)]
pub struct Created {
    pub id: i64,
}

/// How often an hour somebody may be told that an address is taken outside their scope, before that becomes a way to look people up.
const MOST_PROBES: i64 = 20;
const PROBE: &str = "user.address-taken";
const NOT_AVAILABLE: &str = "This e-mail address is not available here.";

/// Creates a local user with the role "Users".
///
/// # Errors
/// The address is taken; the customer is outside the scope.
pub fn create(
    conn: &mut Conn,
    permit: &Permit<CreateUsers>,
    user: &NewUser,
    customer_id: i64,
) -> Result<Created, Refusal> {
    let customer = customers::queries::find_open(conn, permit.scope(), customer_id)
        .map_err(|_| Refusal::field("customer", "Choose one of the customers."))?;
    if let Some(other) = queries::by_email(conn, user.email.key())? {
        return Err(taken(conn, permit.scope(), permit.origin(), &other)?);
    }
    let row = UserRow::new(user, &Home { id: customer.id, key: customer.name_key }, permit.now());
    let id = queries::insert(conn, &row)?;
    let users = roles::queries::built_in(conn, BuiltIn::Users)?;
    roles::queries::assign(conn, id, &Wanted { role_id: users.id, scope: Scope::All }, permit.now())?;
    let changes = vec![
        Change::new("name", "", &row.name),
        Change::new("email", "", &row.email),
        Change::new("phone", "", &row.phone),
        Change::new("customer", "", &customer.name),
    ];
    record(conn, permit.origin(), &Entry::new("user.create", "user", id).of_customer(customer.id).changes(changes))?;
    Ok(Created { id })
}

/// What to say when an address is taken: within one's scope by whom, outside it only that it is, and not too often.
///
/// The refusal undoes whatever was written beside it, so whoever answers notes it afterwards ([`is_probe`], [`record_probe`]).
pub fn taken(conn: &mut Conn, scope: &Scope, origin: &Origin, other: &User) -> Result<Refusal, Refusal> {
    if scope.contains(other.customer_id) {
        let message = match other.deleted_at {
            0 => format!("{} has this e-mail address already.", other.title()),
            _ => format!(
                "The deleted user {} has this e-mail address. Restore them under “Deleted users” instead.",
                other.title()
            ),
        };
        return Ok(Refusal::Fields(vec![FieldError::new("email", message)]));
    }
    if refusals_since(conn, origin.actor_id.unwrap_or(0), PROBE, origin.at - HOUR)? >= MOST_PROBES {
        return Ok(Refusal::TooOften { retry_after: 3_600 });
    }
    Ok(Refusal::Fields(vec![FieldError::new("email", NOT_AVAILABLE)]))
}

/// Whether somebody may still be told, in this hour, that addresses are taken outside their scope: forms and imports count together.
pub fn may_probe(conn: &mut Conn, origin: &Origin) -> Result<bool, Refusal> {
    let mut told = 0;
    for action in [PROBE, "import.address-taken"] {
        told += refusals_since(conn, origin.actor_id.unwrap_or(0), action, origin.at - HOUR)?;
    }
    Ok(told < MOST_PROBES)
}

/// Whether a refusal told somebody that an address is taken outside their scope.
pub fn is_probe(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Fields(errors) if errors.iter().any(|error| error.message == NOT_AVAILABLE))
}

/// Notes that somebody was told an address outside their scope is taken.
pub fn record_probe(conn: &mut Conn, origin: &Origin) -> Result<(), Refusal> {
    record(conn, origin, &Entry::new(PROBE, "user", 0).refused()).map(drop)
}

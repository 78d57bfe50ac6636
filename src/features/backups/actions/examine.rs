//! Whether a database is whole: what it says of itself, and what only we know must be so.

use diesel::prelude::*;

use crate::access::keyring::KeyRing;
use crate::db::schema::users;
use crate::db::{Conn, snapshot};
use crate::features::audit::actions::verify::{Extent, verify};
use crate::features::backups::queries;
use crate::refusal::Refusal;

/// What was counted on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examined {
    /// Users, deleted ones included.
    pub users: i64,
    pub audit_rows: i64,
}

/// Reads everything: pages, references and the index of the search (SQLite), totals, what is searched and sorted by, the audit's chain.
///
/// # Errors
/// One line that names the first fault.
pub fn examine(conn: &mut Conn, keys: &KeyRing, now: i64) -> Result<Examined, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("it cannot be read: {error}");
    if let Conn::Sqlite(c) = conn
        && let Some(fault) = snapshot::fault(c).map_err(|error| unreadable(&error))?
    {
        return Err(fault);
    }
    if let Some(fault) = fault(conn).map_err(|refusal| told(&refusal))? {
        return Err(fault);
    }
    let users = users::table.count().get_result(conn).map_err(|error| unreadable(&error))?;
    let report = verify(conn, keys, now, &Extent::default()).map_err(|refusal| told(&refusal))?;
    match report.fault {
        Some(fault) => Err(format!("the audit: {fault}")),
        None => Ok(Examined { users, audit_rows: report.rows }),
    }
}

fn fault(conn: &mut Conn) -> Result<Option<String>, Refusal> {
    if let Some(id) = queries::wrong_total(conn)? {
        return Ok(Some(format!("the kept totals of customer {id} are not what there is")));
    }
    if !queries::is_sum_right(conn)? {
        return Ok(Some("the kept totals of the customers do not come to that of all".into()));
    }
    if let Some(id) = queries::wrong_customer_name(conn)? {
        return Ok(Some(format!("user {id} is sorted by another name of their customer than it has")));
    }
    Ok(queries::wrong_text(conn)?.map(|id| format!("user {id} is searched by other words than their own")))
}

fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Broken(cause) => cause.clone(),
        other => other.to_string(),
    }
}

//! The guard of the last administrator.

use super::two_factor::tfa_required;
use crate::db::{Conn, postgres};
use crate::features::roles::queries;
use crate::refusal::Refusal;

/// Runs `work` and refuses it if the installation had an administrator before and has none after. The caller's transaction rolls it back.
///
/// On PostgreSQL a lock makes those who might take away an administrator take turns: two who demote each other at one instant cannot both pass.
///
/// # Errors
/// Forbidden, when it would take the last one; else what `work` says.
pub fn keeping_an_administrator<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    if let Conn::Postgres(c) = conn {
        postgres::lock(c, postgres::LOCK_ADMINISTRATORS)?;
    }
    let required = tfa_required(conn)?;
    let before = queries::administrators(conn, required)?;
    let value = work(conn)?;
    if before > 0 && queries::administrators(conn, required)? == 0 {
        return Err(Refusal::Forbidden(
            "This is the last account that can administer the installation, so it stays as it is.".into(),
        ));
    }
    Ok(value)
}

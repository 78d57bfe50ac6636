//! What happened to somebody's account, for themselves.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::audit;
use crate::features::audit::chain::AuditRow;
use crate::refusal::Refusal;

/// What people are told of their own account.
const TOLD: [&str; 10] = [
    "sign-in",
    "sign-in.refused",
    "user.password",
    "user.activation-link",
    "user.recovery-link",
    "user.2fa-set-up",
    "user.2fa-reset",
    "user.recovery-codes",
    "user.recovery-code-used",
    "user.unlock",
];

/// The last things that happened to a user's account, the newest first.
pub fn of_account(conn: &mut Conn, user_id: i64, limit: i64) -> Result<Vec<AuditRow>, Refusal> {
    let theirs = audit::table.filter(audit::object_kind.eq("user")).filter(audit::object_id.eq(user_id));
    Ok(theirs.filter(audit::action.eq_any(TOLD)).order((audit::at.desc(), audit::id.desc())).limit(limit).load(conn)?)
}

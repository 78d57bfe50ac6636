//! One-time links: set-up, activation, recovery. Kept as a hash bound to its row; once, short-lived, void after a newer one.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::one_time_links as links;
use crate::refusal::Refusal;

/// Voids all links of a user that have not been used.
pub fn void_all(conn: &mut Conn, user_id: i64, now: i64) -> Result<(), Refusal> {
    let open =
        links::table.filter(links::user_id.eq(user_id)).filter(links::spent_at.eq(0)).filter(links::voided_at.eq(0));
    diesel::update(open).set(links::voided_at.eq(now)).execute(conn)?;
    Ok(())
}

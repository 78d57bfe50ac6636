//! Forgetting what can be used no more.

use diesel::prelude::*;

use crate::clock::DAY;
use crate::db::Conn;
use crate::db::schema::{kept_forms, one_time_links};
use crate::refusal::Refusal;

/// Forgets links that were used or ran out more than a day ago, and kept forms that ran out.
pub fn links_and_kept_forms(conn: &mut Conn, now: i64) -> Result<(), Refusal> {
    let spent = one_time_links::spent_at.gt(0).and(one_time_links::spent_at.lt(now - DAY));
    diesel::delete(one_time_links::table.filter(one_time_links::expires_at.lt(now - DAY).or(spent))).execute(conn)?;
    diesel::delete(kept_forms::table.filter(kept_forms::expires_at.lt(now))).execute(conn)?;
    Ok(())
}

//! Forgetting what can be used no more.

use diesel::prelude::*;

use crate::clock::DAY;
use crate::db::Conn;
use crate::db::schema::{kept_forms, known_browsers, one_time_links, sessions};
use crate::refusal::Refusal;

/// Forgets links that were used or ran out more than a day ago, and kept forms that ran out.
pub fn links_and_kept_forms(conn: &mut Conn, now: i64) -> Result<(), Refusal> {
    let spent = one_time_links::spent_at.gt(0).and(one_time_links::spent_at.lt(now - DAY));
    diesel::delete(one_time_links::table.filter(one_time_links::expires_at.lt(now - DAY).or(spent))).execute(conn)?;
    diesel::delete(kept_forms::table.filter(kept_forms::expires_at.lt(now))).execute(conn)?;
    Ok(())
}

/// Ends everything that was handed out and is still good: sessions, links, known browsers, kept forms. Says how many sessions and links there were.
pub fn all_that_is_out(conn: &mut Conn, now: i64) -> Result<(usize, usize), Refusal> {
    let sessions = diesel::delete(sessions::table).execute(conn)?;
    let open = one_time_links::table.filter(one_time_links::spent_at.eq(0)).filter(one_time_links::voided_at.eq(0));
    let links = diesel::update(open).set(one_time_links::voided_at.eq(now)).execute(conn)?;
    diesel::delete(known_browsers::table).execute(conn)?;
    diesel::delete(kept_forms::table).execute(conn)?;
    Ok((sessions, links))
}

//! Refusals that are added up.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::audit_tallies as tallies;
use crate::each_backend;
use crate::refusal::Refusal;

/// What was refused again in one minute (unix minutes), and how often.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = tallies)]
pub struct Tally {
    pub action: String,
    pub object_kind: String,
    pub object_id: i64,
    pub minute: i64,
    pub customer_id: i64,
    /// Where from; [`SEVERAL`] if from more than one address.
    pub address: String,
    pub times: i64,
}

/// In place of an address.
pub const SEVERAL: &str = "several addresses";

/// Adds one.
pub fn add(conn: &mut Conn, tally: &Tally) -> Result<(), Refusal> {
    let key = (&tally.action, &tally.object_kind, tally.object_id, tally.minute);
    let there = tallies::table.find(key);
    let more = || diesel::update(there).set(tallies::times.eq(tallies::times + tally.times));
    if more().execute(conn)? == 0
        && each_backend!(conn, c => diesel::insert_into(tallies::table).values(tally).on_conflict_do_nothing().execute(c))?
            == 0
    {
        more().execute(conn)?;
    }
    diesel::update(there.filter(tallies::address.ne(&tally.address)).filter(tallies::address.ne(SEVERAL)))
        .set(tallies::address.eq(SEVERAL))
        .execute(conn)?;
    Ok(())
}

/// The first of those whose minute is over.
pub fn over(conn: &mut Conn, minute: i64, limit: i64) -> Result<Vec<Tally>, Refusal> {
    Ok(tallies::table.filter(tallies::minute.lt(minute)).order(tallies::minute).limit(limit).load(conn)?)
}

/// Takes one out; false if somebody else was first.
pub fn take(conn: &mut Conn, tally: &Tally) -> Result<bool, Refusal> {
    let key = (&tally.action, &tally.object_kind, tally.object_id, tally.minute);
    Ok(diesel::delete(tallies::table.find(key)).execute(conn)? > 0)
}

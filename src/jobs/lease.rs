//! Leases: who may do a thing alone right now.

use diesel::prelude::*;

use crate::clock::SECOND;
use crate::db::Conn;
use crate::db::schema::leases;
use crate::each_backend;
use crate::refusal::Refusal;

/// The lease of whoever works on jobs; its holder also keeps house.
pub const JOBS: &str = "jobs";
/// The lease of whoever seals the audit.
pub const AUDIT: &str = "audit";
/// How long a lease lasts unless it is renewed.
pub const LASTS: i64 = 15 * SECOND;

/// Takes or renews a lease for [`LASTS`]. False: somebody else holds it.
pub fn take(conn: &mut Conn, name: &str, holder: &str, now: i64) -> Result<bool, Refusal> {
    take_for(conn, name, holder, now, LASTS)
}

/// Takes or renews a lease for so many milliseconds. False: somebody else holds it.
pub fn take_for(conn: &mut Conn, name: &str, holder: &str, now: i64, lasts: i64) -> Result<bool, Refusal> {
    let free = leases::table.find(name).filter(leases::holder.eq(holder).or(leases::until.lt(now)));
    let renewed = diesel::update(free).set((leases::holder.eq(holder), leases::until.eq(now + lasts))).execute(conn)?;
    if renewed > 0 {
        return Ok(true);
    }
    let row = (leases::name.eq(name), leases::holder.eq(holder), leases::until.eq(now + lasts));
    let made =
        each_backend!(conn, c => diesel::insert_into(leases::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(made > 0)
}

/// Whether anybody holds a lease.
pub fn is_held(conn: &mut Conn, name: &str, now: i64) -> Result<bool, Refusal> {
    let until: Option<i64> = leases::table.find(name).select(leases::until).first(conn).optional()?;
    Ok(until.is_some_and(|until| until >= now))
}

/// Gives a lease up.
pub fn give_up(conn: &mut Conn, name: &str, holder: &str) -> Result<(), Refusal> {
    diesel::delete(leases::table.find(name).filter(leases::holder.eq(holder))).execute(conn)?;
    Ok(())
}

/// Takes every lease from its holder, who is gone.
pub fn free_all(conn: &mut Conn) -> Result<(), Refusal> {
    diesel::delete(leases::table).execute(conn)?;
    Ok(())
}

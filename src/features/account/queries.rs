//! What a person has chosen for themselves.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::preferences;
use crate::each_backend;
use crate::refusal::Refusal;

pub fn set_single_keys(conn: &mut Conn, user_id: i64, on: bool) -> Result<(), Refusal> {
    let chosen = preferences::single_keys.eq(on);
    let row = (preferences::user_id.eq(user_id), chosen);
    each_backend!(conn, c => diesel::insert_into(preferences::table).values(row).on_conflict(preferences::user_id).do_update().set(chosen).execute(c))?;
    Ok(())
}

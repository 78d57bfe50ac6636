//! Of whom two-factor authentication is required: of everybody who may sign in, of those who hold some roles, or of nobody.

use std::collections::BTreeSet;

use crate::access::BuiltIn;
use crate::app::App;
use crate::db::Conn;
use crate::features::roles::model::{Forced, Held};
use crate::features::roles::queries;
use crate::refusal::Refusal;

/// The name of the setting.
pub const FORCE_2FA: &str = "force_2fa";

/// Of whom 2FA is required in this installation.
pub fn forced(conn: &mut Conn) -> Result<Forced, Refusal> {
    Ok(Forced::read(App::stored(conn, FORCE_2FA)?.as_deref()))
}

/// Of which of these users, who may sign in, 2FA is required.
pub fn tfa_required_of(conn: &mut Conn, user_ids: &[i64]) -> Result<BTreeSet<i64>, Refusal> {
    Ok(match forced(conn)? {
        Forced::Everybody => user_ids.iter().copied().collect(),
        Forced::Nobody => BTreeSet::new(),
        forced @ Forced::Roles(_) => {
            let held = queries::held_by(conn, user_ids)?;
            let covered =
                |(id, held): (i64, Vec<Held>)| forced.covers(held.iter().map(|held| held.role.id)).then_some(id);
            held.into_iter().filter_map(covered).collect()
        }
    })
}

/// Whether 2FA is required of those who administer the installation.
pub fn tfa_required(conn: &mut Conn) -> Result<bool, Refusal> {
    let forced = forced(conn)?;
    Ok(match forced {
        Forced::Roles(_) => {
            let highest = queries::built_in(conn, BuiltIn::AccountAdmin)?.id;
            forced.covers(std::iter::once(highest))
        }
        Forced::Everybody => true,
        Forced::Nobody => false,
    })
}

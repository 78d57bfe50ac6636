//! Whom of some people a narrowing leaves.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::narrow::{MAY_SIGN_IN, Narrow, of_ids};
use crate::db::fragment::{Statement, json};
use crate::db::schema::users;
use crate::db::{Conn, is_sqlite};
use crate::features::users::input::{Access, Source, Status};
use crate::features::users::model::Stored;
use crate::refusal::Refusal;

/// People to a statement.
const AT_ONCE: usize = 5_000;

/// Who of these is left by `narrow`.
pub fn among(conn: &mut Conn, narrow: &Narrow, ids: &[i64]) -> Result<BTreeSet<i64>, Refusal> {
    let mut left = BTreeSet::new();
    for some in ids.chunks(AT_ONCE) {
        left.extend(left_of(conn, narrow, some)?);
    }
    Ok(left)
}

/// Who of these is left by `narrow`, in whatever order.
pub(super) fn left_of(conn: &mut Conn, narrow: &Narrow, ids: &[i64]) -> Result<Vec<i64>, Refusal> {
    let sqlite = is_sqlite(conn);
    if let (Conn::Sqlite(c), Some(statement)) = (&mut *conn, narrow.by_index(ids)) {
        return Ok(statement.load(c)?);
    }
    Ok(narrow.query(sqlite).filter(of_ids(sqlite, ids)).select(users::id).load(conn)?)
}

impl Narrow {
    /// The same of SQLite, which reads it from the index of those who are there, a few pages where their rows lie all over the table; None if something
    /// is asked for that does not stand there.
    fn by_index(&self, ids: &[i64]) -> Option<Statement<BigInt>> {
        if !self.asks_of_index_alone() {
            return None;
        }
        let mut all = Statement::sql("SELECT users.id FROM json_each(").text(
            json(ids),
            ") AS given CROSS JOIN users INDEXED BY users_present ON users.id = given.value WHERE users.deleted_at = 0",
        );
        if let Some(customers) = &self.customers {
            all = all.more(" AND users.customer_id IN (SELECT value FROM json_each(").text(json(customers), "))");
        }
        for (column, asked) in [
            (" AND users.tfa = ", self.tfa),
            (" AND users.status = ", self.status),
            (" AND users.source = ", self.source),
        ] {
            all = asked.into_iter().fold(all, |all, number| all.more(column).number(number.into(), ""));
        }
        if self.never_signed_in {
            all = all.more(" AND users.last_login_at = 0");
        }
        if let Some(since) = self.idle_since {
            all = all.more(" AND users.last_login_at > 0 AND users.last_login_at < ").number(since, "");
        }
        if self.access.is_some() {
            all = all.more(" AND ").more(MAY_SIGN_IN);
        }
        if let Some((Access::Pending, _)) = self.access {
            all = all
                .more(" AND users.password_changed_at = 0 AND users.source = ")
                .number(Source::Local.number().into(), " AND users.status = ")
                .number(Status::Active.number().into(), "");
        }
        Some(all)
    }

    fn asks_of_index_alone(&self) -> bool {
        self.terms.is_empty()
            && self.role.is_none()
            && self.group.is_none()
            && !self.no_devices
            && self.picked.is_none()
            && !matches!(self.access, Some((Access::HeldBack, _)))
    }
}

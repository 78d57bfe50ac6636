//! How many people several narrowings leave of those who may sign in, who are read once: they are some ten thousand where a million users are, and the
//! dashboard asks for several kinds of them.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, SmallInt};

use super::hits::who_may_sign_in;
use super::list::total;
use super::narrow::Narrow;
use crate::db::fragment::{Statement, json};
use crate::db::{Conn, is_sqlite};
use crate::each_backend;
use crate::features::users::input::{Access, Source, Status};
use crate::features::users::model::Stored;
use crate::refusal::Refusal;
use crate::web::list::{COUNT_CAP, Total};

/// Of more holders than these it is not worth while: each count by itself ends sooner.
const MOST: i64 = 10 * COUNT_CAP;

/// So many who may sign in stand alike.
#[derive(Debug, Clone, Copy, Queryable)]
struct Standing {
    status: i16,
    source: i16,
    tfa: i16,
    never_signed_in: bool,
    has_no_password: bool,
    users: i64,
}

impl Standing {
    fn fits(&self, narrow: &Narrow) -> bool {
        let pending = matches!(narrow.access, Some((Access::Pending, _)));
        narrow.tfa.is_none_or(|tfa| tfa == self.tfa)
            && narrow.status.is_none_or(|status| status == self.status)
            && narrow.source.is_none_or(|source| source == self.source)
            && (!narrow.never_signed_in || self.never_signed_in)
            && (!pending
                || (self.has_no_password
                    && self.source == Source::Local.number()
                    && self.status == Status::Active.number()))
    }
}

/// Whether a narrowing asks for nothing but how those who may sign in stand.
fn asks_of_standing(narrow: &Narrow) -> bool {
    let rest = Narrow {
        access: None,
        tfa: None,
        status: None,
        source: None,
        never_signed_in: false,
        customers: None,
        ..narrow.clone()
    };
    matches!(narrow.access, Some((Access::May | Access::Pending, _))) && rest.is_nothing()
}

/// How many users each of these leaves, as [`total`] says it; all are narrowed to the same customers.
pub fn totals(conn: &mut Conn, narrows: &[Narrow]) -> Result<Vec<Total>, Refusal> {
    let customers = narrows.first().and_then(|narrow| narrow.customers.as_deref());
    let standing = if narrows.iter().any(asks_of_standing) { standing(conn, customers)? } else { None };
    narrows
        .iter()
        .map(|narrow| match &standing {
            Some(all) if asks_of_standing(narrow) => {
                Ok(Total::counted(all.iter().filter(|one| one.fits(narrow)).map(|one| one.users).sum()))
            }
            _ => total(conn, narrow),
        })
        .collect()
}

/// Everybody of some customers who may sign in; None: they are too many to be looked at.
fn standing(conn: &mut Conn, customers: Option<&[i64]>) -> Result<Option<Vec<Standing>>, Refusal> {
    let ids = who_may_sign_in(conn, MOST)?;
    if i64::try_from(ids.len()).unwrap_or(MOST) >= MOST {
        return Ok(None);
    }
    // SQLite reads all of it from the index of those who are there.
    let [list, of_list, one_of] = match is_sqlite(conn) {
        true => [
            "json_each(",
            ") AS given CROSS JOIN users INDEXED BY users_present ON users.id = given.value",
            " AND users.customer_id IN (SELECT value FROM json_each(",
        ],
        false => [
            "json_array_elements_text(",
            "::json) AS given(value) JOIN users ON users.id = given.value::bigint",
            " AND users.customer_id IN (SELECT value::bigint FROM json_array_elements_text(",
        ],
    };
    let mut statement = Statement::<(SmallInt, SmallInt, SmallInt, Bool, Bool, BigInt)>::sql(
        "SELECT users.status, users.source, users.tfa, users.last_login_at = 0, users.password_changed_at = 0, COUNT(*) FROM ",
    )
    .more(list)
    .text(json(&ids), of_list)
    .more(" WHERE users.deleted_at = 0");
    if let Some(ids) = customers {
        let close = if is_sqlite(conn) { "))" } else { "::json))" };
        statement = statement.more(one_of).text(json(ids), close);
    }
    let statement = statement.more(" GROUP BY 1, 2, 3, 4, 5");
    Ok(Some(each_backend!(conn, c => statement.load(c)?)))
}

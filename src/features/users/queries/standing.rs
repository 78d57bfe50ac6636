//! How many people several narrowings leave of those who may sign in, who are read once: they are some ten thousand where a million users are, and the
//! dashboard asks for several kinds of them.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, SmallInt};

use super::among::Those;
use super::hits::{BESIDE, who_may_sign_in};
use super::list::total;
use super::narrow::Narrow;
use crate::db::{Conn, is_sqlite};
use crate::features::users::input::{Access, Source, Status};
use crate::features::users::model::Stored;
use crate::refusal::Refusal;
use crate::web::list::Total;

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

/// How many users each of these leaves, as [`total`] says it.
pub fn totals(conn: &mut Conn, narrows: &[Narrow]) -> Result<Vec<Total>, Refusal> {
    // Whose people are read: those of the customers that the first of them asks for, and so, as a rule, the others.
    let asking = narrows.iter().find(|narrow| asks_of_standing(narrow));
    let standing = asking.map_or(Ok(None), |narrow| standing(conn, narrow))?;
    let known = |narrow: &Narrow| {
        let theirs = asking.is_some_and(|asking| asking.customers == narrow.customers) && asks_of_standing(narrow);
        let all = standing.as_ref().filter(|_| theirs)?;
        Some(Total::counted(all.iter().filter(|one| one.fits(narrow)).map(|one| one.users).sum()))
    };
    narrows.iter().map(|narrow| known(narrow).map_or_else(|| total(conn, narrow), Ok)).collect()
}

/// Everybody who may sign in of the customers of a narrowing; None: they are too many to be looked at.
fn standing(conn: &mut Conn, narrow: &Narrow) -> Result<Option<Vec<Standing>>, Refusal> {
    let ids = who_may_sign_in(conn, BESIDE)?;
    if i64::try_from(ids.len()).unwrap_or(BESIDE) >= BESIDE {
        return Ok(None);
    }
    let columns =
        "users.status, users.source, users.tfa, users.last_login_at = 0, users.password_changed_at = 0, COUNT(*)";
    let sqlite = is_sqlite(conn);
    let those = Those::<(SmallInt, SmallInt, SmallInt, Bool, Bool, BigInt)>::of(
        sqlite,
        &ids,
        narrow.in_customers(sqlite).into_iter().collect(),
        (columns, " GROUP BY 1, 2, 3, 4, 5"),
    );
    Ok(Some(those.load(conn)?))
}

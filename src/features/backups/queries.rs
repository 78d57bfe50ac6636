//! What must be so in every database of ours, whatever happened to it.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::Conn;
use crate::db::fold::search_text;
use crate::db::schema::users;
use crate::features::users::model::sort_key;
use crate::refusal::Refusal;

const PAGE: i64 = 2_000;

/// A customer whose kept number of users is not how many there are.
pub fn wrong_total(conn: &mut Conn) -> Result<Option<i64>, Refusal> {
    let found: Option<Id> = diesel::sql_query(
        "SELECT id FROM customers WHERE \
         (SELECT COUNT(*) FROM users WHERE customer_id = customers.id AND deleted_at = 0) \
            <> (SELECT COALESCE(SUM(present), 0) FROM user_counts WHERE customer_id = customers.id) OR \
         (SELECT COUNT(*) FROM users WHERE customer_id = customers.id AND deleted_at <> 0) \
            <> (SELECT COALESCE(SUM(deleted), 0) FROM user_counts WHERE customer_id = customers.id) \
         ORDER BY id LIMIT 1",
    )
    .get_result(conn)
    .optional()?;
    Ok(found.map(|customer| customer.id))
}

/// Whether the kept number of users of the whole installation is what its customers come to.
pub fn is_sum_right(conn: &mut Conn) -> Result<bool, Refusal> {
    let found: Option<Id> = diesel::sql_query(
        "SELECT CAST(1 AS BIGINT) AS id WHERE (SELECT COALESCE(SUM(present), 0) FROM user_counts) \
         = (SELECT COALESCE(SUM(present), 0) FROM user_totals)",
    )
    .get_result(conn)
    .optional()?;
    Ok(found.is_some())
}

/// A user who is sorted by another name of their customer than it has.
pub fn wrong_customer_name(conn: &mut Conn) -> Result<Option<i64>, Refusal> {
    let found: Option<Id> = diesel::sql_query(
        "SELECT u.id FROM users u JOIN customers c ON c.id = u.customer_id WHERE u.customer_key <> c.name_key LIMIT 1",
    )
    .get_result(conn)
    .optional()?;
    Ok(found.map(|user| user.id))
}

/// A user who is found or sorted by another text than their name, address and phone number make.
pub fn wrong_text(conn: &mut Conn) -> Result<Option<i64>, Refusal> {
    let mut after = 0;
    loop {
        type Texts = (i64, String, String, String, String, String);
        let page: Vec<Texts> = users::table
            .filter(users::id.gt(after))
            .order(users::id)
            .limit(PAGE)
            .select((users::id, users::name, users::email, users::phone, users::name_key, users::search))
            .load(conn)?;
        let Some(last) = page.last() else { return Ok(None) };
        after = last.0;
        let wrong = page.iter().find(|(_, name, email, phone, key, search)| {
            *key != sort_key(name, email) || *search != search_text(name, email, phone)
        });
        if let Some(user) = wrong {
            return Ok(Some(user.0));
        }
    }
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

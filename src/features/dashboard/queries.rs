//! Figures of days: reckoned from rows in the background, read as they are kept.

use std::collections::BTreeMap;

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, SmallInt};

use super::model::{Day, Figure};
use crate::access::Scope;
use crate::clock::DAY;
use crate::db::Conn;
use crate::db::schema::day_figures;
use crate::each_backend;
use crate::features::users::input::{Source, Status, TfaStatus};
use crate::features::users::model::Stored;
use crate::refusal::Refusal;

/// The row of the whole installation.
const ALL: i64 = 0;

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    customer_id: i64,
    #[diesel(sql_type = BigInt)]
    figure: i64,
}

#[derive(QueryableByName)]
struct Covered {
    #[diesel(sql_type = BigInt)]
    customer_id: i64,
    #[diesel(sql_type = BigInt)]
    signing_in: i64,
    #[diesel(sql_type = BigInt)]
    protected: i64,
}

/// Figures by customer.
pub type ByCustomer = BTreeMap<i64, i64>;

/// The last day that was reckoned.
pub fn last_day(conn: &mut Conn) -> Result<Option<i64>, Refusal> {
    Ok(day_figures::table.select(max(day_figures::day)).first(conn)?)
}

/// Who was added on a day: by customer, since that is the order of an index that holds nothing else.
pub fn new_users(conn: &mut Conn, day: i64) -> Result<ByCustomer, Refusal> {
    counted(
        conn,
        day,
        "SELECT id AS customer_id, (SELECT COUNT(*) FROM users WHERE users.deleted_at = 0 \
         AND users.customer_id = customers.id AND users.created_at >= $1 AND users.created_at < $2) AS figure FROM customers",
    )
}

/// Who signed in on a day, as the audit has it.
pub fn sign_ins(conn: &mut Conn, day: i64) -> Result<ByCustomer, Refusal> {
    counted(
        conn,
        day,
        "SELECT customer_id, COUNT(*) AS figure FROM audit WHERE action = 'sign-in' AND at >= $1 AND at < $2 GROUP BY customer_id",
    )
}

fn counted(conn: &mut Conn, day: i64, sql: &'static str) -> Result<ByCustomer, Refusal> {
    let rows: Vec<Counted> = each_backend!(conn, c => {
        diesel::sql_query(sql).bind::<BigInt, _>(day * DAY).bind::<BigInt, _>((day + 1) * DAY).load(c)
    })?;
    Ok(rows.into_iter().filter(|row| row.figure > 0).map(|row| (row.customer_id, row.figure)).collect())
}

/// Local, active people who may sign in, and those of them whose 2FA is active, now.
pub fn covered(conn: &mut Conn) -> Result<(ByCustomer, ByCustomer), Refusal> {
    // From those who hold another role than "Users" (4), who are few and have an index.
    let sql = "SELECT users.customer_id, COUNT(*) AS signing_in, CAST(SUM(CASE WHEN users.tfa = $1 THEN 1 ELSE 0 END) AS BIGINT) AS protected \
               FROM (SELECT DISTINCT user_id FROM role_assignments WHERE role_id <> 4 \
               AND +role_id IN (SELECT id FROM roles WHERE may_sign_in)) AS held JOIN users ON users.id = held.user_id \
               WHERE users.deleted_at = 0 AND users.status = $2 AND users.source = $3 GROUP BY users.customer_id";
    let rows: Vec<Covered> = each_backend!(conn, c => {
        diesel::sql_query(sql)
            .bind::<SmallInt, _>(TfaStatus::Active.number())
            .bind::<SmallInt, _>(Status::Active.number())
            .bind::<SmallInt, _>(Source::Local.number())
            .load(c)
    })?;
    let (mut signing_in, mut protected) = (ByCustomer::new(), ByCustomer::new());
    for row in rows {
        signing_in.insert(row.customer_id, row.signing_in);
        protected.insert(row.customer_id, row.protected);
    }
    Ok((signing_in, protected))
}

/// Puts the figures of a day in the place of those that were kept of it.
pub fn put(conn: &mut Conn, day: i64, figure: Figure, by_customer: &ByCustomer) -> Result<(), Refusal> {
    let kind = figure.number();
    diesel::delete(day_figures::table.filter(day_figures::day.eq(day)).filter(day_figures::kind.eq(kind)))
        .execute(conn)?;
    let whole = (ALL, by_customer.values().sum());
    for (customer, figure) in
        by_customer.iter().map(|(id, figure)| (*id, *figure)).filter(|row| row.1 > 0).chain([whole])
    {
        let row = (
            day_figures::customer_id.eq(customer),
            day_figures::kind.eq(kind),
            day_figures::day.eq(day),
            day_figures::figure.eq(figure),
        );
        diesel::insert_into(day_figures::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Forgets the days before one.
pub fn forget(conn: &mut Conn, before: i64) -> Result<(), Refusal> {
    diesel::delete(day_figures::table.filter(day_figures::day.lt(before))).execute(conn)?;
    Ok(())
}

/// The days from `first` to `last` of some customers.
pub fn days(conn: &mut Conn, scope: &Scope, first: i64, last: i64) -> Result<Vec<Day>, Refusal> {
    let customers = scope.ids().unwrap_or_else(|| vec![ALL]);
    let mut days: Vec<Day> = (first..=last).map(|day| Day { day, ..Day::default() }).collect();
    for some in customers.chunks(500) {
        let rows: Vec<(i16, i64, i64)> = day_figures::table
            .filter(day_figures::customer_id.eq_any(some))
            .filter(day_figures::day.ge(first))
            .select((day_figures::kind, day_figures::day, day_figures::figure))
            .load(conn)?;
        for (kind, day, number) in rows {
            let place = usize::try_from(day - first).ok();
            if let (Some(figure), Some(kept)) = (Figure::from_number(kind), place.and_then(|place| days.get_mut(place)))
            {
                kept.add(figure, number);
            }
        }
    }
    Ok(days)
}

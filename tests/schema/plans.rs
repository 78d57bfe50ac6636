//! Both databases are led to whole lists by ranges of the index that is in their order: they pass nobody, and sort no more than must be.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, SingleValue, Text};
use diesel::sqlite::Sqlite;
use muster::db::ranges::{Owned, Ranges};
use muster::db::schema::{group_members, user_groups, users};
use muster::db::{Conn, migrate};
use muster::features::users::model::Listed;

use super::demo::filled;
use crate::support::on_postgres;

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// What SQLite does for the rows behind a place, of so many owners (None: of all).
fn plan<C, V>(conn: &mut SqliteConnection, column: C, from: V, owners: Option<&[i64]>, descending: bool) -> Vec<String>
where
    C: Column + Copy,
    C::Table: Owned,
    C::SqlType: SingleValue,
    V: ToSql<C::SqlType, Sqlite>,
    Sqlite: HasSqlType<C::SqlType>,
{
    plan_of(conn, diesel::dsl::sql::<Text>("'shown'"), column, from, owners, descending)
}

/// The same, where this is shown.
fn plan_of<S, C, V>(
    conn: &mut SqliteConnection,
    shown: S,
    column: C,
    from: V,
    owners: Option<&[i64]>,
    descending: bool,
) -> Vec<String>
where
    S: QueryFragment<Sqlite>,
    C: Column + Copy,
    C::Table: Owned,
    C::SqlType: SingleValue,
    V: ToSql<C::SqlType, Sqlite>,
    Sqlite: HasSqlType<C::SqlType>,
{
    steps(conn, &Ranges::of(column, shown, owners, Some((from, 7)), descending, 51))
}

fn steps(conn: &mut SqliteConnection, statement: &impl QueryFragment<Sqlite>) -> Vec<String> {
    let asked = diesel::debug_query::<Sqlite, _>(statement).to_string();
    let sql = asked.split(" -- binds").next().unwrap();
    let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn).unwrap();
    steps.into_iter().map(|step| step.detail).collect()
}

/// A SQLite database without anybody in it.
fn sqlite() -> (tempfile::TempDir, SqliteConnection) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plans.sqlite");
    std::fs::File::create(&path).unwrap();
    let mut conn = muster::db::sqlite::open_writer(&path).unwrap();
    migrate::run(&mut conn, migrate::Part::Main).unwrap();
    let Conn::Sqlite(conn) = conn else { panic!("it is SQLite") };
    (dir, conn)
}

/// SQLite does not go to the rows of people who lie all over the table.
#[test]
fn what_the_user_list_shows_stands_in_indexes() {
    let (_dir, mut conn) = sqlite();
    let (text, all) = (|| "m".to_owned(), None);
    for descending in [false, true] {
        for (index, steps) in [
            ("users_by_name_key", plan_of(&mut conn, Listed::as_select(), users::name_key, text(), all, descending)),
            ("users_by_email_key", plan_of(&mut conn, Listed::as_select(), users::email_key, text(), all, descending)),
            (
                "users_by_phone_digits",
                plan_of(&mut conn, Listed::as_select(), users::phone_digits, text(), all, descending),
            ),
            (
                "users_by_customer_key",
                plan_of(&mut conn, Listed::as_select(), users::customer_key, text(), all, descending),
            ),
        ] {
            // Nobody but one has an address: whoever has this one is looked up by it.
            let read = steps.iter().filter(|step| step.starts_with("SEARCH users ") && !step.contains("(email_key=?)"));
            let covered = format!("SEARCH users USING COVERING INDEX {index} ");
            assert!(read.clone().count() > 0 && read.clone().all(|step| step.starts_with(&covered)), "{steps:#?}");
        }
        let some = plan_of(&mut conn, Listed::as_select(), users::status, 1_i16, Some(&[1, 2, 3]), descending);
        let read: Vec<&String> = some.iter().filter(|step| step.starts_with("SEARCH users ")).collect();
        assert!(read.iter().all(|step| step.contains("COVERING INDEX")), "{some:#?}");
        assert_eq!(read.iter().filter(|step| step.contains("users_listed (customer_id=? AND id=?)")).count(), 1);
        // Nor does it pass all of a customer, in the order of their ids, for those who share a value.
        let places = read.iter().filter(|step| step.contains("users_by_customer_status (customer_id=? AND status"));
        assert_eq!((places.count(), read.len()), (6, 7), "{some:#?}");
    }
}

#[test]
fn whole_lists_are_ranges_of_their_indexes() {
    let (_dir, mut conn) = sqlite();
    let text = || "m".to_owned();
    for descending in [false, true] {
        for owners in [None, Some(&[1_i64][..]), Some(&[1, 2, 3])] {
            for steps in [
                plan(&mut conn, users::name_key, text(), owners, descending),
                plan(&mut conn, users::email_key, text(), owners, descending),
                plan(&mut conn, users::status, 1_i16, owners, descending),
                plan(&mut conn, users::created_at, 1_i64, owners, descending),
                plan(&mut conn, user_groups::name_key, text(), owners, descending),
                plan(&mut conn, user_groups::member_count, 1_i64, owners, descending),
            ] {
                assert_led(&steps);
            }
        }
        let some = Some(&[1_i64, 2, 3][..]);
        let few = Ranges::of(users::name_key, Listed::as_select(), some, Some((text(), 7)), descending, 51);
        let steps = steps(&mut conn, &few.few_share(true));
        assert_led(&steps);
        let way = if descending { '<' } else { '>' };
        let range = format!("COVERING INDEX users_by_customer_name_key (customer_id=? AND name_key{way}?)");
        assert_eq!(steps.iter().filter(|step| step.ends_with(&range)).count(), 3, "{steps:#?}");
        let steps = plan(&mut conn, group_members::name_key, text(), Some(&[1]), descending);
        assert_led(&steps);
        let members: Vec<&String> = steps.iter().filter(|step| step.contains("group_members")).collect();
        assert!(members.len() == 2 && members.iter().all(|step| step.contains("by_name_key")), "{steps:#?}");
    }
}

/// Nothing is sorted, and nothing read from end to end but what was found and the totals.
fn assert_led(steps: &[String]) {
    // What was found is read under the name of what is shown.
    let found: Vec<&str> = steps.iter().filter_map(|step| step.strip_prefix("CO-ROUTINE ")).collect();
    let of_found = |step: &&String| {
        step.strip_prefix("SCAN ").is_some_and(|name| found.contains(&name) || name == "places" || name == "users")
    };
    let passes = |step: &&String| {
        step.contains("TEMP B-TREE") || (step.starts_with("SCAN") && !of_found(step) && !step.contains("totals"))
    };
    assert_eq!(steps.iter().find(passes), None, "{steps:#?}");
    assert_eq!(steps.iter().filter(of_found).count(), found.len(), "{steps:#?}");
    assert!(steps.iter().any(|step| step.starts_with("SEARCH")), "{steps:#?}");
}

/// What PostgreSQL does for the rows behind the value `literal` of some owners (None: of all), line by line.
fn postgres_plan<C>(
    conn: &mut PgConnection,
    column: C,
    literal: &str,
    owners: Option<&[i64]>,
    descending: bool,
) -> String
where
    C: Column + Copy,
    C::Table: Owned,
    C::SqlType: SingleValue,
    i64: ToSql<C::SqlType, Pg>,
    Pg: HasSqlType<C::SqlType>,
{
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
        text: String,
    }
    let shown = diesel::dsl::sql::<Text>("'shown'");
    let ranges = Ranges::of(column, shown, owners, Some((0_i64, 7)), descending, 51);
    let asked = diesel::debug_query::<Pg, _>(&ranges).to_string();
    let mut sql = asked.split(" -- binds").next().unwrap().to_owned();
    // Written out, so that it plans for what is bound as it would for the first pages; the place comes last, behind the owners.
    let list =
        owners.map(|ids| format!("'{{{}}}'::bigint[]", ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")));
    let mut values: Vec<String> = match (owners, list) {
        (Some([one]), Some(list)) => vec![list, one.to_string()],
        (_, Some(list)) => vec![list.clone(), list],
        (_, None) => Vec::new(),
    };
    values.extend([literal.to_owned(), "7::bigint".to_owned()]);
    for (place, value) in values.iter().enumerate().rev() {
        sql = sql.replace(&format!("${}", place + 1), value);
    }
    let lines: Vec<Line> = diesel::sql_query(format!("EXPLAIN {sql}")).load(conn).unwrap();
    lines.into_iter().map(|line| line.text + "\n").collect()
}

/// Most people have no device: nobody lies before such a place by the number of devices alone, and by that PostgreSQL would judge.
#[test]
fn nor_is_postgresql_led_past_everybody() {
    if !on_postgres() {
        return;
    }
    let site = filled(4_000);
    let customers: Vec<i64> = site.read(|conn| Ok(users::table.select(users::customer_id).distinct().load(conn)?));
    let (one, several) = (&customers[..1], &customers[..4]);
    site.read(|conn| {
        let Conn::Postgres(conn) = conn else { panic!("it is PostgreSQL") };
        for descending in [false, true] {
            for (owners, index) in [
                (None, "users_by_device_count"),
                (Some(one), "users_by_customer_device_count"),
                (Some(several), "users_by_customer_device_count"),
            ] {
                let plan = postgres_plan(conn, users::device_count, "0::bigint", owners, descending);
                assert!(plan.contains(index), "{plan}");
                assert!(!plan.contains("Filter: (customer_id") && !plan.contains("Seq Scan on users"), "{plan}");
                let beyond = postgres_plan(conn, users::device_count, "3::bigint", owners, descending);
                assert_eq!(plan, beyond, "it plans for the value");
            }
        }
        Ok(())
    });
}

/// Planning takes as long as reading a page: after five pages there is one plan for all, whoever asks.
#[test]
fn postgresql_plans_once_for_all_pages() {
    #[derive(QueryableByName, Debug)]
    struct Plans {
        #[diesel(sql_type = BigInt)]
        custom: i64,
        #[diesel(sql_type = BigInt)]
        generic: i64,
    }
    if !on_postgres() {
        return;
    }
    let site = filled(4_000);
    let customers: Vec<i64> = site.read(|conn| Ok(users::table.select(users::customer_id).distinct().load(conn)?));
    for owners in [None, Some(&customers[..1]), Some(&customers[..4])] {
        let mut conn = PgConnection::establish(site.database.url().unwrap()).unwrap();
        for page in 0..12 {
            let from = Some((String::from("m"), page));
            let ranges = Ranges::of(users::name_key, users::id, owners, from, false, 51);
            let _: Vec<(String, Option<i64>, i64)> = ranges.load(&mut conn).unwrap();
        }
        let plans = "SELECT custom_plans AS custom, generic_plans AS generic FROM pg_prepared_statements WHERE statement LIKE '%present%'";
        let plans: Vec<Plans> = diesel::sql_query(plans).load(&mut conn).unwrap();
        assert!(matches!(plans[..], [Plans { custom: 5, generic: 7 }]), "of {owners:?}: {plans:?}");
    }
}

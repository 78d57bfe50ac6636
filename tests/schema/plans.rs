//! SQLite is led to whole lists by ranges of the index that is in their order: it passes nobody, and sorts nothing.

use diesel::prelude::*;
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, SingleValue, Text};
use diesel::sqlite::Sqlite;
use muster::db::ranges::{Owned, Ranges};
use muster::db::schema::{group_members, user_groups, users};
use muster::db::{Conn, migrate};

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
    let shown = diesel::dsl::sql::<Text>("'shown'");
    let ranges = Ranges::of(column, shown, owners, Some((from, 7)), descending, 51);
    let asked = diesel::debug_query::<Sqlite, _>(&ranges).to_string();
    let sql = asked.split(" -- binds").next().unwrap();
    let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn).unwrap();
    steps.into_iter().map(|step| step.detail).collect()
}

#[test]
fn whole_lists_are_ranges_of_their_indexes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plans.sqlite");
    std::fs::File::create(&path).unwrap();
    let mut conn = muster::db::sqlite::open_writer(&path).unwrap();
    migrate::run(&mut conn, migrate::Part::Main).unwrap();
    let Conn::Sqlite(mut conn) = conn else { panic!("it is SQLite") };
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
        let steps = plan(&mut conn, group_members::name_key, text(), Some(&[1]), descending);
        assert_led(&steps);
        let members: Vec<&String> = steps.iter().filter(|step| step.contains("group_members")).collect();
        assert!(members.len() == 2 && members.iter().all(|step| step.contains("by_name_key")), "{steps:#?}");
    }
}

/// Nothing is sorted, and nothing read from end to end but the places that were found and the totals.
fn assert_led(steps: &[String]) {
    let passes = |step: &&String| {
        step.contains("TEMP B-TREE")
            || (step.starts_with("SCAN") && !step.contains("places") && !step.contains("totals"))
    };
    assert_eq!(steps.iter().find(passes), None, "{steps:#?}");
    assert!(steps.iter().any(|step| step.starts_with("SEARCH")), "{steps:#?}");
}

//! The migrations of both databases make the same tables, those that `src/db/schema.rs` tells diesel of.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Text;
use muster::db::{Conn, migrate};

use super::tables::{Tables, declared, differences, read};
use crate::support::{Database, Site, files, in_repository, on_postgres};

/// The tables of this run's database; those that SQLite stages in a file of its own lie beside the others.
fn tables(site: &Site) -> Tables {
    let mut tables = site.read(read);
    if !on_postgres() {
        tables.retain(|name, _| !name.starts_with("users_search"));
        tables.extend(site.app.staging.read_now(read).unwrap());
    }
    tables
}

#[test]
fn the_database_is_what_the_schema_file_says() {
    let faults = differences(&tables(&Site::start()), &declared());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_migration_has_its_twin() {
    let folders = |database: &str| -> BTreeSet<String> {
        std::fs::read_dir(in_repository(&format!("migrations/{database}")))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(folders("sqlite"), folders("postgres"));
    assert!(folders("sqlite_staging").is_subset(&folders("postgres")));
}

/// SQLite's indexes that hold all that the User List shows: an index row of PostgreSQL has 2,704 bytes at most, and a long name, its key and an address
/// may have more.
const SHOWN: &str = "last_login_at, created_at, deleted_at) WHERE deleted_at = 0";

/// The indexes and uniqueness that the SQL of both databases declares, without what only one of them can or needs to.
#[test]
fn both_have_the_same_indexes() {
    let indexes = |database: &str| -> BTreeSet<String> {
        files(&format!("migrations/{database}"), "up.sql")
            .iter()
            .flat_map(|(_, sql)| {
                sql.split(';')
                    .map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" "))
                    .collect::<Vec<_>>()
            })
            .filter_map(|statement| statement.find("CREATE INDEX").map(|place| statement[place..].to_owned()))
            .filter(|statement| !statement.contains("users_search") && !statement.ends_with(SHOWN))
            .collect()
    };
    let ours: BTreeSet<String> = indexes("sqlite").union(&indexes("sqlite_staging")).cloned().collect();
    let theirs = indexes("postgres");
    let different: Vec<&String> = ours.symmetric_difference(&theirs).collect();
    assert!(different.is_empty(), "{different:#?}");
    let unique = |database: &str| {
        files(&format!("migrations/{database}"), "up.sql")
            .iter()
            .map(|(_, sql)| sql.matches("UNIQUE (").count())
            .sum::<usize>()
    };
    assert_eq!(unique("sqlite"), unique("postgres"));
}

/// Sorting and comparing text happens byte by byte on both, whatever the locale of the database is.
#[test]
fn text_is_compared_byte_by_byte() {
    if !on_postgres() {
        return;
    }
    #[derive(QueryableByName)]
    struct Wrong {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let wrong: Vec<Wrong> = Site::start().read(|conn| {
        let Conn::Postgres(c) = conn else { return Ok(Vec::new()) };
        Ok(diesel::sql_query(
            "SELECT table_name || '.' || column_name AS name FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'",
        )
        .load(c)?)
    });
    let wrong: Vec<String> =
        wrong.into_iter().map(|line| line.name).filter(|name| !name.starts_with("__diesel")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn migrating_twice_changes_nothing() {
    let site = Site::start();
    let before = tables(&site);
    let applied = site.app.db.with_writer(|conn| migrate::run(conn, migrate::Part::Main)).unwrap();
    assert_eq!(applied, 0);
    assert_eq!(before, tables(&site));
}

#[test]
fn what_every_installation_begins_with() {
    use muster::access::BuiltIn;
    use muster::features::roles;
    let database = Database::empty();
    if let muster::db::Target::Sqlite(path) = &database.target {
        std::fs::File::create(path).unwrap();
    }
    let db = muster::db::Db::open(database.target.clone()).unwrap();
    db.with_writer(|conn| migrate::run(conn, migrate::Part::Main)).unwrap();
    let held: BTreeMap<String, bool> =
        db.read_now(roles::queries::all).unwrap().into_iter().map(|role| (role.builtin, role.may_sign_in)).collect();
    let expected: BTreeMap<String, bool> =
        BuiltIn::ALL.into_iter().map(|role| (role.word().to_owned(), role != BuiltIn::Users)).collect();
    assert_eq!(held, expected);
}

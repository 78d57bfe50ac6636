//! Upgrades: a database at each schema that this repository has had, with what was in it then, is brought up to date by starting the server on it.

use diesel::prelude::*;
use muster::access::keyring::KeyRing;
use muster::clock::DAY;
use muster::db::schema::{audit, jobs, operation_rows, operations, role_assignments, settings, users, views};
use muster::db::search::Terms;
use muster::db::{Conn, Db, Target};
use muster::features::audit::chain::{AuditRow, Seal, values_hash};
use muster::features::backups::actions::examine;
use muster::features::operations::model::State;
use muster::features::users::queries::{Narrow, total};
use muster::jobs::{Kind, State as Progress};
use muster::refusal::Refusal;
use muster::web::list::Total;

use super::past::{self, NAMES};
use crate::support::{Database, Served, files, muster, now, on_postgres};

/// The migrations in their order: stamp and SQL.
fn migrations() -> Vec<(String, String)> {
    let database = if on_postgres() { "migrations/postgres" } else { "migrations/sqlite" };
    let stamp = |path: &str| path.rsplit('/').nth(1).unwrap().split('_').next().unwrap().replace('-', "");
    files(database, "up.sql").into_iter().map(|(path, sql)| (stamp(&path), sql)).collect()
}

/// A database with the first migrations alone, beside the key that it was made with.
fn at_schema(steps: &[(String, String)]) -> (Database, Target, KeyRing) {
    let database = Database::empty();
    assert!(muster(&database, &["migrate"], &[]).status.success());
    let db = database.made_by_program();
    let kept: Vec<(String, String)> =
        db.read_now(|conn| Ok(settings::table.select((settings::key, settings::value)).load(conn)?)).unwrap();
    drop(db);
    let target = match &database.target {
        Target::Sqlite(_) => {
            let file = database.dir.path().join("data/muster.sqlite");
            for ending in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{ending}", file.display()));
            }
            Target::Sqlite(file)
        }
        other => {
            database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
            other.clone()
        }
    };
    let run = |sql: &str| Database::execute_on(&target, sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    run("CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)");
    for (stamp, sql) in steps {
        run(sql);
        run(&format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{stamp}')"));
    }
    run("DELETE FROM settings");
    for (key, value) in kept {
        run(&format!("INSERT INTO settings (\"key\", value) VALUES ('{key}', '{value}')"));
    }
    let keys = KeyRing::load(&database.dir.path().join("data/secret.key")).unwrap();
    (database, target, keys)
}

/// Evidence as it was written then; from the schema with seals on, all but the last row is sealed. Gives the rows.
fn told(target: &Target, keys: &KeyRing, sealed: bool) -> Vec<AuditRow> {
    let rows: Vec<AuditRow> = (1..=5_i64)
        .map(|id| AuditRow {
            id,
            at: now() - DAY + id,
            actor_id: 1,
            address: "192.0.2.7".into(),
            request_id: format!("request-{id}"),
            action: "user.create".into(),
            object_kind: "user".into(),
            object_id: id,
            customer_id: 1,
            operation_id: 0,
            outcome: 1,
            values_hash: values_hash(b"salt", "{}").to_vec(),
        })
        .collect();
    let bytes = past::bytes;
    for row in &rows {
        past::run(
            target,
            &format!(
                "INSERT INTO audit (at, actor_id, address, request_id, action, object_kind, object_id, customer_id, operation_id, \
             outcome, values_hash) VALUES ({}, 1, '{}', '{}', 'user.create', 'user', {}, 1, 0, 1, {}); \
             INSERT INTO audit_values (audit_id, salt, data) VALUES ({}, {}, '{{}}')",
                row.at,
                row.address,
                row.request_id,
                row.object_id,
                bytes(&row.values_hash),
                row.id,
                bytes(b"salt"),
            ),
        );
    }
    if sealed {
        let seal = Seal {
            number: 1,
            at: now() - DAY,
            first_id: 1,
            last_id: 4,
            settled_id: 4,
            gaps: String::new(),
            late: String::new(),
            hashes: rows[..4].iter().flat_map(AuditRow::hash).collect(),
            mac: Vec::new(),
        }
        .signed(keys, &[]);
        past::run(
            target,
            &format!(
                "INSERT INTO audit_seals (number, at, first_id, last_id, settled_id, gaps, late, hashes, mac) \
             VALUES (1, {}, 1, 4, 4, '', '', {}, {})",
                seal.at,
                bytes(&seal.hashes),
                bytes(&seal.mac),
            ),
        );
    }
    rows
}

/// Waits until nothing is left to do.
fn settled(db: &Db) {
    let open = [Progress::Waiting, Progress::Running].map(Progress::number);
    for _ in 0..600 {
        let left: i64 =
            db.read_now(|conn| Ok(jobs::table.filter(jobs::state.eq_any(open)).count().get_result(conn)?)).unwrap();
        if left == 0 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the jobs of the older version never end");
}

fn upgraded(stamps: usize) {
    let all = migrations();
    let steps = &all[..stamps];
    let has = |stamp: &str| steps.iter().any(|(one, _)| one == stamp);
    let version = &steps[stamps - 1].0;
    let (database, target, keys) = at_schema(steps);
    past::people(&target, has("20261122191500"), has("20261122193000"));
    let plans = has("20261122183000");
    past::work(&target, plans, has("20261122200000"));
    if has("20261122190000") {
        past::run(
            &target,
            "INSERT INTO views (list, owner_id, name, name_key, query, created_at, changed_at) \
                            VALUES ('users', 1, 'Elms', 'elms', 'q=elm', 1, 1)",
        );
    }
    let evidence = told(&target, &keys, has("20261122184500"));
    past::protect(&target);

    let server = Served::start(&database, &[]);
    let db = database.made_by_program();
    settled(&db);
    drop(db);
    assert_eq!(server.end().status, Some(0), "{version}");

    let db = database.made_by_program();
    let read = |conn: &mut Conn| -> Result<(), Refusal> {
        let present: i64 = users::table.filter(users::deleted_at.eq(0)).count().get_result(conn)?;
        let everybody: i64 = users::table.count().get_result(conn)?;
        let held: i64 = role_assignments::table.count().get_result(conn)?;
        assert_eq!((everybody, held), (past::PEOPLE, past::PEOPLE), "{version}");
        // Two were deleted; three more are what an operation was about to delete.
        assert_eq!(present, past::PEOPLE - 5, "{version}");
        let names: Vec<String> = users::table.order(users::id).limit(4).select(users::name).load(conn)?;
        assert_eq!(names, NAMES, "{version}");
        let theirs: Vec<AuditRow> = audit::table.filter(audit::id.le(5)).order(audit::id).load(conn)?;
        assert_eq!(theirs, evidence, "{version}");

        let states: Vec<i16> = operations::table.order(operations::id).select(operations::state).load(conn)?;
        let wanted: &[State] =
            if plans { &[State::Done, State::Done, State::Planned] } else { &[State::Done, State::Done] };
        assert_eq!(states, wanted.iter().map(|state| state.number()).collect::<Vec<_>>(), "{version}");
        let rows: i64 = operation_rows::table.filter(operation_rows::operation_id.le(2)).count().get_result(conn)?;
        assert_eq!(rows, 5, "{version}");
        if plans {
            let planned: i64 = operations::table.find(3).select(operations::planned).first(conn)?;
            assert_eq!(planned, past::ELMS, "{version}: who was selected then is in the plan");
        }
        let ended: Vec<(String, i16, String)> =
            jobs::table.order(jobs::id).select((jobs::kind, jobs::state, jobs::problem)).load(conn)?;
        for (kind, state, problem) in &ended {
            assert!(Kind::from_word(kind).is_some(), "{version}: {kind}");
            assert!(!problem.contains("no such kind"), "{version}: {kind}: {problem}");
            assert!(
                !kind.starts_with("operation.") || *state == Progress::Done.number(),
                "{version}: {kind}: {problem}"
            );
        }
        assert_eq!(ended.len(), if plans { 5 } else { 4 }, "{version}");
        if has("20261122190000") {
            assert_eq!(views::table.count().get_result::<i64>(conn)?, 1);
        }
        // Who is searched for is found, by the middle of a word and by its beginning.
        for (q, hits) in [("liwa", 1), ("zo", 1), ("elm", past::ELMS), ("5139", 1)] {
            let narrow = Narrow { terms: Terms::of(q), ..Narrow::default() };
            assert_eq!(total(conn, &narrow)?, Total::Exactly(hits), "{version}: {q}");
        }
        assert_eq!(total(conn, &Narrow::default())?, Total::Exactly(past::PEOPLE - 5), "{version}");
        Ok(())
    };
    db.read_now(read).unwrap();
    db.with_writer(|conn| examine(conn, &keys, now())).unwrap_or_else(|fault| panic!("{version}: {fault}"));
    drop(db);
    for command in [&["audit", "verify"][..], &["migrate"]] {
        let output = muster(&database, command, &[]);
        assert!(output.status.success(), "{version}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// One test for each schema there was, the newest one included: what is written here would have to fit that as well.
macro_rules! from {
    ($($name:ident: $stamps:literal),*) => {$(
        #[test]
        fn $name() {
            upgraded($stamps);
        }
    )*
        const TESTED: &[usize] = &[$($stamps),*];
    };
}
from!(
    from_the_first: 1,
    from_selections: 2,
    from_audit_seals: 3,
    from_views: 4,
    from_user_search: 5,
    from_preferences: 6,
    from_list_speed: 7,
    from_undo: 8,
    from_reports: 9,
    from_deleted_list: 10,
    from_search_text: 11,
    from_expected_devices_taken_back: 12,
    from_present: 13,
    from_groups: 14,
    from_roles_and_customers: 15,
    from_mails: 16,
    from_dashboard: 17,
    from_standing: 18
);

#[test]
fn every_schema_but_the_last_has_its_test() {
    let stamps: Vec<String> = migrations().into_iter().map(|(stamp, _)| stamp).collect();
    assert!(stamps.is_sorted(), "{stamps:?}");
    assert!(TESTED.len() + 1 >= stamps.len(), "add a line to `from!` for {}", stamps[TESTED.len()]);
}

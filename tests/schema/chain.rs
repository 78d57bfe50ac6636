//! The chain over the audit: whoever changes, removes, reorders or cuts rows behind the server's back is found out, and the first fault is named.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use muster::clock::DAY;
use muster::features::audit::actions::retention;
use muster::features::audit::actions::verify::Fault;

use crate::support::{Site, on_postgres};

/// Three seals over nine rows; gives the id of the first row of the second seal.
fn sealed() -> (Site, i64) {
    let site = Site::start();
    let mut first = 0;
    for round in 0..3 {
        let last = site.tell(3);
        site.seal();
        if round == 1 {
            first = last - 2;
        }
    }
    let report = site.verify();
    assert_eq!((report.seals, report.fault, report.unsealed), (3, None, 0));
    assert!(report.rows >= 9);
    (site, first)
}

#[track_caller]
fn finds(sql: impl Fn(i64) -> String, fault: impl Fn(i64) -> Fault) {
    let (site, first) = sealed();
    let (sql, fault) = (sql(first), fault(first));
    site.tamper(&sql);
    assert_eq!(site.verify().fault, Some(fault), "{sql}");
}

#[test]
fn every_altered_column_is_found() {
    for column in ["at", "actor_id", "object_id", "customer_id", "outcome"] {
        finds(|id| format!("UPDATE audit SET {column} = {column} + 1 WHERE id = {id}"), Fault::RowAltered);
    }
    for column in ["address", "request_id", "action", "object_kind"] {
        finds(|id| format!("UPDATE audit SET {column} = 'other' WHERE id = {id}"), Fault::RowAltered);
    }
    finds(|id| format!("UPDATE audit SET operation_id = 9 WHERE id = {id}"), Fault::RowAltered);
    finds(
        |id| {
            format!(
                "UPDATE audit SET values_hash = (SELECT values_hash FROM audit WHERE id = {id} + 1) WHERE id = {id}"
            )
        },
        Fault::RowAltered,
    );
}

#[test]
fn deleted_rows_are_found() {
    let delete = |id: i64| format!("DELETE FROM audit_values WHERE audit_id = {id}; DELETE FROM audit WHERE id = {id}");
    finds(delete, Fault::RowMissing);
    finds(|id| delete(id + 2), |id| Fault::RowMissing(id + 2));
    finds(|_| "DELETE FROM audit_values; DELETE FROM audit".into(), |_| Fault::RowMissing(1));
}

#[test]
fn reordered_rows_are_found() {
    let columns = "at, actor_id, address, request_id, action, object_kind, object_id, customer_id, operation_id, outcome, values_hash";
    let swap = |one: i64, other: i64| {
        let set: Vec<String> = columns.split(", ").map(|name| format!("{name} = s.{name}")).collect();
        format!(
            "CREATE TABLE swap AS SELECT * FROM audit WHERE id IN ({one}, {other}); \
             UPDATE audit SET {} FROM swap s WHERE audit.id IN ({one}, {other}) AND s.id = {one} + {other} - audit.id; DROP TABLE swap",
            set.join(", ")
        )
    };
    finds(|id| swap(id, id + 1), |id| Fault::RowMoved { id: id + 1, from: id });
    // Over the border of a seal it is a row that holds something else.
    finds(|id| swap(id, id + 3), Fault::RowAltered);
}

#[test]
fn altered_values_are_found() {
    finds(|id| format!("UPDATE audit_values SET data = 'other' WHERE audit_id = {id}"), Fault::ValuesAltered);
    finds(|id| format!("DELETE FROM audit_values WHERE audit_id = {id}"), Fault::ValuesMissing);
    finds(
        |id| {
            format!(
                "UPDATE audit_values SET data = s.data, salt = s.salt FROM (SELECT * FROM audit_values WHERE audit_id = {id} + 1) s WHERE audit_values.audit_id = {id}"
            )
        },
        Fault::ValuesAltered,
    );
    let empty = if on_postgres() { "''::bytea" } else { "x''" };
    finds(
        |id| format!("UPDATE audit_values SET data = '', salt = {empty} WHERE audit_id = {id}"),
        Fault::ValuesEmptied,
    );
    finds(|id| format!("UPDATE audit_values SET salt = {empty} WHERE audit_id = {id}"), Fault::ValuesAltered);
}

#[test]
fn altered_and_removed_seals_are_found() {
    for column in ["at", "first_id", "last_id", "settled_id"] {
        finds(
            |_| format!("UPDATE audit_seals SET {column} = {column} + 1 WHERE number = 2"),
            |_| Fault::SealAltered(2),
        );
    }
    for column in ["gaps", "late"] {
        finds(|_| format!("UPDATE audit_seals SET {column} = '5' WHERE number = 2"), |_| Fault::SealAltered(2));
    }
    for column in ["hashes", "mac"] {
        finds(
            |_| {
                format!(
                    "UPDATE audit_seals SET {column} = (SELECT {column} FROM audit_seals WHERE number = 3) WHERE number = 2"
                )
            },
            |_| Fault::SealAltered(2),
        );
    }
    finds(|_| "DELETE FROM audit_seals WHERE number = 2".into(), |_| Fault::SealMissing(2));
    finds(|_| "DELETE FROM audit_seals WHERE number = 1".into(), |_| Fault::SealMissing(1));
    // A row and its place in the seal together: the seal gives it away.
    finds(
        |id| {
            format!(
                "DELETE FROM audit_values WHERE audit_id = {id}; DELETE FROM audit WHERE id = {id}; UPDATE audit_seals SET gaps = '{id}' WHERE number = 2"
            )
        },
        |_| Fault::SealAltered(2),
    );
}

#[test]
fn a_row_put_in_afterwards_is_found() {
    let (site, first) = sealed();
    // An id that a rolled-back transaction took; no transaction that could still fill the gap runs when the next seals are made.
    let jump = if on_postgres() {
        "SELECT nextval(pg_get_serial_sequence('audit', 'id'))"
    } else {
        "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'audit'"
    };
    site.database.execute(jump).unwrap();
    let mut sealer = site.sealer();
    let gap = site.tell(2) - 2;
    sealer.seal(&site.app).unwrap();
    site.tell(1);
    sealer.seal(&site.app).unwrap();
    assert_eq!(site.verify().fault, None, "a gap is no fault");
    let overriding = if on_postgres() { "OVERRIDING SYSTEM VALUE" } else { "" };
    let columns = "at, actor_id, address, request_id, action, object_kind, object_id, customer_id, operation_id, outcome, values_hash";
    site.tamper(&format!(
        "INSERT INTO audit (id, {columns}) {overriding} SELECT {gap}, {columns} FROM audit WHERE id = {first}"
    ));
    sealer.seal(&site.app).unwrap();
    assert_eq!(site.verify().fault, Some(Fault::RowAdded(gap)));
}

#[test]
fn a_cut_tail_is_found_by_its_head() {
    let (site, first) = sealed();
    let head = site.verify().head.unwrap();
    site.tell(2);
    site.seal();
    assert_eq!(site.verify_against(Some(&head)).fault, None, "a head stays good while the chain grows");
    let cut = format!(
        "DELETE FROM audit_values WHERE audit_id >= {first}; DELETE FROM audit WHERE id >= {first}; DELETE FROM audit_seals WHERE number >= 2"
    );
    site.tamper(&cut);
    assert_eq!(site.verify().fault, None, "nothing in the database shows it");
    assert_eq!(site.verify_against(Some(&head)).fault, Some(Fault::TailCut { head: 3, end: 1 }));
    // And when the server has gone on since.
    for _ in 0..3 {
        site.tell(1);
        site.seal();
    }
    assert_eq!(site.verify().fault, None);
    assert_eq!(site.verify_against(Some(&head)).fault, Some(Fault::NotTheHead(3)));
}

#[test]
fn the_shell_says_what_was_found() {
    let (site, first) = sealed();
    site.set_clock_by_the_system();
    let said = site.shell(&["audit", "verify"]);
    assert_eq!(said.status, Some(0), "{}", said.errors);
    assert_eq!((said.number("seals"), said.number("not sealed yet"), said.number("operations")), (3, 0, 0));
    let head = said.out.lines().find_map(|line| line.strip_prefix("head: ")).unwrap().to_owned();
    assert_eq!(head, site.verify().head.unwrap().to_string());
    assert_eq!(site.shell(&["audit", "verify", "--head", &head]).status, Some(0));
    assert_eq!(site.shell(&["audit", "verify", "--head", "nonsense"]).status, Some(2));
    let later = format!("9{head}");
    let said = site.shell(&["audit", "verify", "--head", &later]);
    assert_eq!(said.status, Some(1));
    assert!(said.errors.contains("the tail was cut"), "{}", said.errors);
    site.tamper(&format!("UPDATE audit SET actor_id = 77 WHERE id = {first}"));
    let said = site.shell(&["audit", "verify"]);
    assert_eq!((said.status, said.errors.trim()), (Some(1), format!("muster: row {first} was altered").as_str()));
}

#[test]
fn the_rows_of_an_operation_are_covered() {
    for sql in [
        "UPDATE operation_rows SET \"before\" = '{\"deleted\":true}'",
        "UPDATE operation_rows SET label = 'Somebody else'",
        "UPDATE operation_rows SET reason = 'Because'",
        "UPDATE operation_rows SET verdict = 3",
        "DELETE FROM operation_rows WHERE object_id = (SELECT MIN(object_id) FROM operation_rows)",
        "UPDATE operations SET salt = (SELECT salt FROM audit_values WHERE audit_id = 1)",
    ] {
        let site = deleted_two();
        let report = site.verify();
        assert_eq!((report.fault, report.operations), (None, 1));
        site.tamper(sql);
        assert!(matches!(site.verify().fault, Some(Fault::OperationAltered { .. })), "{sql}");
    }
    let site = deleted_two();
    site.tamper("DELETE FROM operation_rows; DELETE FROM operations");
    assert!(matches!(site.verify().fault, Some(Fault::OperationMissing { .. })));
    // After 30 days they may go.
    site.wait(31 * DAY);
    assert_eq!(site.verify().fault, None);
}

/// Two people deleted in one operation, and sealed.
fn deleted_two() -> Site {
    let site = Site::start();
    let admin = site.admin();
    let ids = [site.add_user(site.a).to_string(), site.add_user(site.a).to_string()];
    let version = site.now().to_string();
    let form = [("name", "Evident"), ("email", "evident@example.org"), ("version", version.as_str())];
    admin.post(&format!("/users/{}", ids[0]), &form).expect(303);
    let plan = admin.post("/users/deletions", &[("id", ids[0].as_str()), ("id", ids[1].as_str())]);
    admin.post(plan.expect(303).location(), &[]).expect(303);
    drop(admin);
    site.seal();
    site
}

#[test]
fn a_purge_of_people_breaks_nothing() {
    let site = deleted_two();
    // As if they had been deleted long before: their operation is still compared, and what it says of them is gone.
    let later = site.now() + 31 * DAY;
    site.write(move |conn| muster::features::users::actions::purge::deleted(conn, later));
    site.seal();
    let report = site.verify();
    assert_eq!((report.fault, report.operations, report.emptied), (None, 1, 1));
    let told: Vec<String> = site.read(|conn| {
        use muster::db::schema::operation_rows::dsl;
        let rows: Vec<(String, String, String)> =
            dsl::operation_rows.select((dsl::label, dsl::before, dsl::reason)).load(conn)?;
        Ok(rows.into_iter().map(|(label, before, reason)| format!("{label}{before}{reason}")).collect())
    });
    assert!(told.len() == 2 && told.iter().all(|row| row.starts_with("{}Purged. ")), "{told:?}");
    site.tamper("UPDATE operation_rows SET verdict = 3, reason = 'Because', label = 'Somebody else'");
    assert!(matches!(site.verify().fault, Some(Fault::OperationAltered { .. })));
}

#[test]
fn what_is_past_its_time_goes_and_the_chain_stays() {
    let (site, _) = sealed();
    let old = site.verify();
    site.wait(731 * DAY);
    site.tell(2);
    site.seal();
    let head = site.verify().head.unwrap();
    retention::purge(&site.app).unwrap();
    let report = site.verify_against(Some(&head));
    assert_eq!((report.fault, report.removed, report.seals), (None, old.rows, 1));
    // Of rows there are the two, the one that tells of the purge, and none of those before.
    assert_eq!((report.rows, site.audit().len()), (3, 3));
    assert!(site.audit().iter().all(|entry| entry.at >= site.now()));
    assert_eq!(site.verify_against(old.head.as_ref()).fault, None, "the last head before the cut still counts");
    // The next day nothing is due, and a later time takes the next ones.
    site.wait(2 * DAY);
    retention::purge(&site.app).unwrap();
    assert_eq!(site.verify().removed, old.rows);
    site.seal();
    site.wait(731 * DAY);
    retention::purge(&site.app).unwrap();
    let report = site.verify();
    assert_eq!((report.fault, report.removed), (None, old.rows + 3));
    assert_eq!(site.verify_against(old.head.as_ref()).fault, Some(Fault::HeadTooOld(3)));
    site.tamper("UPDATE audit_checkpoints SET removed = removed + 1");
    assert!(matches!(site.verify().fault, Some(Fault::CheckpointAltered(_))));
}

#[test]
fn tampered_rows_are_not_let_go() {
    let (site, first) = sealed();
    site.tamper(&format!("UPDATE audit SET actor_id = 77 WHERE id = {first}"));
    site.wait(731 * DAY);
    let before = site.audit();
    let refusal = retention::purge(&site.app).unwrap_err();
    assert!(refusal.to_string().contains(&format!("row {first} was altered")), "{refusal}");
    assert_eq!(site.audit(), before);
}

/// The triggers let go of exactly what a checkpoint stands for.
#[test]
fn seals_and_checkpoints_are_guarded() {
    let (site, first) = sealed();
    let refused = |sql: &str| {
        let outcome = site.database.execute(sql);
        assert!(outcome.is_err(), "{sql} was let through");
        assert_eq!(site.verify().fault, None, "{sql}");
    };
    for sql in [
        "UPDATE audit_seals SET at = 0",
        "DELETE FROM audit_seals",
        "DELETE FROM audit_seals WHERE number = 3",
        "INSERT INTO audit_checkpoints SELECT 2, 0, 1000000, 0, mac, mac FROM audit_seals WHERE number = 2",
        "INSERT INTO audit_checkpoints SELECT 9, 0, last_id, 0, mac, mac FROM audit_seals WHERE number = 2",
        "INSERT INTO audit_checkpoints SELECT 2, 0, last_id, 0, hashes, mac FROM audit_seals WHERE number = 2",
    ] {
        refused(sql);
    }
    if on_postgres() {
        refused("TRUNCATE audit_seals");
        refused("TRUNCATE audit_checkpoints");
    } else {
        refused(
            "INSERT OR REPLACE INTO audit_seals SELECT number, 0, first_id, last_id, settled_id, gaps, late, hashes, mac FROM audit_seals",
        );
    }
    // A forged checkpoint opens the door for the rows it names and no others, and gives itself away.
    site.database
        .execute("INSERT INTO audit_checkpoints SELECT 1, 0, last_id, 0, mac, mac FROM audit_seals WHERE number = 1")
        .unwrap();
    assert_eq!(site.verify().fault, Some(Fault::CheckpointAltered(1)));
    for sql in [
        format!("DELETE FROM audit_values WHERE audit_id = {first}"),
        "DELETE FROM audit_seals WHERE number = 2".to_owned(),
        "DELETE FROM audit_checkpoints".to_owned(),
        "UPDATE audit_checkpoints SET at = 1".to_owned(),
    ] {
        assert!(site.database.execute(&sql).is_err(), "{sql} was let through");
    }
}

/// On PostgreSQL a row has its id before its transaction commits.
#[test]
fn rows_that_come_late_are_sealed_late() {
    if !on_postgres() {
        return;
    }
    let site = Site::start();
    let mut held = PgConnection::establish(site.database.url().unwrap()).unwrap();
    let insert = "INSERT INTO audit (at, actor_id, address, request_id, action, object_kind, object_id, customer_id, operation_id, outcome, values_hash) \
                  VALUES (1, 0, '', '', 'held', 'thing', 1, 0, 0, 1, sha256('salt{}'::bytea)); \
                  INSERT INTO audit_values (audit_id, salt, data) VALUES (currval(pg_get_serial_sequence('audit', 'id')), 'salt', '{}')";
    let mut sealer = site.sealer();
    let before = site.tell(1);
    sealer.seal(&site.app).unwrap();
    held.batch_execute(&format!("BEGIN; {insert}")).unwrap();
    for _ in 0..3 {
        site.tell(1);
        sealer.seal(&site.app).unwrap();
        let report = site.verify();
        assert_eq!((report.fault, report.unsealed), (None, 0), "what others wrote does not wait for it");
    }
    held.batch_execute("COMMIT").unwrap();
    // Another process may be the one that finds it.
    let mut other = site.sealer();
    other.seal(&site.app).unwrap();
    let report = site.verify();
    assert_eq!((report.fault, report.unsealed), (None, 0));
    assert_eq!(report.rows, site.audit().len() as i64);
    // A rolled-back one leaves a gap that is no fault, and is closed once its transaction has ended.
    held.batch_execute(&format!("BEGIN; {insert}")).unwrap();
    site.tell(1);
    other.seal(&site.app).unwrap();
    held.batch_execute("ROLLBACK").unwrap();
    for _ in 0..2 {
        site.tell(1);
        other.seal(&site.app).unwrap();
    }
    assert_eq!(site.verify().fault, None);
    // What came late is covered like everything else.
    let late = before + 1;
    site.tamper(&format!("UPDATE audit SET action = 'other' WHERE id = {late}"));
    assert_eq!(site.verify().fault, Some(Fault::RowAltered(late)));
    site.tamper(&format!("DELETE FROM audit_values WHERE audit_id = {late}; DELETE FROM audit WHERE id = {late}"));
    assert_eq!(site.verify().fault, Some(Fault::RowMissing(late)));
}

/// The workers of a server seal by themselves, and nobody's rows wait for long.
#[test]
fn a_server_seals_by_itself() {
    let site = Site::start();
    let working = site.work();
    site.tell(5);
    let began = std::time::Instant::now();
    site.until("sealed", || site.verify().unsealed == 0);
    assert!(began.elapsed().as_secs() < 5);
    site.tell(5);
    drop(working);
    assert_eq!(site.verify().unsealed, 0, "a clean stop leaves nothing unsealed");
}

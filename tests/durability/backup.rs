//! The drill: a backup while people write, a restore, signing in, everything there, nothing that was handed out good any more.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use muster::db::schema::users;
use muster::db::{Db, Target};

use crate::support::{Database, Person, Served, muster, on_postgres, postgres_tool};

const PEOPLE: i64 = 3_000;

/// An edit that the server said it had made: whose, to what name, when it was sent and answered.
struct Edit {
    id: i64,
    name: String,
    sent: Instant,
    answered: Instant,
}

/// Stops the others when dropped, so that a test that fails also ends.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn people(db: &Db) -> BTreeMap<i64, String> {
    db.read_now(|conn| Ok(users::table.select((users::id, users::name)).load::<(i64, String)>(conn)?))
        .unwrap()
        .into_iter()
        .collect()
}

#[track_caller]
fn goes_well(database: &Database, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = muster(database, arguments, &[]);
    assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

#[track_caller]
fn is_refused(database: &Database, arguments: &[&str], why: &str) {
    let Output { status, stderr, .. } = muster(database, arguments, &[]);
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{arguments:?}: {said}");
    assert!(said.starts_with("muster: ") && said.contains(why) && said.lines().count() == 1, "{arguments:?}: {said}");
}

/// Edits one person after the other until it is told to stop.
fn keep_editing(admin: &Person<'_>, ids: &[i64], stop: &AtomicBool) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (number, id) in ids.iter().cycle().enumerate() {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let page = admin.open(&format!("/users/{id}/edit"));
        let name = format!("Edited {number} times");
        let mut form = page.form("main form");
        for (field, value) in &mut form {
            if field == "name" {
                value.clone_from(&name);
            }
        }
        let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let sent = Instant::now();
        admin.post(&format!("/users/{id}"), &fields).expect(303);
        edits.push(Edit { id: *id, name, sent, answered: Instant::now() });
    }
    edits
}

/// A copy of the database by whichever tool it takes, and where it lies.
fn back_up(database: &Database) -> PathBuf {
    let file = database.dir.path().join("muster.backup");
    let name = file.to_str().unwrap();
    match database.url() {
        None => {
            let said = goes_well(database, &["backup", name]);
            assert!(said.contains("users: backed up to"), "{said}");
        }
        Some(url) => postgres_tool("pg_dump", &["--format=custom", "--file", name, url]),
    }
    file
}

/// Another machine on which the copy was put in place, with the key that was kept apart; and what the restore said.
fn restored(database: Database, file: &Path) -> (Database, String) {
    match database.url() {
        None => {
            let said = goes_well(&database, &["restore", file.to_str().unwrap()]);
            (database, said)
        }
        Some(_) => {
            let other = Database::empty();
            let data = other.dir.path().join("data");
            std::fs::create_dir(&data).unwrap();
            std::fs::copy(database.dir.path().join("data/secret.key"), data.join("secret.key")).unwrap();
            postgres_tool("pg_restore", &["--no-owner", "--dbname", other.url().unwrap(), file.to_str().unwrap()]);
            let said = goes_well(&other, &["restore"]);
            (other, said)
        }
    }
}

#[test]
fn the_drill() {
    let database = Database::empty();
    goes_well(&database, &["demo", "--users", &PEOPLE.to_string()]);
    let server = Served::start(&database, &[]);
    let first = server.first_administrator();
    let (admin, mut recovery_codes) = (first.browser, first.recovery_codes);
    let link = goes_well(&database, &["admin", "recover", "--email", "ada@example.org"]);
    let db = database.made_by_program();
    // Local people, who are edited here.
    let local = users::table.filter(users::source.eq(1)).filter(users::deleted_at.eq(0)).select(users::id);
    let ids: Vec<i64> = db.read_now(|conn| Ok(local.order(users::id).limit(200).load(conn)?)).unwrap();

    // A mail that waits for its next try.
    let late = "INSERT INTO mails (kind, recipient, recipient_key, subject, message_id, body, state, attempts, created_at, due_at, ended_at, held_by, \
                held_until, answer, link_id, link_expires_at, link_used_at) VALUES ('test', 'late@example.org', 'late@example.org', 'Late', '<late@x>', \
                '', 1, 1, 1900000000000, 9000000000000, 0, '', 0, '451', 0, 0, 0)";
    Database::execute_on(db.target(), late).unwrap();

    let stop = AtomicBool::new(false);
    let (file, began, ended, edits) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| keep_editing(&admin, &ids, &stop));
        let stopping = Stop(&stop);
        std::thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        let file = back_up(&database);
        let ended = Instant::now();
        std::thread::sleep(Duration::from_millis(200));
        drop(stopping);
        (file, began, ended, writer.join().unwrap())
    });
    let mut during: Vec<Duration> = edits
        .iter()
        .filter(|edit| edit.sent > began && edit.sent < ended)
        .map(|edit| edit.answered - edit.sent)
        .collect();
    during.sort();
    let slowest_but_one_percent = during[during.len() * 99 / 100];
    eprintln!("{} edits during the backup of {:?}, p99 {slowest_but_one_percent:?}", during.len(), ended - began);
    assert!(slowest_but_one_percent < Duration::from_secs(1), "a backup makes others wait: {during:?}");

    let name = file.to_str().unwrap();
    if !on_postgres() {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        is_refused(&database, &["backup", name], "exists already");
        is_refused(&database, &["restore", name], "stop it first");
        assert!(!file.with_extension("backup.partial").exists());
    }
    let old_cookies = admin.cookies();
    let after_backup = people(&db);
    drop((admin, db));
    assert_eq!(server.end().status, Some(0));

    let (database, said) = restored(database, &file);
    assert!(said.contains("sessions ended: 1") && said.contains("links voided: 1"), "{said}");
    let db = database.made_by_program();
    let now = people(&db);
    assert_eq!(now.len(), after_backup.len());
    // What was acknowledged before the backup began is in it; what came later may be or not, but nothing else is.
    let mut wanted: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for edit in edits.iter().filter(|edit| edit.sent < ended) {
        let names = wanted.entry(edit.id).or_default();
        if edit.answered < began {
            names.clear();
        }
        names.push(&edit.name);
    }
    for (id, names) in &wanted {
        let untouched = edits.iter().find(|edit| edit.id == *id).is_some_and(|edit| edit.answered > began);
        assert!(untouched || names.contains(&now[id].as_str()), "{id} is {}, not one of {names:?}", now[id]);
    }
    assert!(edits.iter().any(|edit| edit.answered < began), "nothing was written before the backup");
    goes_well(&database, &["audit", "verify"]);

    let server = Served::start(&database, &[]);
    let old = Person::with(&server, old_cookies);
    let answer = old.get("/users").expect(303);
    assert!(answer.location().starts_with("/login"), "a session outlived the restore: {}", answer.location());
    let path = link.trim().split_once("localhost:8080").unwrap().1.to_owned();
    assert!(server.visitor().get(&path).status != 303, "a link outlived the restore");
    let admin = server.signed_in_again(&mut recovery_codes);
    let told = admin.open("/audit?action=installation.restore").readable();
    assert!(told.contains("Backup restored"), "{told}");
    let doubtful = admin.open("/mails?state=uncertain").readable();
    assert!(doubtful.contains("late@example.org"), "it may have been sent since: {doubtful}");
    assert_eq!(server.end().status, Some(0));
    // The database from before is kept.
    if let (None, Target::Sqlite(path)) = (database.url(), db.target()) {
        let folder = std::fs::read_dir(path.parent().unwrap()).unwrap();
        let kept: Vec<PathBuf> = folder
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().contains("muster.sqlite.before-"))
            .collect();
        assert_eq!(kept.len(), 1, "{kept:?}");
        let before = Db::open(Target::Sqlite(kept[0].clone())).unwrap();
        assert_eq!(people(&before), after_backup);
    }
}

#[test]
fn what_is_no_backup_of_this_installation_is_refused_and_changes_nothing() {
    if on_postgres() {
        let database = Database::empty();
        goes_well(&database, &["migrate"]);
        is_refused(&database, &["backup", "x.backup"], "pg_dump");
        is_refused(&database, &["restore", "x.backup"], "pg_restore");
        return;
    }
    let (database, other) = (Database::empty(), Database::empty());
    goes_well(&database, &["demo", "--users", "50"]);
    // A server seals the audit, at the latest when it ends.
    assert_eq!(Served::start(&database, &[]).end().status, Some(0));
    goes_well(&other, &["demo", "--users", "60"]);
    let file = |name: &str| database.dir.path().join(name).to_str().unwrap().to_owned();
    let foreign = file("foreign.backup");
    goes_well(&other, &["backup", &foreign]);
    let good = file("good.backup");
    goes_well(&database, &["backup", &good]);
    let data = database.dir.path().join("data");
    let before = std::fs::read(data.join("muster.sqlite")).unwrap();

    is_refused(&database, &["restore"], "which file");
    is_refused(&database, &["restore", &file("none.backup")], "cannot read");
    std::fs::write(file("letter"), "this is a letter, and no database").unwrap();
    is_refused(&database, &["restore", &file("letter")], "not a SQLite database");
    is_refused(&database, &["restore", &foreign], "key");
    let strange = Target::Sqlite(file("strange.sqlite").into());
    Database::execute_on(&strange, "CREATE TABLE letters (text TEXT)").unwrap();
    is_refused(&database, &["restore", &file("strange.sqlite")], "not one of Muster");
    let whole = std::fs::read(&good).unwrap();
    std::fs::write(file("half.backup"), &whole[..whole.len() / 2]).unwrap();
    is_refused(&database, &["restore", &file("half.backup")], "cannot be restored");
    for (name, harm, why) in [
        ("tampered", "DROP TRIGGER audit_is_never_changed; UPDATE audit SET actor_id = 77", "audit"),
        ("miscounted", "UPDATE user_counts SET present = present + 1 WHERE id = 1", "totals"),
        ("misfiled", "UPDATE users SET search = 'x' WHERE id = 7", "search"),
        ("newer", "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')", "newer"),
    ] {
        std::fs::copy(&good, file(name)).unwrap();
        Database::execute_on(&Target::Sqlite(file(name).into()), harm).unwrap();
        is_refused(&database, &["restore", &file(name)], why);
    }
    assert!(before == std::fs::read(data.join("muster.sqlite")).unwrap(), "a refused restore touched the database");
    let mut names: Vec<String> =
        std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["installation", "muster.sqlite", "muster.staging.sqlite", "secret.key"]);

    // On a machine where the database is lost, the key is all it takes.
    std::fs::remove_file(data.join("muster.sqlite")).unwrap();
    is_refused(&database, &["migrate"], "is gone");
    goes_well(&database, &["restore", &good]);
    assert_eq!(people(&database.made_by_program()).len(), 50);
}

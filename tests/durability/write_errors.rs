//! What a database cannot write it refuses within two seconds; what can be read is read; and once the fault is over it goes on by itself.
//!
//! Faults last some seconds here; `MUSTER_TEST_LONG=1` lets them last as long as they are promised to be borne: a minute locked, half a minute stopped.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use muster::access::keyring::KeyRing;
use muster::db::schema::users;
use muster::db::{Db, Target};
use muster::features::backups::actions::examine;
use muster::refusal::Refusal;

use super::crash::Line;
use crate::support::{Answer, Database, PostgresServer, Served, now, on_postgres, together};

/// Every answer comes within this.
const PROMPT: Duration = Duration::from_secs(2);
/// Recovery may take so long: a connection that was cut is found out by using it.
const RECOVERY: Duration = Duration::from_secs(10);

fn lasts(long: u64) -> Duration {
    Duration::from_secs(if std::env::var_os("MUSTER_TEST_LONG").is_some() { long } else { 4 })
}

/// A server with somebody who creates people, and what the server said about them.
struct Scene {
    server: Served,
    line: Line,
    address: SocketAddr,
    next: AtomicU32,
    created: std::sync::Mutex<Vec<String>>,
}

impl Scene {
    fn on(database: &Database) -> Scene {
        let server = Served::start(database, &[]);
        let admin = server.first_administrator().browser;
        let line = Line { cookie: format!("muster={}", admin.cookie("muster").unwrap()), csrf: admin.csrf() };
        let address = admin.address();
        drop(admin);
        Scene { server, line, address, next: AtomicU32::new(0), created: std::sync::Mutex::default() }
    }

    /// Creates somebody; 303 or 503, and promptly.
    #[track_caller]
    fn write(&self) -> u16 {
        let email = format!("made{}@example.org", self.next.fetch_add(1, Ordering::SeqCst));
        let began = Instant::now();
        let form = [("name", "Made"), ("email", email.as_str()), ("customer", "1")];
        let answer = self.line.post(self.address, "/users", &form).expect("an answer");
        prompt(&answer, began, &[303, 503]);
        if answer.status == 303 {
            self.created.lock().unwrap().push(email);
        }
        answer.status
    }

    /// Opens the User List; 200 or 503, and promptly.
    #[track_caller]
    fn read(&self) -> u16 {
        let began = Instant::now();
        let answer = self.line.get(self.address, "/users").expect("an answer");
        prompt(&answer, began, &[200, 503]);
        answer.status
    }

    #[track_caller]
    fn recovers(&self) {
        let began = Instant::now();
        while self.write() != 303 || self.read() != 200 {
            assert!(began.elapsed() < RECOVERY, "it does not recover");
            std::thread::sleep(Duration::from_millis(50));
        }
        eprintln!("recovered after {:?}", began.elapsed());
    }

    /// All that was acknowledged is there, and everything is whole.
    fn end(self, database: &Database) {
        assert_eq!(self.server.end().status, Some(0));
        let db = database.made_by_program();
        let found: Vec<String> = db.read_now(|conn| Ok(users::table.select(users::email).load(conn)?)).unwrap();
        for email in self.created.lock().unwrap().iter() {
            assert!(found.contains(email), "{email} was acknowledged and is lost");
        }
        let keys = KeyRing::load(&database.dir.path().join("data/secret.key")).unwrap();
        db.with_writer(|conn| examine(conn, &keys, now())).unwrap();
    }
}

#[track_caller]
fn prompt(answer: &Answer, began: Instant, expected: &[u16]) {
    let took = began.elapsed();
    assert!(expected.contains(&answer.status), "{}: {}", answer.status, answer.readable());
    assert!(took < PROMPT + Duration::from_millis(500), "{} after {took:?}", answer.status);
    if answer.status == 503 {
        assert!(took < PROMPT, "refused only after {took:?}");
        assert!(answer.header("retry-after").is_some());
    }
}

/// More than there are connections to PostgreSQL, which those who write must not take all of.
const SEVERAL: usize = 13;

/// Many people write at the same moment, again and again: nobody waits for the one before, and whoever reads for none of them.
fn all_are_refused(scene: &Scene, longest: Duration, reads_go_on: bool) {
    let began = Instant::now();
    while began.elapsed() < longest {
        let answers = together(SEVERAL, |number| if number == 0 { scene.read() } else { scene.write() });
        assert!(answers[1..].iter().all(|status| *status == 503), "{answers:?}");
        assert!(!reads_go_on || answers[0] == 200, "reads do not go on: {answers:?}");
    }
}

#[test]
fn a_locked_database_is_read_and_comes_back() {
    let database = Database::empty();
    let scene = Scene::on(&database);
    assert_eq!(scene.write(), 303);
    let db = database.made_by_program();
    match db.target() {
        Target::Sqlite(path) => {
            let mut conn = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            conn.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
            all_are_refused(&scene, lasts(60), true);
            conn.batch_execute("ROLLBACK").unwrap();
        }
        Target::Postgres(url) => {
            let mut conn = diesel::PgConnection::establish(url).unwrap();
            conn.batch_execute("BEGIN; LOCK TABLE users IN EXCLUSIVE MODE").unwrap();
            all_are_refused(&scene, lasts(60), true);
            conn.batch_execute("ROLLBACK").unwrap();
        }
    }
    drop(db);
    scene.recovers();
    scene.end(&database);
}

/// A small file system of its own, unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<SmallDisk> {
        std::fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| SmallDisk(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_read_and_written_again_when_there_is_room() {
    if on_postgres() {
        return;
    }
    let database = Database::empty();
    let Some(_disk) = SmallDisk::mount(&database.dir.path().join("data")) else {
        eprintln!("SKIPPED: a full disk (nothing may be mounted here)");
        return;
    };
    let scene = Scene::on(&database);
    assert_eq!(scene.write(), 303);
    let ballast = database.dir.path().join("data/ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    while file.write_all(&[7; 4_096]).is_ok() {}
    while file.write_all(&[7]).is_ok() {}
    let began = Instant::now();
    while scene.write() == 303 {
        assert!(began.elapsed() < Duration::from_secs(30), "the disk is not full");
    }
    for _ in 0..10 {
        assert_eq!((scene.write(), scene.read()), (503, 200));
    }
    drop(file);
    std::fs::remove_file(&ballast).unwrap();
    scene.recovers();
    scene.end(&database);
}

/// Lets every sync of a process fail.
struct FailingSyncs(Child);

impl FailingSyncs {
    fn of(pid: u32) -> Option<FailingSyncs> {
        let mut strace = Command::new("strace")
            .args(["-qq", "-f", "-p", &pid.to_string(), "-e", "trace=fsync,fdatasync"])
            .args(["-e", "inject=fsync,fdatasync:error=EIO", "-o", "/dev/null"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        std::thread::sleep(Duration::from_millis(500));
        strace.try_wait().unwrap().is_none().then_some(FailingSyncs(strace))
    }
}

impl Drop for FailingSyncs {
    fn drop(&mut self) {
        // Asked to end it lets go of the process.
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

#[test]
fn a_disk_that_does_not_keep_what_it_is_given_acknowledges_nothing() {
    if on_postgres() {
        return;
    }
    let database = Database::empty();
    let scene = Scene::on(&database);
    assert_eq!(scene.write(), 303);
    let Some(failing) = FailingSyncs::of(scene.server.pid()) else {
        eprintln!("SKIPPED: syncs that fail (no strace, or it may not trace)");
        return;
    };
    for _ in 0..10 {
        assert_eq!((scene.write(), scene.read()), (503, 200));
    }
    drop(failing);
    scene.recovers();
    scene.end(&database);
}

#[test]
fn a_database_that_is_taken_away_is_not_made_anew() {
    if on_postgres() {
        return;
    }
    let database = Database::empty();
    let scene = Scene::on(&database);
    assert_eq!(scene.write(), 303);
    let path = database.dir.path().join("data/muster.sqlite");
    let elsewhere = database.dir.path().join("elsewhere");
    std::fs::rename(&path, &elsewhere).unwrap();
    for _ in 0..5 {
        assert_eq!(scene.write(), 503);
        scene.read();
    }
    assert!(!path.exists(), "an empty database was made in its place");
    std::fs::rename(&elsewhere, &path).unwrap();
    scene.recovers();
    scene.end(&database);
}

#[test]
fn a_postgresql_that_has_stopped_makes_nobody_wait() {
    if !on_postgres() {
        return;
    }
    // One of its own, since others test beside this.
    let server = PostgresServer::start();
    let database = Database::on_server(&server);
    let scene = Scene::on(&database);
    assert_eq!(scene.write(), 303);
    server.freeze();
    all_are_refused(&scene, lasts(30), false);
    server.thaw();
    scene.recovers();
    server.restart();
    scene.recovers();
    scene.end(&database);
}

/// Also if the first that it is asked is something that was never asked on it.
#[test]
fn a_connection_that_was_cut_is_not_given_out_again() {
    if !on_postgres() {
        return;
    }
    let server = PostgresServer::start();
    let db = Db::open(Database::on_server(&server).target.clone()).unwrap();
    let count = |relations: &'static str| {
        db.read_now(move |conn| {
            let rows = diesel::sql_query(format!("SELECT 1 FROM {relations} LIMIT 1")).execute(conn)?;
            Ok(rows)
        })
    };
    assert_eq!(count("pg_class"), Ok(1));
    server.restart();
    assert!(matches!(count("pg_index"), Err(Refusal::Unavailable(_))));
    assert_eq!(count("pg_index"), Ok(1));
}

//! An import whose worker stops or dies in the middle of writing goes on where it was: nobody is lost, nobody comes twice.

use std::fmt::Write;
use std::process::Stdio;

use diesel::prelude::*;
use muster::clock::DAY;
use muster::db::schema::{imports, jobs, operation_rows, operations};
use muster::features::imports::model::State;
use muster::features::imports::queries;

use crate::support::Site;

const PEOPLE: i64 = 4_000;

/// People with a device each, and an extra row with a further device for the first of them.
fn many() -> String {
    let mut text = String::from("Display Name,Email,Serial Number\nPerson 1,crowd1@example.org,EXTRA\n");
    for number in 1..=PEOPLE {
        writeln!(text, "Person {number},crowd{number}@example.org,SN{number}").unwrap();
    }
    text
}

impl Site {
    /// How many of them there are.
    fn crowd(&self) -> i64 {
        use muster::db::schema::users;
        self.read(|conn| Ok(users::table.filter(users::email_key.like("crowd%")).count().get_result(conn)?))
    }

    #[track_caller]
    fn everybody_came_once(&self, import: i64) {
        let import = self.read(|conn| queries::find(conn, import));
        assert_eq!(import.state(), State::Done, "{}", import.problem);
        assert_eq!((self.crowd(), self.devices()), (PEOPLE, PEOPLE + 1));
        let applied = import.counts().applied;
        assert_eq!((applied.added, applied.devices, applied.skipped), (PEOPLE, PEOPLE + 1, 0));
        let operation = import.operation_id.unwrap();
        let (noted, done, skipped): (i64, i64, i64) = self.read(|conn| {
            let noted =
                operation_rows::table.filter(operation_rows::operation_id.eq(operation)).count().get_result(conn)?;
            let (done, skipped) =
                operations::table.find(operation).select((operations::done, operations::skipped)).first(conn)?;
            Ok((noted, done, skipped))
        });
        assert_eq!((noted, done, skipped), (PEOPLE, PEOPLE, 0));
        let ends = self.audit().iter().filter(|entry| entry.action == "users.import").count();
        assert_eq!(ends, 1, "one import is one line of the audit");
    }
}

#[test]
fn a_server_that_stops_goes_on_later() {
    let site = Site::start();
    let admin = site.admin();
    let working = site.work();
    let import = admin.upload_text(&many());
    let preview = import.preview();
    drop(working);
    import.send("additions", &preview).expect(303);
    let working = site.work();
    site.until("somebody is added", || site.crowd() > 0);
    drop(working);
    assert!(site.crowd() < PEOPLE, "it was over before it could be stopped");
    site.run_jobs();
    site.everybody_came_once(import.id());
    assert_eq!(import.count("Added"), PEOPLE);
}

#[test]
fn stopping_keeps_what_was_added_so_far() {
    let site = Site::start();
    let admin = site.admin();
    let working = site.work();
    let import = admin.upload_text(&many());
    let preview = import.preview();
    drop(working);
    import.send("additions", &preview).expect(303);
    let working = site.work();
    site.until("somebody is added", || site.crowd() > 0);
    drop(working);
    let so_far = site.crowd();
    assert!(so_far < PEOPLE, "it was over before it could be stopped");
    admin.post(&format!("{}/cancellation", import.path), &[]).expect(303);
    site.run_jobs();
    assert_eq!(import.page().one(".badge").as_deref(), Some("Stopped"));
    assert_eq!((import.count("Added"), site.crowd()), (so_far, so_far));
}

/// A process that is killed with its job in hand; another takes the job up once its lock has run out, and not before.
#[test]
fn a_worker_that_is_killed_is_replaced() {
    let site = Site::start();
    site.set_clock_by_the_system();
    let file = site.database.dir.path().join("many.csv");
    std::fs::write(&file, many()).unwrap();
    let mut command = site.command(&["import", "users", file.to_str().unwrap()]);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    site.until("somebody is added", || site.crowd() > 0);
    process.kill().unwrap();
    process.wait().unwrap();
    let so_far = site.crowd();
    assert!(so_far < PEOPLE, "it was over before it could be killed");
    site.run_jobs();
    assert_eq!(site.crowd(), so_far, "the job is still held");
    site.wait(DAY);
    site.run_jobs();
    let import: i64 = site.read(|conn| Ok(imports::table.select(imports::id).first(conn)?));
    site.everybody_came_once(import);
    let open: i64 = site.read(|conn| Ok(jobs::table.filter(jobs::finished_at.eq(0)).count().get_result(conn)?));
    assert_eq!(open, 0);
}

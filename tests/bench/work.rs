//! Large work: an import, an export, a deletion and its undo of everybody, beside what the databases' own tools take for the same rows; and groups.

mod bystanders;
mod groups;
mod people;
mod preview;
mod tools;
mod visitor;

use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use muster::app::App;
use muster::db::schema::{jobs, users};
use muster::jobs::State;

use crate::arguments::Arguments;
use crate::ground::Ground;
use crate::report::Report;
use crate::server::{Server, muster};
use visitor::Visitor;

/// What can be asked for with `--only`. All but the first need an import first, which is then measured in passing.
pub const CASES: [&str; 6] = ["import", "preview", "groups", "export", "delete", "undo"];
/// Whoever is imported has an address with this in it.
const IMPORTED: &str = "imported";

pub fn run(arguments: &Arguments, url: Option<&str>, report: &mut Report) {
    if !CASES.iter().any(|case| arguments.wants(case)) {
        return;
    }
    let mut bench = Bench::new(url);
    report.plain(&format!("\n{}: large work, users", bench.kind), arguments.users as f64, "");
    let imported_in = bench.import(arguments, report);
    if arguments.wants("import") {
        let fresh = Ground::empty(url, "yardstick");
        let yardstick = tools::load(&bench.ground, &fresh);
        let name = format!("{}: import, apply to the tool's {yardstick:.1} s", bench.kind);
        report.share(&name, yardstick / imported_in.1, 0.25);
        bystanders::measure(&mut bench, arguments.users as f64 / imported_in.1, report);
    }
    if arguments.wants("preview") {
        preview::measure(&mut bench, arguments, report);
    }
    if arguments.wants("groups") {
        groups::measure(&mut bench, arguments, report);
    }
    if arguments.wants("export") {
        bench.export(report);
    }
    if arguments.wants("delete") || arguments.wants("undo") {
        let whole = imported_in.0 + imported_in.1;
        let operation = bench.delete(whole, report);
        bench.undo(&operation, whole, report);
    }
}

/// An installation with its server.
struct Bench {
    kind: &'static str,
    ground: Ground,
    server: Server,
    app: App,
}

impl Bench {
    fn new(url: Option<&str>) -> Bench {
        let mut ground = Ground::empty(url, "work");
        ground.sign_in();
        let server = Server::start(&ground);
        let app = ground.open();
        Bench { kind: if url.is_some() { "PostgreSQL" } else { "SQLite" }, ground, server, app }
    }

    /// Begins to import so many people at the command line, which hands it to the server.
    fn begin_import(&self, count: u64, tag: &str) -> Child {
        let file = self.ground.dir.join(format!("{tag}.csv"));
        people::write(&file, count, tag);
        let command = ["import", "users", file.to_str().unwrap()];
        muster(&self.ground, &command).stdout(Stdio::null()).spawn().unwrap()
    }

    /// Gives the seconds that staging and applying took.
    fn import(&self, arguments: &Arguments, report: &mut Report) -> (f64, f64) {
        let mut child = self.begin_import(arguments.users, IMPORTED);
        assert!(child.wait().unwrap().success(), "the import failed");
        // The command line ends when all is written, just before the job notes that it has ended.
        self.wait("import.apply");
        let taken = (self.seconds("import.read"), self.seconds("import.apply"));
        report.plain(&format!("{}: import, staging", self.kind), taken.0, "s");
        report.plain(&format!("{}: import, apply", self.kind), taken.1, "s");
        let peak = self.server.peak_memory();
        report.limit(&format!("{}: import, peak memory", self.kind), peak, 150.0, "MiB");
        taken
    }

    fn export(&mut self, report: &mut Report) {
        let before = self.server.peak_memory();
        self.visitor().post("/users/exports", &[("query", ""), ("separator", "comma")]);
        self.wait("users.export");
        let (ours, theirs) = (self.seconds("users.export"), tools::dump(&self.ground));
        report.plain(&format!("{}: export", self.kind), ours, "s");
        report.share(&format!("{}: export, to the tool's {theirs:.1} s", self.kind), theirs / ours, 0.5);
        let grown = self.server.peak_memory() - before;
        report.limit(&format!("{}: export, memory grown by", self.kind), grown, 32.0, "MiB");
    }

    /// Deletes everybody who was imported. Gives the page of the operation.
    fn delete(&mut self, most: f64, report: &mut Report) -> String {
        let operation = self.select_imported().post("/users/deletions", &[("selection", "users")]);
        let taken = self.carry_out("delete", &operation, report);
        report.limit(&format!("{}: delete, plan and run", self.kind), taken, most, "s");
        let left: i64 = self
            .app
            .db
            .read_now(|conn| {
                let imported = users::table.filter(users::email.like("%@imported.example"));
                Ok(imported.filter(users::deleted_at.eq(0)).count().get_result(conn)?)
            })
            .unwrap();
        assert_eq!(left, 0, "people are left");
        operation
    }

    fn undo(&mut self, operation: &str, most: f64, report: &mut Report) {
        let undo = self.visitor().post(&format!("{operation}/undo"), &[]);
        let taken = self.carry_out("undo", &undo, report);
        report.limit(&format!("{}: undo, plan and run", self.kind), taken, most, "s");
        let gone: i64 = self
            .app
            .db
            .read_now(|conn| Ok(users::table.filter(users::deleted_at.ne(0)).count().get_result(conn)?))
            .unwrap();
        assert_eq!(gone, 0, "people are still deleted");
    }

    /// Somebody who has selected everybody who was imported.
    fn select_imported(&mut self) -> Visitor {
        let mut visitor = self.visitor();
        let query = format!("q={IMPORTED}");
        visitor.post("/users/selection", &[("clear", "yes"), ("whole", "yes"), ("query", &query)]);
        visitor
    }

    /// Waits for the plan of an operation, carries it out, and waits for that. Gives the seconds of both.
    fn carry_out(&mut self, name: &str, operation: &str, report: &mut Report) -> f64 {
        self.wait("operation.plan");
        self.visitor().post(operation, &[]);
        self.wait("operation.run");
        let (plan, run) = (self.seconds("operation.plan"), self.seconds("operation.run"));
        report.plain(&format!("{}: {name}, plan", self.kind), plan, "s");
        report.plain(&format!("{}: {name}, run", self.kind), run, "s");
        report.plain(&format!("{}: {name}, peak memory", self.kind), self.server.peak_memory(), "MiB");
        plan + run
    }

    /// Somebody who has just signed in.
    fn visitor(&mut self) -> Visitor {
        self.ground.sign_in();
        Visitor::new(self.server.address, &self.ground.readers[0].cookies[0])
    }

    /// The last job of a kind: its state, and the milliseconds at which it was asked for and ended.
    fn last(&self, kind: &str) -> Option<(i16, i64, i64)> {
        let last = jobs::table.filter(jobs::kind.eq(kind)).order(jobs::id.desc());
        let read = |conn: &mut _| {
            Ok(last.select((jobs::state, jobs::created_at, jobs::finished_at)).first(conn).optional()?)
        };
        self.app.db.read_now(read).unwrap()
    }

    fn seconds(&self, kind: &str) -> f64 {
        let (state, from, to) = self.last(kind).unwrap();
        assert_eq!(state, State::Done.number(), "{kind} did not come to its end");
        (to - from) as f64 / 1_000.0
    }

    fn wait(&self, kind: &str) {
        let began = Instant::now();
        while self.last(kind).is_none_or(|(_, _, finished)| finished == 0) {
            assert!(began.elapsed() < Duration::from_secs(3_600), "{kind} does not end");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

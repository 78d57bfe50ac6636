//! What others notice of an import: how long single writes take, and how much of its throughput the list keeps.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use muster::db::schema::users;

use super::Bench;
use super::visitor::Visitor;
use crate::load;
use crate::report::Report;

/// Others write and the list is read for so long each, with and without the import.
const WRITING: Duration = Duration::from_secs(18);
const READING: Duration = Duration::from_secs(6);
/// Between two single writes.
const PAUSE: Duration = Duration::from_millis(20);

/// How much longer than both the import would last if nobody were beside it.
const LONGER: f64 = 1.4;

/// Imports more people while others write and read, of whom `a_second` are written when nobody does.
pub fn measure(bench: &mut Bench, a_second: f64, report: &mut Report) {
    bench.ground.sign_in();
    let calm = turn(bench);
    let before = bench.last("import.apply");
    let count = a_second * (WRITING + READING).as_secs_f64() * LONGER;
    let mut child = bench.begin_import(count as u64, "besides");
    let is_applying = || bench.last("import.apply") != before;
    while !is_applying() {
        thread::sleep(Duration::from_millis(10));
    }
    let loud = turn(bench);
    let ended = bench.last("import.apply").is_some_and(|(_, _, finished)| finished != 0);
    assert!(child.wait().unwrap().success(), "the import failed");
    if ended {
        eprintln!("the import was over before the turn was: its figures besides are too good");
    }
    let kind = bench.kind;
    report.plain(&format!("{kind}: import, single write alone, p99"), calm.p99, "ms");
    report.plain(&format!("{kind}: import, single write besides, median"), loud.median, "ms");
    report.limit(&format!("{kind}: import, single write besides, p99"), loud.p99, 250.0, "ms");
    report.plain(&format!("{kind}: import, single write besides, longest"), loud.longest, "ms");
    report.share(&format!("{kind}: import, list besides"), loud.per_second / calm.per_second, 1.0 / 3.0);
}

struct Seen {
    per_second: f64,
    /// Milliseconds that single writes took.
    median: f64,
    p99: f64,
    longest: f64,
}

/// First single writes by themselves, then the list.
fn turn(bench: &Bench) -> Seen {
    let over = AtomicBool::new(false);
    let mut latencies = thread::scope(|scope| {
        let writer = scope.spawn(|| write(bench, &over));
        thread::sleep(WRITING);
        over.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    latencies.sort_by(f64::total_cmp);
    let of = |hundredths: usize| latencies[(latencies.len() * hundredths / 100).min(latencies.len() - 1)];
    let (median, p99, longest) = (of(50), of(99), of(100));
    let cookies = &bench.ground.readers[0].cookies;
    let requests: Vec<Vec<u8>> = cookies.iter().map(|cookie| load::get("/users", cookie)).collect();
    let per_second = load::turn(bench.server.address, &requests, READING).per_second();
    Seen { per_second, median, p99, longest }
}

/// Disables and enables somebody, again and again. Gives milliseconds.
fn write(bench: &Bench, over: &AtomicBool) -> Vec<f64> {
    let whom = users::table.filter(users::email.like("%@imported.example")).select(users::id).order(users::id);
    let id: i64 = bench.app.db.read_now(|conn| Ok(whom.first(conn)?)).unwrap();
    let mut visitor = Visitor::new(bench.server.address, &bench.ground.readers[0].cookies[1]);
    let mut latencies = Vec::new();
    while !over.load(Ordering::Relaxed) {
        for status in ["disabled", "active"] {
            let began = Instant::now();
            visitor.post(&format!("/users/{id}/status"), &[("status", status)]);
            latencies.push(began.elapsed().as_secs_f64() * 1_000.0);
            thread::sleep(PAUSE);
        }
    }
    latencies
}

//! `cargo bench`: every figure that we claim, as a ratio to a yardstick that is measured in the same run.
//!
//! The yardstick is a bare actix handler that answers with as many bytes, without middleware. It and the server are processes of their own with
//! the same number of workers; both are asked by 16 connections that stay open, in short turns, so that whatever else the machine does hits both.
//!
//! `cargo bench -- --help` says what can be chosen. The databases are kept under `target/bench`, so that a second run is quick; PostgreSQL is
//! the one of `MUSTER_TEST_DATABASE_URL`, or else a private one for the time of the run.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on ends, and its table is what it is for"
)]

mod arguments;
mod cases;
mod flood;
mod ground;
mod load;
mod postgres;
mod report;
mod samples;
mod server;
mod work;
mod yardstick;

use clap::Parser;

use arguments::{Arguments, Which};
use ground::Ground;
use report::Report;
use server::Server;

fn main() {
    let arguments = Arguments::parse();
    if let Some(bytes) = arguments.yardstick {
        yardstick::serve(bytes);
        return;
    }
    let mut report = Report::default();
    for which in arguments.databases() {
        let postgres = (which == Which::Postgres).then(postgres::Postgres::start);
        let url = postgres.as_ref().map(|postgres| postgres.url.as_str());
        measure(&arguments, url, &mut report);
        work::run(&arguments, url, &mut report);
    }
    report.print();
    if arguments.check && report.missed() > 0 {
        std::process::exit(1);
    }
}

/// All cases on one kind of database, with few users and with many.
fn measure(arguments: &Arguments, url: Option<&str>, report: &mut Report) {
    let kind = if url.is_some() { "PostgreSQL" } else { "SQLite" };
    // Large work has an installation of its own.
    if !arguments.only.is_empty() && arguments.only.iter().all(|only| work::CASES.contains(&only.as_str())) {
        return;
    }
    let mut few = None;
    for users in [1_000, arguments.users] {
        let ground = Ground::ready(url, users);
        report.database(kind, users, &ground);
        let server = Server::start(&ground);
        report.started(kind, &ground, &server);
        let mut medians = cases::run(arguments, &ground, &server, report, few.as_ref());
        if users == arguments.users && arguments.wants("sign-in") {
            flood::run(arguments, kind, &ground, &server, report);
        }
        few.get_or_insert_with(|| std::mem::take(&mut medians));
    }
}

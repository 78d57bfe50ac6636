//! The preview of an import that was sent by a browser: how long its pages take, whichever rows they show.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::time::Instant;

use super::visitor::Visitor;
use super::{Bench, people};
use crate::arguments::Arguments;
use crate::load::{self, Dice};
use crate::report::Report;

/// One row in so many is refused.
const REFUSED: u64 = 100;
const PAGES: usize = 400;

pub fn measure(bench: &mut Bench, arguments: &Arguments, report: &mut Report) {
    let kind = bench.kind;
    let (good, file) = (bench.ground.dir.join("good.csv"), bench.ground.dir.join("preview.csv"));
    people::write(&good, arguments.users, "preview");
    let mut spoilt = BufWriter::new(File::create(&file).unwrap());
    for (number, line) in (0_u64..).zip(BufReader::new(File::open(&good).unwrap()).lines()) {
        let line = line.unwrap();
        let line = if number % REFUSED == REFUSED - 1 { line.replace('@', " at ") } else { line };
        writeln!(spoilt, "{line}").unwrap();
    }
    spoilt.flush().unwrap();
    bench.ground.sign_in();
    let cookie = bench.ground.readers[0].cookies[0].clone();
    let mut visitor = Visitor::new(bench.server.address, &cookie);
    let began = Instant::now();
    let page = visitor.upload("/users/import", &file);
    report.plain(&format!("{kind}: preview, upload"), began.elapsed().as_secs_f64(), "s");
    bench.wait("import.read");
    report.plain(&format!("{kind}: preview, staging"), bench.seconds("import.read"), "s");
    // The server has hung up on who was silent for so long.
    let mut visitor = Visitor::new(bench.server.address, &cookie);
    let mut dice = Dice::new();
    let mut latencies: Vec<f64> = (0..PAGES)
        .map(|_| {
            let show = ["", "show=new&", "show=refused&", "show=unchanged&"][dice.below(4)];
            let place = match dice.below(8) {
                0 => String::new(),
                1 => "before=999999999".into(),
                _ => format!("after={}", dice.below(usize::try_from(arguments.users).unwrap())),
            };
            let began = Instant::now();
            visitor.get(&load::get(&format!("{page}?{show}{place}"), &cookie));
            began.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    latencies.sort_by(f64::total_cmp);
    report.plain(&format!("{kind}: preview, a page, median"), latencies[PAGES / 2], "ms");
    report.limit(&format!("{kind}: preview, a page, p95"), latencies[PAGES * 95 / 100], 100.0, "ms");
    report.limit(&format!("{kind}: preview, peak memory"), bench.server.peak_memory(), 150.0, "MiB");
    visitor.post(&format!("{page}/cancellation"), &[]);
}

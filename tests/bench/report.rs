//! The table at the end.

use crate::ground::Ground;
use crate::server::Server;

/// What a case gave.
pub struct Figure {
    pub name: String,
    pub users: u64,
    /// Requests a second, ours to the yardstick's.
    pub ratio: f64,
    pub floor: f64,
    pub per_second: f64,
    /// Milliseconds.
    pub median: f64,
    /// The median to that with few users.
    pub of_few: Option<f64>,
    /// Whether that is promised to stay flat.
    pub flat: bool,
    pub kilobytes: f64,
}

/// The most that a median may grow from few users to many.
const FLAT: f64 = 1.25;
/// Ratios of fewer users than this are only measured to compare with.
const MANY: u64 = 10_000;

#[derive(Default)]
pub struct Report {
    lines: Vec<String>,
    missed: usize,
}

impl Report {
    pub fn missed(&self) -> usize {
        self.missed
    }

    pub fn print(&self) {
        println!("\n{}", self.lines.join("\n"));
        println!("\n{} figures missed their floor", self.missed);
    }

    pub fn database(&mut self, kind: &str, users: u64, ground: &Ground) {
        self.say(format!("\n{kind}, {users} users"));
        if users >= 1_000_000 {
            self.limit("demo", ground.filled_in, if ground.url.is_some() { 150.0 } else { 90.0 }, "s");
        }
        self.say(format!(
            "{:48} {:>9} {:>8} {:>7} {:>8} {:>8} {:>7}",
            "case", "a second", "ratio", "floor", "median", "to 1,000", "kB"
        ));
    }

    pub fn started(&mut self, kind: &str, ground: &Ground, server: &Server) {
        // The first start after filling is a start like any other; the machine may be busy, so the best of five counts.
        let starts = (0..4).map(|_| Server::start(ground).listening_after).chain([server.listening_after]);
        let best = starts.min().unwrap_or_default();
        std::thread::sleep(std::time::Duration::from_secs(1));
        self.limit(&format!("{kind}: listening after"), best.as_secs_f64() * 1_000.0, 100.0, "ms");
        self.limit(&format!("{kind}: idle memory"), server.memory(), 40.0, "MiB");
    }

    /// A figure that must stay below something.
    pub fn limit(&mut self, name: &str, value: f64, most: f64, unit: &str) {
        let verdict = self.verdict(value <= most);
        self.say(format!("{name:48} {value:>9.1} {unit} (at most {most} {unit}) {verdict}"));
    }

    /// A figure that nothing is promised about.
    pub fn plain(&mut self, name: &str, value: f64, unit: &str) {
        self.say(format!("{name:48} {value:>9.1} {unit}"));
    }

    /// A share that must be reached.
    pub fn share(&mut self, name: &str, value: f64, least: f64) {
        let verdict = self.verdict(value >= least);
        self.say(format!("{name:48} {value:>9.3} (at least {least}) {verdict}"));
    }

    pub fn figure(&mut self, figure: Figure) {
        let Figure { name, per_second, ratio, floor, median, of_few, kilobytes, .. } = &figure;
        let many = figure.users >= MANY;
        let fits = !many || (ratio >= floor && !(figure.flat && of_few.is_some_and(|growth| growth > FLAT)));
        let verdict = if many { self.verdict(fits) } else { "" };
        let growth = of_few.map_or(String::new(), |growth| format!("{growth:.2}"));
        self.say(format!(
            "{name:48} {per_second:>9.0} {ratio:>8.4} {floor:>7} {median:>6.2}ms {growth:>8} {kilobytes:>7.1} {verdict}"
        ));
    }

    fn verdict(&mut self, fits: bool) -> &'static str {
        if !fits {
            self.missed += 1;
        }
        if fits { "ok" } else { "MISSED" }
    }

    fn say(&mut self, line: String) {
        // Also at once, since the whole takes minutes.
        eprintln!("{line}");
        self.lines.push(line);
    }
}

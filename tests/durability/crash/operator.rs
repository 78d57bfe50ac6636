//! Somebody who imports people and deletes them again, and goes on where they were whenever the server is back.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use super::ledger::Ledger;
use super::line::Line;
use crate::support::{BOUNDARY, Part, multipart};

/// People of one import; more than are deleted in one transaction.
pub const ROWS: usize = 2_500;

#[derive(Debug, Clone)]
enum At {
    Upload,
    Import(String),
    Choose,
    Deletion(String),
}

#[derive(Debug)]
pub struct Operator {
    line: Line,
    number: u64,
    at: At,
}

impl Operator {
    pub fn new(line: Line) -> Operator {
        Operator { line, number: 0, at: At::Upload }
    }

    /// Does the next thing. None: the server is gone.
    pub fn step(&mut self, address: SocketAddr, ledger: &mut Ledger) -> Option<()> {
        match self.at.clone() {
            At::Upload => {
                // One that was not answered may be there; it is never written.
                self.number += 1;
                let file = people(self.number);
                let body = multipart(&[Part::Text("csrf", &self.line.csrf), Part::File("people.csv", file.as_bytes())]);
                let kind = format!("multipart/form-data; boundary={BOUNDARY}");
                let answer = self.line.send(address, "POST", "/users/import", &[("Content-Type", &kind)], &body)?;
                match answer.status {
                    303 => self.at = At::Import(answer.location().to_owned()),
                    409 => self.tidy_up(address)?,
                    other => assert_eq!(other, 503, "{}", answer.readable()),
                }
            }
            At::Import(path) => {
                let page = self.line.get(address, &path)?;
                if page.status != 200 || !page.all("[data-progress]").is_empty() {
                    std::thread::sleep(Duration::from_millis(20));
                } else if page.one(".badge").as_deref() == Some("Done") {
                    ledger.crowds.insert(self.number, false);
                    self.at = At::Choose;
                } else {
                    let form = page.form("#preview");
                    assert!(!form.is_empty(), "{path}: {}", page.readable());
                    let fields: Vec<(&str, &str)> =
                        form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                    self.line.post(address, &format!("{path}/additions"), &fields)?;
                }
            }
            At::Choose => {
                let query = format!("q=crowd{}-", self.number);
                self.line.post(address, "/users/selection", &[("whole", "yes"), ("query", &query)])?;
                let answer = self.line.post(address, "/users/deletions", &[("selection", "users")])?;
                if answer.status == 303 {
                    self.at = At::Deletion(answer.location().to_owned());
                }
            }
            At::Deletion(path) => {
                let page = self.line.get(address, &path)?;
                if page.status != 200 || !page.all("[data-progress] progress").is_empty() {
                    std::thread::sleep(Duration::from_millis(20));
                } else if !page.all(".button-danger").is_empty() {
                    self.line.post(address, &path, &[])?;
                } else {
                    ledger.crowds.insert(self.number, true);
                    self.at = At::Upload;
                }
            }
        }
        Some(())
    }

    /// Gives up what was uploaded without being answered.
    fn tidy_up(&self, address: SocketAddr) -> Option<()> {
        let page = self.line.get(address, "/users/import")?;
        let is_import = |path: &String| path.strip_prefix("/users/import/").is_some_and(|id| id.parse::<i64>().is_ok());
        let left: Vec<String> = page.attributes("a", "href").into_iter().filter(is_import).collect();
        assert!(!left.is_empty(), "{}", page.readable());
        for path in left {
            self.line.post(address, &format!("{path}/cancellation"), &[])?;
        }
        Some(())
    }

    /// Whether something is under way in the background or about to be.
    pub fn is_idle(&self) -> bool {
        matches!(self.at, At::Upload)
    }
}

fn people(number: u64) -> String {
    let mut text = String::from("Display Name,Email\n");
    for row in 0..ROWS {
        writeln!(text, "Crowd {row} of {number},crowd{number}-{row}@example.org").unwrap();
    }
    text
}

//! A client outside the server, which may die under it at any moment.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::support::{Answer, encoded, everything, request};

/// A browser by its cookie and the token of its forms, which both outlive the server.
#[derive(Debug, Clone, Default)]
pub struct Line {
    pub cookie: String,
    pub csrf: String,
}

impl Line {
    /// What the server says; None when it died before it had said all of it, so that nobody knows what became of the request.
    pub fn send(
        &self,
        address: SocketAddr,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut all = headers.to_vec();
        if !self.cookie.is_empty() {
            all.push(("Cookie", &self.cookie));
        }
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let _ = stream.write_all(&request(method, path, &all, body));
        let answer = Answer::parse(&everything(&mut stream));
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        (answer.status != 0 && answer.body.len() >= length).then_some(answer)
    }

    pub fn get(&self, address: SocketAddr, path: &str) -> Option<Answer> {
        self.send(address, "GET", path, &[], b"")
    }

    pub fn post(&self, address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        let mut all = vec![("csrf", self.csrf.as_str())];
        all.extend_from_slice(fields);
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        self.send(address, "POST", path, &kind, encoded(&all).as_bytes())
    }

    /// Somebody who has never been here, on the page where people sign in; their cookie changes when they do.
    pub fn visitor(address: SocketAddr) -> Option<Line> {
        let mut line = Line::default();
        let page = line.get(address, "/login")?;
        line.keep(&page);
        line.csrf = page.field("csrf")?;
        Some(line)
    }

    /// Keeps the cookies of an answer.
    pub fn keep(&mut self, answer: &Answer) {
        let pairs: Vec<&str> = answer
            .cookies()
            .filter(|line| !line.contains("Max-Age=0"))
            .filter_map(|line| line.split(';').next())
            .filter(|pair| !pair.ends_with('='))
            .collect();
        if !pairs.is_empty() {
            self.cookie = pairs.join("; ");
        }
    }
}

//! How a browser writes a form with a file.

use super::{Answer, Person};

pub const BOUNDARY: &str = "----a-line-that-stands-in-no-file";

/// One part of such a form.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    Text(&'a str, &'a str),
    File(&'a str, &'a [u8]),
}

/// The body of a form.
pub fn multipart(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        let (head, content) = match part {
            Part::Text(name, value) => (format!("name=\"{name}\"\r\n"), value.as_bytes()),
            Part::File(name, content) => {
                (format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n"), *content)
            }
        };
        body.extend_from_slice(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

impl Person<'_> {
    /// Sends the form of "Import User" with exactly these parts.
    pub fn post_parts(&self, parts: &[Part<'_>]) -> Answer {
        self.post_multipart(&multipart(parts))
    }

    /// Sends a body that says to be such a form.
    pub fn post_multipart(&self, body: &[u8]) -> Answer {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send("POST", "/users/import", &[("Content-Type", &kind)], body)
    }

    /// Sends a file as the page does: the token, what is said about the file, the file.
    pub fn post_file(&self, name: &str, content: &[u8], said: &[(&str, &str)]) -> Answer {
        let token = self.csrf();
        let mut parts = vec![Part::Text("csrf", &token)];
        parts.extend(said.iter().map(|(name, value)| Part::Text(name, value)));
        parts.push(Part::File(name, content));
        self.post_parts(&parts)
    }
}

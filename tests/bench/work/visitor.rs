//! Somebody who is signed in and sends forms.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::load::{self, read_answer};

pub struct Visitor {
    stream: TcpStream,
    cookie: String,
    csrf: String,
    buffer: Vec<u8>,
}

impl Visitor {
    pub fn new(address: SocketAddr, cookie: &str) -> Visitor {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut visitor =
            Visitor { stream, cookie: cookie.to_owned(), csrf: String::new(), buffer: vec![0; 256 * 1024] };
        visitor.stream.write_all(&load::get("/users", cookie)).unwrap();
        let (status, _) = read_answer(&mut visitor.stream, &mut visitor.buffer);
        assert_eq!(status, 200);
        let page = String::from_utf8_lossy(&visitor.buffer);
        let csrf = page.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
        visitor.csrf = csrf;
        visitor
    }

    /// Sends a form. Gives the address that it leads to; whatever is no redirection ends the bench.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("csrf", &self.csrf)
            .extend_pairs(fields)
            .finish();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.cookie,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).unwrap();
        let (status, _) = read_answer(&mut self.stream, &mut self.buffer);
        let answer = String::from_utf8_lossy(&self.buffer);
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        assert_eq!(status, 303, "{path}: {head}");
        let to = head.lines().find_map(|line| line.strip_prefix("location: ").or(line.strip_prefix("Location: ")));
        to.unwrap_or_default().to_owned()
    }
}

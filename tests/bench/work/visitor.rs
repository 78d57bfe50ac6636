//! Somebody who is signed in and sends forms.

use std::fs::File;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
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

    /// Reads a page, which has to be there.
    pub fn get(&mut self, request: &[u8]) {
        self.stream.write_all(request).unwrap();
        let (status, _) = read_answer(&mut self.stream, &mut self.buffer);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(request));
    }

    /// Sends a file as the form of an import does. Gives the address that it leads to.
    pub fn upload(&mut self, path: &str, file: &Path) -> String {
        const LINE: &str = "----a-line-that-stands-in-no-file";
        let head = format!(
            "--{LINE}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--{LINE}\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"people.csv\"\r\nContent-Type: text/csv\r\n\r\n",
            self.csrf
        );
        let foot = format!("\r\n--{LINE}--\r\n");
        let length = u64::try_from(head.len() + foot.len()).unwrap() + file.metadata().unwrap().len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\nContent-Type: multipart/form-data; boundary={LINE}\r\nContent-Length: {length}\r\n\r\n{head}",
            self.cookie
        );
        self.stream.write_all(request.as_bytes()).unwrap();
        std::io::copy(&mut File::open(file).unwrap(), &mut self.stream).unwrap();
        self.stream.write_all(foot.as_bytes()).unwrap();
        self.led_to(path)
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
        self.led_to(path)
    }

    fn led_to(&mut self, path: &str) -> String {
        let (status, _) = read_answer(&mut self.stream, &mut self.buffer);
        let answer = String::from_utf8_lossy(&self.buffer);
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        assert_eq!(status, 303, "{path}: {head}");
        let to = head.lines().find_map(|line| line.strip_prefix("location: ").or(line.strip_prefix("Location: ")));
        to.unwrap_or_default().to_owned()
    }
}

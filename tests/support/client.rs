//! HTTP/1.1 by hand, one connection a request: what a test sends is exactly what the server gets, however wrong it is.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::Answer;

/// Longer than any answer may take; a test that waits for this has found a defect.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes the head and body of a request as `exchange` takes them.
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || method == "POST" {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    [text.as_bytes(), body].concat()
}

/// Sends bytes and reads the answer until the server closes the connection.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).expect("the server accepts");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    // A server that refuses early may close before all is sent; what it says counts.
    let _ = stream.write_all(bytes);
    Answer::parse(&everything(&mut stream))
}

/// Reads one answer: until its stated length is there, else until the end. A connection that is reset after the answer has still answered.
pub fn everything(stream: &mut TcpStream) -> Vec<u8> {
    let mut received = Vec::new();
    let mut piece = [0_u8; 64 * 1024];
    while let Ok(n) = stream.read(&mut piece) {
        if n == 0 {
            break;
        }
        received.extend_from_slice(&piece[..n]);
        let answer = Answer::parse(&received);
        let length: Option<usize> = answer.header("content-length").and_then(|length| length.parse().ok());
        if length.is_some_and(|length| answer.body.len() >= length) {
            break;
        }
    }
    received
}

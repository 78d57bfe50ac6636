//! Sixty-four people who sign in at once, while others read the list.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::arguments::Arguments;
use crate::ground::{Ground, PASSWORD, SIGNERS, signer};
use crate::load::{self, read_answer};
use crate::report::Report;
use crate::server::Server;

pub fn run(arguments: &Arguments, kind: &str, ground: &Ground, server: &Server, report: &mut Report) {
    let time = Duration::from_millis(arguments.turn * 4);
    let requests: Vec<Vec<u8>> = ground.readers[0].cookies.iter().map(|cookie| load::get("/users", cookie)).collect();
    let calm = load::turn(server.address, &requests, time).per_second();
    let (over, hashed) = (AtomicBool::new(false), AtomicUsize::new(0));
    let loud = std::thread::scope(|scope| {
        for number in 0..SIGNERS {
            let (over, hashed) = (&over, &hashed);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    hashed.fetch_add(usize::from(sign_in(server.address, &signer(number)) == 303), Ordering::Relaxed);
                }
            });
        }
        let loud = load::turn(server.address, &requests, time).per_second();
        over.store(true, Ordering::Relaxed);
        loud
    });
    let hashed = hashed.into_inner();
    assert!(hashed > 0, "nobody signed in");
    report.share(&format!("{kind}: sign-in, list while {SIGNERS} sign in"), loud / calm, 0.1);
    report.limit(&format!("{kind}: sign-in, peak memory ({hashed} signed in)"), server.peak_memory(), 300.0, "MiB");
}

/// Opens the form and sends it; gives the status: 303 goes on to the code, 503 is told to come back.
fn sign_in(address: SocketAddr, email: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut buffer = vec![0; 64 * 1024];
    stream.write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let (status, _) = read_answer(&mut stream, &mut buffer);
    if status != 200 {
        return status;
    }
    let page = String::from_utf8_lossy(&buffer).into_owned();
    let after = |mark: &str| page.split_once(mark).map_or("", |(_, rest)| rest);
    let seed = after("muster-seed=").split(';').next().unwrap_or_default();
    let csrf = after("name=\"csrf\" value=\"").split('"').next().unwrap_or_default();
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("csrf", csrf), ("email", email), ("password", PASSWORD)])
        .finish();
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nCookie: muster-seed={seed}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    read_answer(&mut stream, &mut buffer).0
}

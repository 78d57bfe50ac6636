//! The load: 16 connections that stay open, each of which sends its next request when the last one was answered.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use muster::access::random::{Random, SystemRandom};

pub const CONNECTIONS: usize = 16;

/// What a turn gave.
#[derive(Default)]
pub struct Turn {
    /// Answers with status 200.
    pub answered: usize,
    pub bytes: usize,
    /// Milliseconds, sorted.
    pub latencies: Vec<f64>,
    pub seconds: f64,
}

impl Turn {
    pub fn per_second(&self) -> f64 {
        self.answered as f64 / self.seconds
    }

    pub fn mean_bytes(&self) -> usize {
        self.bytes / self.answered.max(1)
    }
}

/// A request as bytes.
pub fn get(path: &str, cookie: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\nCookie: {cookie}\r\n\r\n")
        .into_bytes()
}

/// Sends requests at random from `requests` for so long. Any status but 200 ends the bench: a figure of errors is none.
pub fn turn(address: SocketAddr, requests: &[Vec<u8>], time: Duration) -> Turn {
    let began = Instant::now();
    let parts: Vec<Turn> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(|| connection(address, requests, time))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut whole = Turn { seconds: began.elapsed().as_secs_f64(), ..Turn::default() };
    for part in parts {
        whole.answered += part.answered;
        whole.bytes += part.bytes;
        whole.latencies.extend(part.latencies);
    }
    whole.latencies.sort_by(f64::total_cmp);
    whole
}

fn connection(address: SocketAddr, requests: &[Vec<u8>], time: Duration) -> Turn {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let (mut turn, mut buffer, mut dice) = (Turn::default(), vec![0; 256 * 1024], Dice::new());
    let end = Instant::now() + time;
    loop {
        let request = &requests[dice.below(requests.len())];
        let sent = Instant::now();
        stream.write_all(request).unwrap();
        let (status, body) = read_answer(&mut stream, &mut buffer);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(request).lines().next().unwrap_or_default());
        turn.latencies.push(sent.elapsed().as_secs_f64() * 1_000.0);
        turn.answered += 1;
        turn.bytes += body;
        if Instant::now() >= end {
            return turn;
        }
    }
}

/// Reads one answer into the buffer; gives its status and the length of its body.
pub fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> (u16, usize) {
    let mut filled = 0;
    let head = loop {
        filled += read(stream, &mut buffer[filled..]);
        if let Some(end) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let length: usize = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or(0);
    if buffer.len() < head + length {
        buffer.resize(head + length, 0);
    }
    while filled < head + length {
        filled += read(stream, &mut buffer[filled..]);
    }
    (status, length)
}

fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> usize {
    let read = stream.read(buffer).unwrap();
    assert_ne!(read, 0, "the connection was closed");
    read
}

/// A quick generator (SplitMix64), seeded by the system.
pub struct Dice(u64);

impl Dice {
    pub fn new() -> Dice {
        let mut seed = [0; 8];
        SystemRandom.fill(&mut seed);
        Dice(u64::from_le_bytes(seed))
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((value ^ (value >> 31)) % bound as u64) as usize
    }
}

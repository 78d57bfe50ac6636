//! An uploaded file, read from its chunks as if it were one.

use std::io::{self, Read, Seek, SeekFrom};

use super::queries::staging;
use crate::db::Db;
use crate::refusal::Refusal;

/// Bytes of every chunk but the last.
pub const CHUNK: usize = 256 * 1024;

/// Reads a file chunk by chunk; one is held at a time.
pub struct ChunkFile {
    staging: Db,
    import_id: i64,
    bytes: u64,
    at: u64,
    held: Vec<u8>,
    held_seq: Option<u64>,
}

impl ChunkFile {
    pub fn new(staging: Db, import_id: i64, bytes: i64) -> Self {
        ChunkFile {
            staging,
            import_id,
            bytes: u64::try_from(bytes).unwrap_or(0),
            at: 0,
            held: Vec::new(),
            held_seq: None,
        }
    }
}

impl Read for ChunkFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.bytes {
            return Ok(0);
        }
        let seq = self.at / CHUNK as u64;
        if self.held_seq != Some(seq) {
            let number = i64::try_from(seq).unwrap_or(i64::MAX);
            let import_id = self.import_id;
            self.held =
                self.staging.read_now(|conn| staging::chunk(conn, import_id, number)).map_err(io::Error::other)?;
            self.held_seq = Some(seq);
        }
        let start = usize::try_from(self.at % CHUNK as u64).unwrap_or(usize::MAX);
        let rest = self.held.get(start..).unwrap_or_default();
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for ChunkFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// Why a file could not be read, as whoever waits for it hears it.
pub fn unreadable(error: io::Error) -> Refusal {
    let text = error.to_string();
    match error.into_inner().map(|inner| inner.downcast::<Refusal>()) {
        Some(Ok(refusal)) => *refusal,
        _ => Refusal::Broken(format!("reading an upload: {text}")),
    }
}

/// What a file is that begins with these bytes, where it is certainly none of text: people choose the wrong one.
pub fn not_text(start: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 8] = [
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"%PDF-", "a PDF document"),
        (b"PK\x03\x04", "a spreadsheet (.xlsx, .ods) or an archive"),
        (b"\xd0\xcf\x11\xe0", "a spreadsheet (.xls)"),
        (b"\x1f\x8b", "a compressed file"),
        (b"SQLite format 3\0", "a database"),
    ];
    KINDS.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, what)| *what)
}

//! Bytes in any of the known encodings, read as UTF-8.

use super::dialect::Encoding;
use std::io::{self, Read};

/// Bytes held at once, on either side of the decoder.
const BUFFER: usize = 64 * 1024;

/// Reads `input` as UTF-8 in bounded memory. A byte-order mark is dropped; what cannot be decoded becomes U+FFFD.
pub struct Decode<R> {
    input: R,
    decoder: encoding_rs::Decoder,
    raw: Box<[u8]>,
    raw_at: usize,
    raw_end: usize,
    text: Box<[u8]>,
    text_at: usize,
    text_end: usize,
    input_ended: bool,
    finished: bool,
}

impl<R: Read> Decode<R> {
    pub fn new(input: R, encoding: Encoding) -> Self {
        Decode {
            input,
            decoder: standard(encoding).new_decoder_with_bom_removal(),
            raw: vec![0; BUFFER].into_boxed_slice(),
            raw_at: 0,
            raw_end: 0,
            text: vec![0; BUFFER].into_boxed_slice(),
            text_at: 0,
            text_end: 0,
            input_ended: false,
            finished: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        while self.text_at == self.text_end && !self.finished {
            if self.raw_at == self.raw_end && !self.input_ended {
                self.raw_at = 0;
                self.raw_end = self.input.read(&mut self.raw)?;
                self.input_ended = self.raw_end == 0;
            }
            let raw = &self.raw[self.raw_at..self.raw_end];
            let (result, taken, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text, self.input_ended);
            self.raw_at += taken;
            self.text_at = 0;
            self.text_end = written;
            self.finished = self.input_ended && result == encoding_rs::CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl<R: Read> Read for Decode<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.refill()?;
        let count = out.len().min(self.text_end - self.text_at);
        out[..count].copy_from_slice(&self.text[self.text_at..self.text_at + count]);
        self.text_at += count;
        Ok(count)
    }
}

fn standard(encoding: Encoding) -> &'static encoding_rs::Encoding {
    match encoding {
        Encoding::Utf8 => encoding_rs::UTF_8,
        Encoding::Utf16Le => encoding_rs::UTF_16LE,
        Encoding::Utf16Be => encoding_rs::UTF_16BE,
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every character is cut in two.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1).min(out.len());
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn decode(bytes: &[u8], encoding: Encoding) -> String {
        let mut text = String::new();
        Decode::new(Drip(bytes), encoding).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn every_encoding_arrives_as_utf8_without_its_mark() {
        let utf16 = |text: &str, le: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if le { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
        };
        assert_eq!(decode("\u{feff}Zoë 田中 👩".as_bytes(), Encoding::Utf8), "Zoë 田中 👩");
        assert_eq!(decode(&utf16("\u{feff}Zoë 👩", true), Encoding::Utf16Le), "Zoë 👩");
        assert_eq!(decode(&utf16("Zoë 👩", false), Encoding::Utf16Be), "Zoë 👩");
        assert_eq!(decode(b"Zo\xeb \x80", Encoding::Windows1252), "Zoë €");
    }

    #[test]
    fn what_cannot_be_decoded_is_marked() {
        assert_eq!(decode(b"Zo\xeb!", Encoding::Utf8), "Zo\u{fffd}!");
        assert_eq!(decode(b"Z\0o", Encoding::Utf16Le), "Z\u{fffd}");
    }

    #[test]
    fn texts_longer_than_the_buffers_come_whole() {
        let long = "ëß".repeat(100_000);
        let mut text = String::new();
        let bytes: Vec<u8> = long.encode_utf16().flat_map(u16::to_le_bytes).collect();
        Decode::new(bytes.as_slice(), Encoding::Utf16Le).read_to_string(&mut text).unwrap();
        assert_eq!(text, long);
    }
}

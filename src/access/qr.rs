//! QR codes as numbers: a template draws the SVG, so nothing is marked safe and both themes fit.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// The quiet zone every code needs around it, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// The modules of one code. It has no `Debug`, since what it says may be a secret.
pub struct QrMatrix {
    size: usize,
    dark: Vec<bool>,
}

impl QrMatrix {
    /// Encodes `text`; `None` if it is too long (about 2,300 bytes).
    pub fn new(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let size = code.width();
        let dark = code.into_colors().into_iter().map(|c| c == Color::Dark).collect();
        Some(Self { size, dark })
    }

    /// Width and height of the drawing in modules, quiet zone included: the SVG's `viewBox` is `0 0 side side`.
    pub fn side(&self) -> usize {
        self.size + 2 * QUIET
    }

    /// The dark modules, row by row, without the quiet zone.
    pub fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks(self.size)
    }

    /// The `d` of one SVG path that draws all dark modules: only numbers and the letters M, h, v and z.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for (y, row) in self.rows().enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run[0] {
                    // Writing to a string can't fail.
                    let _ = write!(path, "M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len());
                }
                x += run.len();
            }
        }
        path
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_path_draws_exactly_the_dark_modules() {
        let code =
            QrMatrix::new("otpauth://totp/Muster:jane%40example.com?secret=GEZDGNBVGY3TQOJQ&issuer=Muster").unwrap();
        let path = code.path();
        assert!(path.chars().all(|c| c.is_ascii_digit() || "Mhvz -".contains(c)));
        let mut drawn = vec![false; code.size * code.size];
        for rectangle in path.split_terminator('z') {
            let (start, rest) = rectangle.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let length: usize = rest.split('v').next().unwrap().parse().unwrap();
            assert_eq!(rest, format!("{length}v1h-{length}"));
            for i in 0..length {
                drawn[(y - QUIET) * code.size + x - QUIET + i] = true;
            }
        }
        assert_eq!(drawn, code.dark);
        assert_eq!(code.rows().count(), code.size);
        assert_eq!(code.side(), code.size + 8);
        // The finder pattern's first row.
        assert!(path.starts_with("M4 4h7v1h-7z"));
    }

    #[test]
    fn too_long_is_none() {
        assert!(QrMatrix::new(&"x".repeat(2000)).is_some());
        assert!(QrMatrix::new(&"x".repeat(3000)).is_none());
    }
}

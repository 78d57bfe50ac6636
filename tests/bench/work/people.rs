//! A file of made-up people.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::load::Dice;

const GIVEN: [&str; 16] = [
    "Anna",
    "Benedikt",
    "Clara",
    "Đorđe",
    "Elena",
    "Farid",
    "Grace",
    "Hiroshi",
    "Inês",
    "Jakub",
    "Karin",
    "Luis",
    "Małgorzata",
    "Nils",
    "Olga",
    "Søren",
];
const SYLLABLES: [&str; 24] = [
    "ba", "ber", "da", "den", "fel", "ga", "ger", "ham", "ka", "kel", "la", "len", "man", "mar", "ni", "nor", "ra",
    "rin", "sa", "sen", "ta", "tor", "va", "wil",
];

/// Writes so many people with addresses of their own.
pub fn write(file: &Path, count: u64, tag: &str) {
    let mut file = BufWriter::new(File::create(file).unwrap());
    let mut dice = Dice::new();
    writeln!(file, "name,email,phone number").unwrap();
    for number in 0..count {
        let given = GIVEN[dice.below(GIVEN.len())];
        let family: String = (0..2 + dice.below(3)).map(|_| SYLLABLES[dice.below(SYLLABLES.len())]).collect();
        let (area, line) = (100 + dice.below(900), 1_000_000 + dice.below(9_000_000));
        writeln!(file, "{given} {family},{family}.{:x}{number}@{tag}.example,+49 {area} {line}", dice.below(1 << 16))
            .unwrap();
    }
    file.flush().unwrap();
}

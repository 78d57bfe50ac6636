//! How many there are, and numbers as people read them.

use super::Spec;

/// Above this, a narrowed list says "10,000+".
pub const COUNT_CAP: i64 = 10_000;

/// How many rows a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    Exactly(i64),
    MoreThan(i64),
}

impl Total {
    /// What a count says that went no further than one past `COUNT_CAP`.
    pub fn counted(rows: i64) -> Total {
        if rows > COUNT_CAP { Total::MoreThan(COUNT_CAP) } else { Total::Exactly(rows) }
    }

    /// The number that is known of.
    pub fn at_least(self) -> i64 {
        match self {
            Total::Exactly(number) | Total::MoreThan(number) => number,
        }
    }

    /// "4,312" or "10,000+".
    pub fn figure(self) -> String {
        match self {
            Total::Exactly(number) => grouped(number),
            Total::MoreThan(number) => format!("{}+", grouped(number)),
        }
    }

    /// "4,312 users".
    pub fn in_words(self, spec: &Spec) -> String {
        format!("{} {}", self.figure(), spec.noun(self.at_least()))
    }
}

/// A number as people read it: 4,312.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

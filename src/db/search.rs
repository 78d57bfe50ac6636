//! Search over a folded column: words in any order, three characters or more anywhere, shorter ones at the beginning of a word.

use diesel::sql_types::Bool;

use super::fragment::{Around, around};
use super::{Conn, fold};

/// What a query asks for: all of it must be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// Folded, three characters or more: anywhere.
    pub anywhere: Vec<String>,
    /// Folded, shorter: where a word begins.
    pub prefixes: Vec<String>,
    /// What may be phone numbers, however they are written.
    pub numbers: Vec<Number>,
}

/// What looks like a phone number: found by its digits, or else part by part like other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    pub digits: String,
    pub parts: Box<Terms>,
}

/// The fewest digits that are taken for a phone number.
const LEAST_DIGITS: usize = 3;

impl Terms {
    pub fn of(query: &str) -> Terms {
        let folded = fold::fold(query);
        let words: Vec<&str> = folded.split_whitespace().collect();
        let mut terms = Terms::default();
        for run in words.chunk_by(|one, next| dialled(one) && dialled(next)) {
            let digits = fold::digits(&run.concat());
            // A single word of digits is found as it stands.
            let written_apart = run.len() > 1 || run[0] != digits;
            if dialled(run[0]) && digits.len() >= LEAST_DIGITS && written_apart {
                terms.numbers.push(Number { digits, parts: Box::new(Terms::plain(run)) });
            } else {
                let plain = Terms::plain(run);
                terms.anywhere.extend(plain.anywhere);
                terms.prefixes.extend(plain.prefixes);
            }
        }
        terms
    }

    fn plain(words: &[&str]) -> Terms {
        let (anywhere, prefixes) =
            words.iter().map(|word| (*word).to_owned()).partition(|word: &String| word.chars().count() >= 3);
        Terms { anywhere, prefixes, numbers: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.anywhere.is_empty() && self.prefixes.is_empty() && self.numbers.is_empty()
    }

    /// What the text of a user must hold, as `search_text` writes it: all of these, each in one of its ways.
    pub fn needles(&self) -> Vec<Needle> {
        let plain = |terms: &Terms| -> Vec<String> {
            let begins = terms.prefixes.iter().map(|prefix| {
                let spaces = if prefix.chars().count() == 1 { "  " } else { " " };
                format!("{spaces}{prefix}")
            });
            terms.anywhere.iter().cloned().chain(begins).collect()
        };
        let words = plain(self).into_iter().map(|text| Needle { text, or_all: Vec::new() });
        let numbers =
            self.numbers.iter().map(|number| Needle { text: number.digits.clone(), or_all: plain(&number.parts) });
        words.chain(numbers).collect()
    }
}

/// Whether a word may be a part of a phone number.
fn dialled(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || "+().-/".contains(c))
}

/// A substring of three characters or more; or, where there are such, all of some others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    pub text: String,
    pub or_all: Vec<String>,
}

/// A condition on users, whichever database it is.
pub type Condition = Box<
    dyn diesel::BoxableExpression<
            crate::db::schema::users::table,
            <Conn as diesel::Connection>::Backend,
            SqlType = Bool,
        >,
>;

/// The users that hold every needle, found by the index of SQLite.
pub fn indexed(needles: &[Needle]) -> Around {
    around("users.id IN (SELECT rowid FROM users_search WHERE users_search MATCH ", matching(needles), ")")
}

/// What SQLite's index is asked for, so that it finds whoever holds every needle.
pub fn matching(needles: &[Needle]) -> String {
    let one = |needle: &Needle| {
        let text = phrase(&needle.text);
        match needle.or_all.as_slice() {
            [] => text,
            all => format!("({text} OR ({}))", all.iter().map(|text| phrase(text)).collect::<Vec<_>>().join(" AND ")),
        }
    };
    needles.iter().map(one).collect::<Vec<_>>().join(" AND ")
}

/// A phrase of the trigram tokenizer is a substring; quotes inside are doubled (FTS5, "Full-text Query Syntax").
pub fn phrase(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A user's own text holds a needle: looked at row by row on SQLite; PostgreSQL finds it by its index where that is quicker.
pub fn holds(sqlite: bool, needle: &Needle) -> Condition {
    use diesel::BoolExpressionMethods;
    let one = |text: &str| -> Condition { Box::new(substring(sqlite, text)) };
    let all = needle.or_all.iter().map(|text| one(text)).reduce(|all, next| Box::new(all.and(next)));
    match all {
        None => one(&needle.text),
        Some(all) => Box::new(one(&needle.text).or(all)),
    }
}

fn substring(sqlite: bool, text: &str) -> Around {
    if sqlite {
        return around("instr(users.search, ", text.to_owned(), ") > 0");
    }
    around("users.search LIKE ", format!("%{}%", escaped(text)), "")
}

/// `%`, `_` and `\` mean themselves in a LIKE pattern.
fn escaped(term: &str) -> String {
    term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The end (excluded) of the range of texts that begin with `prefix`, in byte order.
pub fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

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
    let all = needle.or_all.iter().map(|text| substring(sqlite, text)).reduce(|all, next| Box::new(all.and(next)));
    match all {
        None => substring(sqlite, &needle.text),
        Some(all) => Box::new(substring(sqlite, &needle.text).or(all)),
    }
}

fn substring(sqlite: bool, text: &str) -> Condition {
    use diesel::BoolExpressionMethods;
    if sqlite {
        return Box::new(around("instr(users.search, ", text.to_owned(), ") > 0"));
    }
    let like = |text: &str| -> Condition { Box::new(around("users.search LIKE ", format!("%{}%", escaped(text)), "")) };
    let parts = parts(text);
    if parts.len() < 2 {
        return like(text);
    }
    // Of a long text, PostgreSQL would read what its index says of each of the trigrams, which mostly say the same of each other's neighbours.
    let whole: Condition = Box::new(around("strpos(users.search, ", text.to_owned(), ") > 0"));
    parts.iter().map(|part| like(part)).fold(whole, |all, next| Box::new(all.and(next)))
}

/// So many trigrams leave few whom the whole text does not fit.
const MOST_PARTS: usize = 5;
/// Of so few letters all trigrams are looked up.
const SHORT: usize = 5;

/// Trigrams of the words in a text, side by side as far as may be, that stand for all of them; none of a short text.
fn parts(text: &str) -> Vec<String> {
    let words: Vec<Vec<char>> = text
        .split(|c: char| !c.is_alphanumeric())
        .map(|word| word.chars().collect::<Vec<char>>())
        .filter(|word| word.len() >= 3)
        .collect();
    if words.iter().map(Vec::len).sum::<usize>() <= SHORT {
        return Vec::new();
    }
    let of_word = |word: &Vec<char>| -> Vec<String> {
        let (count, last) = (word.len().div_ceil(3), word.len() - 3);
        let begins = (0..count).map(|place| place * last / (count - 1).max(1));
        begins.map(|begin| word[begin..begin + 3].iter().collect()).collect()
    };
    let all: Vec<String> = words.iter().flat_map(of_word).collect();
    if all.len() <= MOST_PARTS {
        return all;
    }
    (0..MOST_PARTS).map(|place| all[place * (all.len() - 1) / (MOST_PARTS - 1)].clone()).collect()
}

/// `%`, `_` and `\` mean themselves in a LIKE pattern.
fn escaped(term: &str) -> String {
    term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The end (excluded) of the range of texts that begin with `prefix`, in byte order.
pub fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_looked_for_by_some_of_its_trigrams() {
        assert_eq!(parts("lotte"), Vec::<String>::new());
        assert_eq!(parts("  de"), Vec::<String>::new());
        assert_eq!(parts("a-b-c-d-e-f"), Vec::<String>::new());
        assert_eq!(parts("richter"), ["ric", "cht", "ter"]);
        assert_eq!(parts("delia.balan@mu"), ["del", "lia", "bal", "lan"]);
        assert_eq!(parts("山田太郎一二"), ["山田太", "郎一二"]);
        let long = "aleksandra.wojciechowska@example.org";
        let parts = parts(long);
        assert_eq!(parts.len(), MOST_PARTS);
        assert!(parts.iter().all(|part| part.chars().count() == 3 && long.contains(part.as_str())), "{parts:?}");
    }
}

//! Search by SQLite's index of trigrams: which of the trigrams of what is searched for it is asked about.
//!
//! A phrase of the index is a substring, but for it the rows of each of its trigrams are read from the first to the last. Of a long word two rare
//! ones say nearly as much, and the few people whom they leave are looked at themselves. How rare a trigram is shows in how far one must go to meet
//! it so many times.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::fragment::Statement;
use super::search::{Needle, matching, phrase};

const PRESENT: &str = " AND EXISTS (SELECT 1 FROM users INDEXED BY users_present WHERE users.id = users_search.rowid AND users.deleted_at = 0) LIMIT ";
/// So many times a trigram is met, to see how rare it is.
const MET: i64 = 32;
/// Of a long word only so many trigrams are asked about, here and there.
const OF_A_WORD: usize = 6;
/// What it takes to look at a person, and to pass one in the rows of a trigram, in microseconds.
const LOOK: f64 = 4.0;
const PASS: f64 = 0.1;
/// How many of those who hold a trigram hold another one of the same word as well; and of another word, at least.
const SAME_WORD: f64 = 0.4;
const OTHER_WORD: f64 = 0.05;
/// Only so many are looked at themselves; where more are left, the index is asked for all that is searched for.
const FEW: i64 = 2_000;

/// Few people, deleted ones too, among whom are all who hold every needle; None where a part of what is searched for does not leave few enough.
pub fn few(conn: &mut SqliteConnection, needles: &[Needle]) -> QueryResult<Option<Vec<i64>>> {
    let Some(asked) = rarest(conn, needles)? else { return Ok(None) };
    let some = Statement::<BigInt>::sql("SELECT rowid FROM users_search WHERE users_search MATCH ");
    let ids: Vec<i64> = some.text(asked, " LIMIT ").number(FEW, "").load(conn)?;
    Ok(if i64::try_from(ids.len()).unwrap_or(i64::MAX) < FEW { Some(ids) } else { None })
}

/// People who hold every needle and are not deleted: up to `most` of them.
pub fn all(conn: &mut SqliteConnection, needles: &[Needle], most: i64) -> QueryResult<Vec<i64>> {
    let all = Statement::<BigInt>::sql("SELECT rowid FROM users_search WHERE users_search MATCH ");
    all.text(matching(needles), PRESENT).number(most, "").load(conn)
}

/// Puts everybody into the empty index, as one part: each part is asked for every trigram. For that it gathers 32 MiB before it writes a part, and merges
/// them once instead of on the way; what is set again then are the defaults (FTS5, "The 'automerge' Configuration Option"; `hashsize` is not documented).
pub fn fill(conn: &mut SqliteConnection) -> QueryResult<()> {
    conn.batch_execute(
        "INSERT INTO users_search (users_search, rank) VALUES ('hashsize', 33554432), ('automerge', 0);
         INSERT INTO users_search (rowid, search) SELECT id, search FROM users;
         INSERT INTO users_search (users_search) VALUES ('optimize');
         INSERT INTO users_search (users_search, rank) VALUES ('hashsize', 1048576), ('automerge', 4);",
    )
}

/// Pages of the index that are written at a time while its parts are merged: some hundredths of a second's work.
const MERGED: i64 = 128;

/// Begins to make one part of all parts of the index; gives whether there is anything left to do (FTS5, "The 'merge' Command").
pub fn begin_merging(conn: &mut SqliteConnection) -> QueryResult<bool> {
    merge(conn, -MERGED)
}

/// Goes on with what was begun; gives whether there is anything left to do.
pub fn go_on_merging(conn: &mut SqliteConnection) -> QueryResult<bool> {
    merge(conn, MERGED)
}

fn merge(conn: &mut SqliteConnection, pages: i64) -> QueryResult<bool> {
    let changes = |conn: &mut SqliteConnection| Statement::<BigInt>::sql("SELECT total_changes()").get_result(conn);
    let before: i64 = changes(conn)?;
    conn.batch_execute(&format!("INSERT INTO users_search (users_search, rank) VALUES ('merge', {pages})"))?;
    // One change is that of the command itself.
    Ok(changes(conn)? - before >= 2)
}

/// How many people there are, deleted ones too, as far as their numbers tell.
pub fn people(conn: &mut SqliteConnection) -> QueryResult<i64> {
    let last = Statement::<Nullable<BigInt>>::sql("SELECT MAX(id) FROM users").get_result::<Option<i64>>(conn)?;
    Ok(last.unwrap_or_default())
}

/// A trigram, of which word it is, and how many hold it, as far as can be told.
struct Trigram {
    asked: String,
    word: usize,
    holders: f64,
}

/// The trigrams that find those among whom all hits are with the least work; None where there is nothing to choose from.
fn rarest(conn: &mut SqliteConnection, needles: &[Needle]) -> QueryResult<Option<String>> {
    let words: Vec<&str> =
        needles.iter().filter(|needle| needle.or_all.is_empty()).map(|needle| needle.text.as_str()).collect();
    if words.iter().all(|word| word.chars().count() <= 3) {
        return Ok(None);
    }
    let (trigrams, people) = trigrams(conn, &words)?;
    let mut trigrams = trigrams.into_iter();
    let Some(first) = trigrams.next() else { return Ok(None) };
    let (mut left, mut chosen) = (first.holders, vec![first]);
    for next in trigrams {
        let others = if chosen.iter().any(|one| one.word == next.word) { SAME_WORD } else { OTHER_WORD };
        let share = (next.holders / people).max(others);
        if left * (1.0 - share) * LOOK > next.holders * PASS {
            left *= share;
            chosen.push(next);
        }
    }
    let asked = chosen.into_iter().map(|trigram| trigram.asked).collect::<Vec<_>>().join(" AND ");
    Ok(Some(asked))
}

/// The trigrams of these words, the rarest first, and how many people there are.
fn trigrams(conn: &mut SqliteConnection, words: &[&str]) -> QueryResult<(Vec<Trigram>, f64)> {
    let mut of: Vec<(String, usize)> = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let letters: Vec<char> = word.chars().collect();
        let step = letters.len().saturating_sub(2).div_ceil(OF_A_WORD).max(1);
        for three in letters.windows(3).step_by(step) {
            let asked = phrase(&three.iter().collect::<String>());
            if !of.iter().any(|(known, _)| *known == asked) {
                of.push((asked, number));
            }
        }
    }
    let asked: Vec<&str> = of.iter().map(|(asked, _)| asked.as_str()).collect();
    let asked = serde_json::to_string(&asked).unwrap_or_default();
    // In the order in which they were asked for.
    let met: Vec<(Option<i64>, Option<i64>)> = Statement::<(Nullable<BigInt>, Nullable<BigInt>)>::sql(
        "SELECT (SELECT rowid FROM users_search WHERE users_search MATCH value LIMIT 1 OFFSET ",
    )
    .number(MET - 1, "), (SELECT MAX(id) FROM users) FROM json_each(")
    .text(asked, ")")
    .load(conn)?;
    let people = met.first().and_then(|row| row.1).unwrap_or(1) as f64;
    let holders = |last: Option<i64>| last.map_or(0.0, |last| MET as f64 * people / last as f64);
    let mut trigrams: Vec<Trigram> = of
        .into_iter()
        .zip(met)
        .map(|((asked, word), (last, _))| Trigram { asked, word, holders: holders(last) })
        .collect();
    trigrams.sort_by(|one, other| one.holders.total_cmp(&other.holders));
    Ok((trigrams, people))
}

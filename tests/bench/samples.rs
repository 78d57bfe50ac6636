//! What requests are made of: places in the list, people, and search terms with few, some and many hits.

use std::collections::BTreeMap;

use diesel::prelude::*;
use muster::access::Scope;
use muster::db::Conn;
use muster::db::schema::users;
use muster::db::search::Terms;
use muster::features::users::model::User;
use muster::features::users::queries::{self, Narrow};
use muster::refusal::Refusal;
use muster::web::list::Total;

use crate::ground::Reader;
use crate::load::Dice;

const PEOPLE: usize = 300;

#[derive(Default)]
pub struct Samples {
    /// People at random, for each reader in turn.
    pub people: Vec<Vec<User>>,
    /// Terms that hit one person to a handful.
    pub rare: Vec<String>,
    /// Terms that hit 20 to 100 people.
    pub hundred: Vec<String>,
    /// Terms of about one in a hundred people.
    pub percent: Vec<String>,
    /// Terms of about every second person.
    pub half: Vec<String>,
    /// One and two characters.
    pub prefixes: Vec<String>,
    pub roles: Vec<i64>,
}

impl Samples {
    pub fn take(conn: &mut Conn, readers: &[Reader]) -> Result<Samples, Refusal> {
        let people: Vec<Vec<User>> =
            readers.iter().map(|reader| at_random(conn, &reader.scope)).collect::<Result<_, _>>()?;
        let everyone = people[0].clone();
        let mut samples = Samples::default();
        let frequency = trigrams(&everyone);
        let near = |low: f64, high: f64| -> Vec<String> {
            let wanted = |share: &f64| (low..=high).contains(share);
            frequency.iter().filter(|(_, share)| wanted(share)).map(|(term, _)| term.clone()).collect()
        };
        samples.percent = near(0.006, 0.016);
        samples.half = near(0.35, 0.65);
        for user in &everyone {
            let words: Vec<&str> = user.name_key.split(' ').collect();
            if let [given, .., family] = words.as_slice() {
                samples.prefixes.push(given.chars().take(2).collect());
                let both = format!("{family} {}", given.chars().take(3).collect::<String>());
                match hits(conn, &both)? {
                    20..=100 => samples.hundred.push(both),
                    1..20 => samples.rare.push(user.email_key.chars().take(14).collect()),
                    _ => {}
                }
            }
        }
        samples.prefixes.retain(|prefix| !prefix.is_empty());
        samples.roles = muster::features::roles::queries::all(conn)?.iter().map(|role| role.id).collect();
        samples.people = people;
        Ok(samples)
    }
}

fn at_random(conn: &mut Conn, scope: &Scope) -> Result<Vec<User>, Refusal> {
    let mut dice = Dice::new();
    if let Some(ids) = scope.ids() {
        let theirs: Vec<User> = users::table
            .filter(users::customer_id.eq_any(ids))
            .filter(users::deleted_at.eq(0))
            .limit(20_000)
            .load(conn)?;
        return Ok((0..PEOPLE).map(|_| theirs[dice.below(theirs.len())].clone()).collect());
    }
    let last: i64 = users::table.select(users::id).order(users::id.desc()).first(conn)?;
    let mut people = Vec::new();
    while people.len() < PEOPLE {
        let id = dice.below(usize::try_from(last).unwrap_or(1)) as i64;
        people.extend(
            users::table
                .filter(users::id.gt(id))
                .filter(users::deleted_at.eq(0))
                .order(users::id)
                .first::<User>(conn)
                .optional()?,
        );
    }
    Ok(people)
}

/// How large a share of these people each trigram of letters is found in.
fn trigrams(people: &[User]) -> BTreeMap<String, f64> {
    let mut count: BTreeMap<String, f64> = BTreeMap::new();
    for user in people {
        let letters: Vec<char> = user.search.chars().collect();
        let mut own: Vec<String> = letters
            .windows(3)
            .filter(|three| three.iter().all(|letter| letter.is_alphanumeric()))
            .map(|three| three.iter().collect())
            .collect();
        own.sort();
        own.dedup();
        for term in own {
            *count.entry(term).or_default() += 1.0 / people.len() as f64;
        }
    }
    count
}

fn hits(conn: &mut Conn, term: &str) -> Result<i64, Refusal> {
    let narrow = Narrow { terms: Terms::of(term), ..Narrow::default() };
    Ok(match queries::total(conn, &narrow)? {
        Total::Exactly(number) | Total::MoreThan(number) => number,
    })
}

//! Finding the people of a pasted list. Whoever lies outside the reader's scope is not found, exactly as if they did not exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::Scope;
use crate::db::Conn;
use crate::features::users::input::pasted::{By, Entry};
use crate::features::users::model::User;
use crate::features::users::queries::{self, Shared};
use crate::refusal::Refusal;

/// So many people of one name are offered to choose from.
pub const MOST_OFFERED: usize = 10;

/// What came of a list.
#[derive(Debug, Default)]
pub struct Found {
    /// One person each, in the order of the list; each person once.
    pub matched: Vec<(String, User)>,
    /// Several people each.
    pub ambiguous: Vec<Several>,
    /// As typed.
    pub unmatched: Vec<String>,
    /// How many entries mean somebody who was named before.
    pub repeated: usize,
}

/// An entry that several people fit.
#[derive(Debug)]
pub struct Several {
    pub typed: String,
    pub people: Vec<User>,
    /// There are more than are offered.
    pub more: bool,
}

/// Looks for everybody in a list.
pub fn lookup(conn: &mut Conn, scope: &Scope, entries: &[Entry]) -> Result<Found, Refusal> {
    let mut hits: Vec<BTreeSet<i64>> = vec![BTreeSet::new(); entries.len()];
    let mut people: BTreeMap<i64, User> = BTreeMap::new();
    let emails = places(entries, |by| match by {
        By::Email(key) => Some(key),
        _ => None,
    });
    for user in queries::with_emails(conn, scope, &emails.keys().copied().collect::<Vec<_>>())? {
        for place in emails.get(user.email_key.as_str()).into_iter().flatten() {
            hits[*place].insert(user.id);
        }
        people.insert(user.id, user);
    }
    let names = places(entries, |by| match by {
        By::Name { key, .. } => Some(key),
        _ => None,
    });
    let numbers = places(entries, |by| match by {
        By::Name { digits, .. } => digits.as_deref(),
        _ => None,
    });
    let most = i64::try_from(MOST_OFFERED).unwrap_or(i64::MAX) + 1;
    for (column, places) in [(Shared::Name, names), (Shared::Phone, numbers)] {
        let (values, places): (Vec<&str>, Vec<Vec<usize>>) = places.into_iter().unzip();
        for (value, id) in queries::with_values(conn, scope, column, &values, most)? {
            for place in &places[value] {
                hits[*place].insert(id);
            }
        }
    }
    let missing: BTreeSet<i64> = hits.iter().flatten().filter(|id| !people.contains_key(id)).copied().collect();
    let missing: Vec<i64> = missing.into_iter().collect();
    people.extend(queries::with_ids(conn, scope, &missing)?.into_iter().map(|user| (user.id, user)));
    Ok(sort(entries, &hits, &people))
}

/// Where each value stands in the list: a number may be written in several ways.
fn places<'e>(entries: &'e [Entry], value: impl Fn(&'e By) -> Option<&'e str>) -> BTreeMap<&'e str, Vec<usize>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, entry) in entries.iter().enumerate() {
        if let Some(value) = value(&entry.by) {
            places.entry(value).or_default().push(place);
        }
    }
    places
}

fn sort(entries: &[Entry], hits: &[BTreeSet<i64>], people: &BTreeMap<i64, User>) -> Found {
    let mut found = Found::default();
    let mut named = BTreeSet::new();
    for (entry, ids) in entries.iter().zip(hits) {
        let mut fitting: Vec<User> = ids.iter().filter_map(|id| people.get(id)).cloned().collect();
        match fitting.as_slice() {
            [] => found.unmatched.push(entry.typed.clone()),
            [one] if named.insert(one.id) => found.matched.push((entry.typed.clone(), one.clone())),
            [_] => found.repeated += 1,
            _ => {
                let more = fitting.len() > MOST_OFFERED;
                fitting.truncate(MOST_OFFERED);
                found.ambiguous.push(Several { typed: entry.typed.clone(), people: fitting, more });
            }
        }
    }
    found
}

//! The filters of the User List: what there is to choose, and how many each choice would leave.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::access::Permit;
use crate::access::permit::{ViewGroups, ViewUsers};
use crate::db::Conn;
use crate::features::users::input::listing::{self, ACCESS, SPEC};
use crate::features::users::pages::groups_offered::{self, Sought};
use crate::features::users::queries::{self, Fact, Narrow, Picked};
use crate::features::{customers, roles};
use crate::refusal::Refusal;
use crate::web::list::{Facet, State, Takes, Total, grouped};

/// Numbers of idle days that are suggested.
const IDLE: [(&str, &str); 3] = [("30", "30 days"), ("90", "90 days"), ("365", "1 year")];
/// Most customers among the filters.
const MOST_CUSTOMERS: i64 = 5_000;
/// After so long no further choice is counted.
const COUNTING: Duration = Duration::from_millis(30);

/// What each filter may be set to, with how many that would leave.
pub fn offered(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    state: &State,
    picked: Option<Picked>,
) -> Result<Vec<Facet>, Refusal> {
    let mut count = Counting { permit, state, picked, until: Instant::now() + COUNTING, present: None };
    let mut facets = Vec::new();
    for filter in state.spec.filters {
        let choices: Vec<(String, String)> = match (filter.key, filter.takes) {
            ("role", _) => {
                roles::queries::all(conn)?.into_iter().map(|role| (role.id.to_string(), role.name)).collect()
            }
            ("group", _) => match permit.also::<ViewGroups>() {
                Ok(permit) => {
                    let chosen = state.filter("group").and_then(|id| id.parse().ok());
                    let groups = groups_offered::offered(conn, permit.scope(), &Sought::default(), chosen.as_slice())?;
                    groups.groups.into_iter().map(|(id, label)| (id.to_string(), label)).collect()
                }
                Err(_) => continue,
            },
            ("customer", _) => customers::queries::by_names(conn, permit.scope(), MOST_CUSTOMERS)?
                .into_iter()
                .map(|customer| (customer.id.to_string(), customer.name))
                .collect(),
            (_, Takes::Words(words)) => {
                words().into_iter().map(|(code, label)| (code.to_owned(), label.to_owned())).collect()
            }
            // Set by "Review" in the tray, not here.
            (_, Takes::Yes | Takes::Day | Takes::Text) => continue,
            (_, Takes::Days | Takes::Id) => {
                IDLE.iter().map(|(days, label)| ((*days).to_owned(), (*label).to_owned())).collect()
            }
        };
        if filter.key == "group" && choices.is_empty() {
            continue;
        }
        // A reader of one customer has nothing to choose there.
        if filter.key == "customer" && choices.len() < 2 && state.filter("customer").is_none() {
            continue;
        }
        let counts = count.choices(conn, filter.key, &choices)?;
        let choices = choices.into_iter().zip(counts).map(|((value, label), count)| (value, label, count)).collect();
        facets.push(Facet { key: filter.key, choices });
    }
    Ok(facets)
}

/// Counts what choices leave, as long as there is time: a figure is a help, waiting for it is none.
struct Counting<'a> {
    permit: &'a Permit<ViewUsers>,
    state: &'a State,
    picked: Option<Picked>,
    until: Instant,
    /// Whom the list leaves now, once that was asked: it serves every filter that is not set. None within: too many.
    present: Option<Option<Vec<Fact>>>,
}

impl Counting<'_> {
    fn narrow(&self, state: &State) -> Narrow {
        let narrow = listing::narrow(self.permit.scope(), self.permit.now(), state);
        Narrow { picked: self.picked.clone(), ..narrow }
    }

    /// A figure for each choice of a filter; empty where it is not cheap.
    fn choices(
        &mut self,
        conn: &mut Conn,
        key: &'static str,
        choices: &[(String, String)],
    ) -> Result<Vec<String>, Refusal> {
        let nothing = vec![String::new(); choices.len()];
        if key == "group" {
            return Ok(nothing);
        }
        let late = || Instant::now() >= self.until;
        let base = self.state.less(key);
        let narrow = self.narrow(&base);
        let own;
        let facts = if self.state.filter(key).is_some() {
            if late() {
                return Ok(nothing);
            }
            own = queries::facts(conn, &narrow)?;
            &own
        } else {
            if self.present.is_none() {
                self.present = Some(queries::facts(conn, &narrow)?);
            }
            self.present.as_ref().unwrap_or(&None)
        };
        let figure = |number: usize| grouped(i64::try_from(number).unwrap_or(i64::MAX));
        if key == "customer" {
            let counts: BTreeMap<i64, i64> = match facts {
                Some(facts) => facts.iter().fold(BTreeMap::new(), |mut counts, fact| {
                    *counts.entry(fact.customer_id).or_default() += 1;
                    counts
                }),
                None if narrow.is_whole() => queries::by_customer(conn, &narrow)?,
                None => return Ok(nothing),
            };
            let count = |id: &str| id.parse().ok().and_then(|id: i64| counts.get(&id).copied()).unwrap_or(0);
            return Ok(choices.iter().map(|(id, _)| grouped(count(id))).collect());
        }
        // Stands in no row of theirs.
        if key == ACCESS && facts.is_some() {
            let total = |conn: &mut Conn, value: &str| queries::total(conn, &self.narrow(&base.plus(key, value)));
            return choices.iter().map(|(value, _)| Ok(total(conn, value)?.figure())).collect();
        }
        if let Some(facts) = facts {
            let fits = |value: &str| {
                let choice =
                    listing::narrow(self.permit.scope(), self.permit.now(), &State::parse(&SPEC, "").plus(key, value));
                facts.iter().filter(|fact| fact.fits(&choice)).count()
            };
            return Ok(choices.iter().map(|(value, _)| figure(fits(value))).collect());
        }
        // A column of a whole list is counted by its index alone; who holds a role would be looked up one by one.
        if !narrow.is_whole() || key == "role" {
            return Ok(nothing);
        }
        let mut counts = nothing;
        for (count, (value, _)) in counts.iter_mut().zip(choices) {
            if Instant::now() < self.until {
                let total: Total = queries::total(conn, &self.narrow(&base.plus(key, value)))?;
                *count = total.figure();
            }
        }
        Ok(counts)
    }
}

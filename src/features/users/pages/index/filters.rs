//! The filters of the User List: what they are called, and what there is to choose.

use crate::access::Permit;
use crate::access::permit::ViewUsers;
use crate::db::Conn;
use crate::features::{customers, roles};
use crate::refusal::Refusal;
use crate::web::list::{Facet, Names, State, Takes};

/// Numbers of idle days that are suggested.
const IDLE: [(&str, &str); 3] = [("30", "30 days"), ("90", "90 days"), ("365", "1 year")];

/// What the customer and the role are called that the list is filtered to, within the reader's scope.
pub fn names(conn: &mut Conn, permit: &Permit<ViewUsers>, state: &State) -> Result<Names, Refusal> {
    let id = |key: &str| state.filter(key).and_then(|id| id.parse::<i64>().ok());
    let mut names = Names::new();
    if let Some(id) = id("customer") {
        match customers::queries::find(conn, permit.scope(), id) {
            Ok(customer) => drop(names.insert("customer", customer.name)),
            Err(Refusal::NotFound) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    if let Some(id) = id("role") {
        match roles::queries::find(conn, id) {
            Ok(role) => drop(names.insert("role", role.name)),
            Err(Refusal::NotFound) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(names)
}

/// What each filter may be set to.
pub fn offered(conn: &mut Conn, permit: &Permit<ViewUsers>, state: &State) -> Result<Vec<Facet>, Refusal> {
    let uncounted = |value: String, label: String| (value, label, String::new());
    let mut facets = Vec::new();
    for filter in state.spec.filters {
        let choices: Vec<(String, String, String)> = match (filter.key, filter.takes) {
            ("role", _) => {
                roles::queries::all(conn)?.into_iter().map(|role| uncounted(role.id.to_string(), role.name)).collect()
            }
            ("customer", _) => customers::queries::offered(conn, permit.scope())?
                .into_iter()
                .map(|customer| uncounted(customer.id.to_string(), customer.name))
                .collect(),
            (_, Takes::Words(words)) => {
                words().into_iter().map(|(code, label)| uncounted(code.to_owned(), label.to_owned())).collect()
            }
            // Set by "Review" in the tray, not here.
            (_, Takes::Yes) => continue,
            (_, Takes::Days | Takes::Id) => {
                IDLE.iter().map(|(days, label)| uncounted((*days).to_owned(), (*label).to_owned())).collect()
            }
        };
        // A reader of one customer has nothing to choose there.
        if filter.key != "customer" || choices.len() > 1 || state.filter("customer").is_some() {
            facets.push(Facet { key: filter.key, choices });
        }
    }
    Ok(facets)
}

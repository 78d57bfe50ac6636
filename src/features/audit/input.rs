//! The audit's URL: which columns and filters there are, and what they narrow it to.

use crate::access::Scope;
use crate::db::Conn;
use crate::features::audit::model::{ACTIONS, Outcome};
use crate::features::audit::queries::list::{self, MOST_PEOPLE, Narrow};
use crate::features::users;
use crate::refusal::Refusal;
use crate::web::dates::Zone;
use crate::web::list::{Column, Filter, Kind, Spec, State, Takes};

/// What is typed to mean the command line and the server itself.
const CONSOLE: &str = "console";

/// The list: always newest first.
pub static SPEC: Spec = Spec {
    path: "/audit",
    label: "Audit",
    nouns: ("entry", "entries"),
    search: Some("Search people"),
    ticks: None,
    selection: None,
    views: false,
    columns: &[
        Column::new("time", "Time", Kind::Title).unsorted(),
        Column::new("who", "Who", Kind::Words).unsorted(),
        Column::new("action", "Action", Kind::Words).unsorted(),
        Column::new("object", "Object", Kind::Words).unsorted(),
        Column::new("changes", "Changes", Kind::Long).unsorted(),
        Column::new("outcome", "Outcome", Kind::Badge).unsorted(),
        Column::new("address", "Address", Kind::Words).unsorted().hidden(),
        Column::new("customer", "Customer", Kind::Words).unsorted().hidden(),
        Column::new("operation", "Operation", Kind::Number).unsorted().hidden(),
        Column::new("request", "Request", Kind::Words).unsorted().hidden(),
    ],
    filters: &[
        Filter { key: "who", label: "Who", takes: Takes::Text },
        Filter { key: "person", label: "About", takes: Takes::Text },
        Filter { key: "action", label: "Action", takes: Takes::Words(|| ACTIONS.to_vec()) },
        Filter {
            key: "outcome",
            label: "Outcome",
            takes: Takes::Words(|| Outcome::ALL.iter().map(|outcome| (outcome.code(), outcome.label())).collect()),
        },
        Filter { key: "customer", label: "Customer", takes: Takes::Id },
        Filter { key: "operation", label: "Operation", takes: Takes::Text },
        Filter { key: "since", label: "From day", takes: Takes::Day },
        Filter { key: "until", label: "To day", takes: Takes::Day },
    ],
    sort: "time",
};

/// What the URL narrows the audit to, within the reader's scope; the days are those of the reader's time zone.
///
/// True beside it: more people than are looked for fit the search.
pub fn narrow(conn: &mut Conn, scope: &Scope, zone: &Zone, state: &State) -> Result<(Narrow, bool), Refusal> {
    let mut narrow = Narrow::to_scope(scope);
    narrow.actor = match state.filter("who") {
        Some(text) if text.eq_ignore_ascii_case(CONSOLE) => Some(0),
        Some(text) => Some(user(conn, text)?),
        None => None,
    };
    narrow.person = state.filter("person").map(|text| user(conn, text)).transpose()?;
    narrow.action = state.filter("action").map(ToOwned::to_owned);
    narrow.outcome =
        state.filter("outcome").and_then(|code| Outcome::ALL.into_iter().find(|outcome| outcome.code() == code));
    narrow.operation = state.filter("operation").map(|text| text.parse().unwrap_or(-1));
    narrow.from = state.filter("since").and_then(|day| zone.start_of(day, 0));
    narrow.until = state.filter("until").and_then(|day| zone.start_of(day, 1));
    if let Some(id) = state.filter("customer").and_then(|id| id.parse().ok()) {
        narrow.to_customer(id);
    }
    if state.q.is_empty() {
        return Ok((narrow, false));
    }
    let mut people = list::people(conn, scope, &state.q)?;
    let many = people.len() > usize::try_from(MOST_PEOPLE).unwrap_or(usize::MAX);
    people.truncate(usize::try_from(MOST_PEOPLE).unwrap_or(usize::MAX));
    narrow.people = Some(people.into_iter().collect());
    Ok((narrow, many))
}

/// The id of the user with this number or address; one that nobody has for anything else.
fn user(conn: &mut Conn, text: &str) -> Result<i64, Refusal> {
    const NOBODY: i64 = -1;
    if let Ok(id) = text.parse::<i64>() {
        return Ok(id);
    }
    let Ok(email) = users::input::Email::parse(text) else { return Ok(NOBODY) };
    Ok(users::queries::by_email(conn, email.key())?.map_or(NOBODY, |user| user.id))
}

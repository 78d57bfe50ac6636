//! The User List's URL: which columns and filters there are, and what they narrow it to.

use super::{Source, Status, TfaStatus};
use crate::access::Scope;
use crate::clock::DAY;
use crate::db::search::Terms;
use crate::features::users::model::Stored;
use crate::features::users::queries::Narrow;
use crate::web::list::{Column, Spec, State};

/// The list: U1's columns in U1's order, then what can be added.
pub static SPEC: Spec = Spec {
    path: "/users",
    columns: &[
        Column { key: "name", label: "Name", shown: true },
        Column { key: "email", label: "Email", shown: true },
        Column { key: "phone", label: "Phone number", shown: true },
        Column { key: "devices", label: "# of devices", shown: true },
        Column { key: "tfa", label: "2FA status", shown: true },
        Column { key: "last-login", label: "Last login", shown: true },
        Column { key: "customer", label: "Customer", shown: false },
        Column { key: "status", label: "Status", shown: false },
        Column { key: "source", label: "Source", shown: false },
        Column { key: "created", label: "Time add", shown: false },
    ],
    filters: &["tfa", "status", "role", "customer", "source", "login", "selected"],
    sort: "name",
};

/// "Last login": never, or idle for so many days.
pub const LOGINS: [(&str, &str, i64); 4] = [
    ("never", "Not logged in yet", 0),
    ("idle-30", "Not for 30 days", 30),
    ("idle-90", "Not for 90 days", 90),
    ("idle-365", "Not for a year", 365),
];

/// What the URL narrows the list to, within the reader's scope. `now` in unix milliseconds.
pub fn narrow(scope: &Scope, now: i64, state: &State) -> Narrow {
    let mut narrow = Narrow::to_scope(scope);
    narrow.terms = Terms::of(&state.q);
    narrow.tfa = state.filter("tfa").and_then(|word| TfaStatus::parse(word).ok()).map(Stored::number);
    narrow.status = state.filter("status").and_then(|word| Status::parse(word).ok()).map(Stored::number);
    narrow.source = state.filter("source").and_then(|word| Source::parse(word).ok()).map(Stored::number);
    narrow.role = state.filter("role").and_then(|id| id.parse().ok());
    if let Some(id) = state.filter("customer").and_then(|id| id.parse().ok()) {
        narrow.to_customer(id);
    }
    match state.filter("login") {
        Some("never") => narrow.never_signed_in = true,
        Some(word) => {
            narrow.idle_since = word
                .strip_prefix("idle-")
                .and_then(|days| days.parse::<i64>().ok())
                .filter(|days| (1..=3_650).contains(days))
                .map(|days| now - days * DAY)
        }
        None => {}
    }
    narrow
}

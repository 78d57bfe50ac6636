//! The User List's URL: which columns and filters there are, and what they narrow it to.

use super::{Access, Source, Status, TfaStatus};
use crate::access::Scope;
use crate::clock::DAY;
use crate::db::search::Terms;
use crate::features::users::model::Stored;
use crate::features::users::queries::Narrow;
use crate::web::list::{Column, Filter, Kept, Kind, Spec, State, Takes};

/// The name of the list in `selections`.
pub const LIST: &str = "users";
/// The filter that narrows the list to what is selected.
pub const SELECTED: &str = "selected";

/// The filter by how somebody stands with signing in.
pub const ACCESS: &str = "access";

/// Columns of lists of users: U1's in U1's order, then what can be added.
pub const COLUMNS: &[Column] = &[
    Column::new("name", "Name", Kind::Title).jump("Names from"),
    Column::new("email", "Email", Kind::Email).jump("Addresses from"),
    Column::new("phone", "Phone number", Kind::Phone).jump("Numbers from"),
    Column::new("devices", "# of devices", Kind::Number),
    Column::new("tfa", "2FA status", Kind::Badge),
    Column::new("last-login", "Last login", Kind::Time),
    Column::new("customer", "Customer", Kind::Words).jump("Customers from").hidden(),
    Column::new("status", "Status", Kind::Badge).hidden(),
    Column::new("source", "Source", Kind::Words).hidden(),
    Column::new("groups", "Groups", Kind::Long).unsorted().hidden(),
    Column::new("created", "Time add", Kind::Time).hidden(),
];

/// Where its ticks are kept.
pub const KEPT: Kept = Kept { path: "/users/selection", name: LIST, filter: SELECTED, exports: "/users/exports/new" };

/// The User List.
pub static SPEC: Spec = Spec {
    path: "/users",
    label: "Users",
    nouns: ("user", "users"),
    search: Some("Search name, email or phone"),
    ticks: Some("/users/deletions"),
    selection: Some(KEPT),
    views: true,
    columns: COLUMNS,
    filters: &[
        Filter {
            key: "tfa",
            label: "2FA status",
            takes: Takes::Words(|| TfaStatus::ALL.iter().map(|word| (word.code(), word.as_str())).collect()),
        },
        Filter {
            key: "status",
            label: "Status",
            takes: Takes::Words(|| Status::ALL.iter().map(|word| (word.code(), word.as_str())).collect()),
        },
        Filter {
            key: ACCESS,
            label: "Sign-in",
            takes: Takes::Words(|| Access::ALL.iter().map(|word| (word.code(), word.as_str())).collect()),
        },
        Filter { key: "role", label: "Role", takes: Takes::Id },
        Filter { key: "group", label: "Group", takes: Takes::Id },
        Filter { key: "customer", label: "Customer", takes: Takes::Id },
        Filter {
            key: "source",
            label: "Source",
            takes: Takes::Words(|| Source::ALL.iter().map(|word| (word.code(), word.as_str())).collect()),
        },
        Filter { key: "devices", label: "Devices", takes: Takes::Words(|| vec![("none", "Has no devices")]) },
        Filter { key: "login", label: "Last login", takes: Takes::Words(|| vec![("never", "Never logged in")]) },
        Filter { key: "idle", label: "Idle for", takes: Takes::Days },
        Filter { key: SELECTED, label: "Selected", takes: Takes::Yes },
    ],
    sort: "name",
};

/// What the URL narrows the list to, within the reader's scope. `now` in unix milliseconds.
pub fn narrow(scope: &Scope, now: i64, state: &State) -> Narrow {
    let number = |key: &str| state.filter(key).and_then(|text| text.parse::<i64>().ok());
    let mut narrow = Narrow::to_scope(scope);
    narrow.terms = Terms::of(&state.q);
    narrow.tfa = state.filter("tfa").and_then(|word| TfaStatus::parse(word).ok()).map(Stored::number);
    narrow.status = state.filter("status").and_then(|word| Status::parse(word).ok()).map(Stored::number);
    narrow.source = state.filter("source").and_then(|word| Source::parse(word).ok()).map(Stored::number);
    narrow.access = state.filter(ACCESS).and_then(|word| Access::parse(word).ok()).map(|access| (access, now));
    narrow.role = number("role");
    narrow.group = number("group");
    if let Some(id) = number("customer") {
        narrow.to_customer(id);
    }
    narrow.no_devices = state.filter("devices").is_some();
    narrow.never_signed_in = state.filter("login").is_some();
    narrow.idle_since = number("idle").map(|days| now - days * DAY);
    narrow
}

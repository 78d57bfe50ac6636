//! What is typed about a customer, and the URL of the list of them.

use serde::{Deserialize, Serialize};

use crate::features::users::input::{Limit, line};
use crate::refusal::FieldError;
use crate::web::list::{Column, Filter, Kind, Spec, Takes};

pub const NAME: Limit =
    Limit { field: "name", noun: "name", min: 1, max: 200, rule: "1 to 200 characters, on one line" };

/// Whether its people may sign in.
pub const STATES: [(&str, &str); 2] = [("active", "Active"), ("archived", "Archived")];

/// The list: the customers in scope.
pub static SPEC: Spec = Spec {
    path: "/customers",
    label: "Customers",
    nouns: ("customer", "customers"),
    search: Some("Search name"),
    ticks: None,
    selection: None,
    views: true,
    columns: &[
        Column::new("name", "Name", Kind::Title).jump("Names from"),
        Column::new("users", "# of users", Kind::Number),
        Column::new("state", "Status", Kind::Badge),
        Column::new("created", "Created", Kind::Time),
    ],
    filters: &[Filter { key: "state", label: "Status", takes: Takes::Words(|| STATES.to_vec()) }],
    sort: "name",
};

/// The form as it is sent. `version` is `changed_at` as the form saw it.
#[derive(Debug, Default, Clone, Deserialize, Serialize)]
#[serde(default)]
pub struct CustomerInput {
    pub name: String,
    pub version: String,
}

impl CustomerInput {
    /// # Errors
    /// The name at fault.
    pub fn parse(&self) -> Result<String, Vec<FieldError>> {
        line(&self.name, &NAME).map_err(|error| vec![error])
    }
}

//! What is typed about a view.

use serde::Deserialize;

use super::model::Wanted;
use crate::features::users::input::{Limit, line};
use crate::refusal::FieldError;
use crate::web::list::{Spec, State};

pub const NAME: Limit =
    Limit { field: "name", noun: "name", min: 1, max: 100, rule: "1 to 100 characters, on one line" };

/// The form as it is sent.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct ViewInput {
    pub name: String,
    /// The id of a role; empty: only oneself.
    pub role: String,
    /// The query string of the list as it stood.
    pub query: String,
    /// Whether the view is to keep that from now on; for one that exists.
    pub change: String,
}

impl ViewInput {
    /// # Errors
    /// Every field at fault.
    pub fn parse(&self, spec: &'static Spec) -> Result<Wanted, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = line(&self.name, &NAME).map_err(|error| errors.push(error)).unwrap_or_default();
        let role_id = match self.role.as_str() {
            "" => None,
            id => id.parse().map(Some).unwrap_or_else(|_| {
                errors.push(FieldError::new("role", "Choose one of these."));
                None
            }),
        };
        let query = State::parse(spec, &self.query).kept();
        if errors.is_empty() { Ok(Wanted { name, role_id, query }) } else { Err(errors) }
    }
}

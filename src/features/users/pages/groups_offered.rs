//! Groups to choose from: what a form about them says, and what it offers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::db::Conn;
use crate::features::groups;
use crate::features::users::queries::customer_names;
use crate::refusal::Refusal;

/// The form as it is sent.
#[derive(Debug, Default, Clone, Deserialize, Serialize)]
#[serde(default)]
pub struct Input {
    pub group: Vec<String>,
}

impl Input {
    pub fn holds(&self, id: i64) -> bool {
        self.group.contains(&id.to_string())
    }

    /// What of it is an id.
    pub fn ids(&self) -> Vec<i64> {
        self.group.iter().filter_map(|id| id.parse().ok()).collect()
    }
}

/// The groups in scope that are offered, those that are chosen already among them, by id. Where they are of several customers each says of which.
pub fn offered(conn: &mut Conn, scope: &Scope, chosen: &[i64]) -> Result<Vec<(i64, String)>, Refusal> {
    let offered = groups::queries::offered(conn, scope, chosen)?;
    let customers: BTreeSet<i64> = offered.iter().map(|group| group.customer_id).collect();
    let names = if customers.len() > 1 { customer_names(conn, customers.into_iter())? } else { BTreeMap::new() };
    let label = |group: groups::model::Group| match names.get(&group.customer_id) {
        Some(customer) => (group.id, format!("{} ({customer})", group.name)),
        None => (group.id, group.name),
    };
    Ok(offered.into_iter().map(label).collect())
}

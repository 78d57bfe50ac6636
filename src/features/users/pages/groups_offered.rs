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

/// What is looked for where more groups are there than a choice without script offers: `?find=sales`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Sought {
    pub find: String,
}

/// Groups as a form offers them.
#[derive(Debug, Clone)]
pub struct Offered {
    /// By id. Where they are of several customers each says of which.
    pub groups: Vec<(i64, String)>,
    /// What was looked for among more than a choice without script offers; None: these are all.
    pub finding: Option<String>,
}

/// The groups in scope whose name holds what is looked for, those that are chosen already among them.
pub fn offered(conn: &mut Conn, scope: &Scope, sought: &Sought, chosen: &[i64]) -> Result<Offered, Refusal> {
    let find: String = sought.find.chars().filter(|c| !c.is_control()).take(200).collect();
    let (offered, more) = groups::queries::offered(conn, scope, &find, chosen)?;
    let customers: BTreeSet<i64> = offered.iter().map(|group| group.customer_id).collect();
    let names = if customers.len() > 1 { customer_names(conn, customers.into_iter())? } else { BTreeMap::new() };
    let label = |group: groups::model::Group| match names.get(&group.customer_id) {
        Some(customer) => (group.id, format!("{} ({customer})", group.name)),
        None => (group.id, group.name),
    };
    let finding = (more || !find.is_empty()).then_some(find);
    Ok(Offered { groups: offered.into_iter().map(label).collect(), finding })
}

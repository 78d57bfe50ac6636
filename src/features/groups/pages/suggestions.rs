//! `GET /groups/suggestions`: groups whose name holds what was typed, for the script of "Choose group(s)".

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::ViewGroups;
use crate::app::App;
use crate::features::groups::queries;
use crate::features::users::queries::customer_names;
use crate::web::answer::{Answer, page};

/// So many are suggested at a time.
const MOST: i64 = 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// Only those of this customer.
    customer: Option<i64>,
}

/// A group that may be chosen.
struct Suggestion {
    id: i64,
    name: String,
    /// Whose it is, where that is not the same for all.
    customer: String,
}

#[derive(Template)]
#[template(path = "groups/suggestions.html")]
struct Suggestions {
    groups: Vec<Suggestion>,
}

pub async fn index(permit: Permit<ViewGroups>, asked: web::Query<Asked>, app: web::Data<App>) -> Answer {
    let asked = asked.into_inner();
    let groups = app
        .db
        .read(move |conn| {
            let customers = match asked.customer {
                Some(id) => Some(if permit.scope().contains(id) { vec![id] } else { Vec::new() }),
                None => permit.scope().ids(),
            };
            let typed: String = asked.q.chars().filter(|c| !c.is_control()).take(200).collect();
            let found = queries::suggested(conn, customers, &typed, MOST)?;
            let names = match asked.customer {
                Some(_) => std::collections::BTreeMap::new(),
                None => customer_names(conn, found.iter().map(|group| group.customer_id))?,
            };
            let customer = |id: i64| names.get(&id).filter(|_| names.len() > 1).cloned().unwrap_or_default();
            Ok(found
                .into_iter()
                .map(|group| Suggestion { id: group.id, customer: customer(group.customer_id), name: group.name })
                .collect::<Vec<_>>())
        })
        .await?;
    page(&Suggestions { groups })
}

//! Audit rows with the names that belong to their ids.

use std::collections::BTreeSet;

use crate::access::Scope;
use crate::db::Conn;
use crate::features::audit::chain::AuditRow;
use crate::features::audit::model::{Changed, Outcome, Values, action_label};
use crate::features::audit::queries::list::{self, Named, Narrow};
use crate::refusal::Refusal;

/// A row as people read it.
#[derive(Debug, Clone)]
pub struct Told {
    pub row: AuditRow,
    /// As they were called then.
    pub actor: String,
    /// Where they are found; empty: not for this reader.
    pub actor_href: String,
    /// What it is about, as it is called now.
    pub object: String,
    pub object_href: String,
    pub changes: Vec<Changed>,
    /// What was written was emptied, since its person was purged.
    pub emptied: bool,
}

impl Told {
    pub fn action(&self) -> &str {
        action_label(&self.row.action)
    }

    pub fn outcome(&self) -> Outcome {
        Outcome::of_number(self.row.outcome)
    }

    /// "name: Oxford → Cambridge; phone: …"
    pub fn changes_in_words(&self) -> String {
        let said = self.changes.iter().filter(|change| !change.from.is_empty() || !change.to.is_empty());
        said.map(Changed::in_words).collect::<Vec<_>>().join("; ")
    }
}

/// Puts names and values to rows, with as many queries for a hundred as for one. Whoever lies outside the scope is not linked.
pub fn tell(conn: &mut Conn, scope: &Scope, rows: Vec<AuditRow>) -> Result<Vec<Told>, Refusal> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut people: BTreeSet<i64> = rows.iter().map(|row| row.actor_id).filter(|id| *id != 0).collect();
    people.extend(rows.iter().filter(|row| row.object_kind == "user").map(|row| row.object_id));
    let values = list::values(conn, &ids)?;
    let named = list::named(conn, &people)?;
    let href = |user: &Named| match user.deleted_at == 0 && scope.contains(user.customer_id) {
        true => format!("/users/{}", user.id),
        false => String::new(),
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            let data = values.get(&row.id).map_or("", String::as_str);
            let said: Values = serde_json::from_str(data).unwrap_or_default();
            let actor = named.get(&row.actor_id);
            let about = named.get(&row.object_id).filter(|_| row.object_kind == "user");
            Told {
                actor: match (said.actor.is_empty(), actor) {
                    (false, _) => said.actor,
                    (true, Some(actor)) if scope.contains(actor.customer_id) => title(actor),
                    (true, _) if row.actor_id != 0 => format!("user {}", row.actor_id),
                    (true, _) => "Nobody signed in".into(),
                },
                actor_href: actor.map(href).unwrap_or_default(),
                object: object(&row, about),
                object_href: about.map(href).unwrap_or_default(),
                emptied: data.is_empty(),
                changes: said.changes,
                row,
            }
        })
        .collect())
}

fn object(row: &AuditRow, about: Option<&Named>) -> String {
    match (row.object_kind.as_str(), about) {
        (_, Some(user)) => title(user),
        ("installation", _) => "The installation".into(),
        ("audit", _) => "The audit".into(),
        ("unknown address", _) => "An address nobody has".into(),
        ("user", _) if row.object_id == 0 => "Somebody elsewhere".into(),
        (kind, _) => format!("{kind} {}", row.object_id),
    }
}

fn title(user: &Named) -> String {
    if user.name.is_empty() { user.email.clone() } else { user.name.clone() }
}

/// The last things that happened to a user.
pub fn recent_of(conn: &mut Conn, scope: &Scope, user_id: i64, limit: i64) -> Result<Vec<Told>, Refusal> {
    let narrow = Narrow { person: Some(user_id), ..Narrow::to_scope(scope) };
    let rows = list::newest(conn, &narrow, limit)?;
    tell(conn, scope, rows)
}

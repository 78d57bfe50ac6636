//! The rows of an operation as they are drawn: who, and each field from and to.

use std::collections::BTreeMap;

use crate::access::Scope;
use crate::db::Conn;
use crate::features::operations::model::{Operation, Row, Verdict};
use crate::features::operations::queries;
use crate::features::users::actions::bulk::{Field, Fields, expected_device, roles_of};
use crate::features::{groups, roles, users};
use crate::refusal::Refusal;
use crate::web::list::{Pager, grouped};

/// So many rows of each verdict are shown at first, and this many on a page of their own.
const SHOWN: i64 = 50;

/// One field of one row.
pub struct Changed {
    pub label: &'static str,
    pub from: String,
    pub to: String,
}

/// One row.
pub struct Line {
    pub label: String,
    /// Their page; empty: they have none now, or not for this reader.
    pub href: String,
    pub changes: Vec<Changed>,
    pub reason: String,
    /// Whether it is about a group, not a user.
    pub is_group: bool,
}

/// The rows of one verdict.
pub struct Section {
    pub title: &'static str,
    pub code: &'static str,
    pub lines: Vec<Line>,
    /// How many more there are; empty: none.
    pub more: String,
    pub pager: Option<Pager>,
}

/// The word of a verdict in the URL.
fn code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Change => "changed",
        Verdict::Unchanged => "unchanged",
        Verdict::Skipped => "skipped",
    }
}

/// The rows of an operation: the first of each verdict, or a page of one (`show`, the word in the URL, from behind the object `after`).
pub fn sections(
    conn: &mut Conn,
    scope: &Scope,
    operation: &Operation,
    show: &str,
    after: i64,
) -> Result<Vec<Section>, Refusal> {
    let mut sections = Vec::new();
    for verdict in [Verdict::Skipped, Verdict::Change, Verdict::Unchanged] {
        let all = match verdict {
            Verdict::Change => operation.planned - operation.background().map_or(0, |background| background.left),
            Verdict::Unchanged => operation.unchanged,
            Verdict::Skipped => operation.skipped,
        };
        let alone = show == code(verdict);
        if !alone && (!show.is_empty() || all == 0) {
            continue;
        }
        let from = if alone { after } else { i64::MIN };
        let mut rows = queries::page(conn, operation.id, verdict, from, SHOWN + 1)?;
        let more = rows.len() > usize::try_from(SHOWN).unwrap_or(usize::MAX);
        rows.truncate(usize::try_from(SHOWN).unwrap_or(usize::MAX));
        if rows.is_empty() && !alone {
            continue;
        }
        let address = format!("/operations/{}?show={}", operation.id, code(verdict));
        let pager = alone.then(|| Pager {
            first: (from > i64::MIN).then(|| address.clone()),
            next: rows.last().filter(|_| more).map(|row| format!("{address}&after={}", row.object_id)),
            summary: format!("{} of {}", rows.len(), grouped(all)),
            ..Pager::default()
        });
        sections.push(Section {
            title: title(verdict, operation),
            code: code(verdict),
            more: if more { grouped(all - SHOWN) } else { String::new() },
            lines: lines(conn, scope, operation, &rows)?,
            pager,
        });
    }
    Ok(sections)
}

fn title(verdict: Verdict, operation: &Operation) -> &'static str {
    match (verdict, operation.state().has_ended()) {
        (Verdict::Change, true) => "Changed",
        (Verdict::Change, false) => "Will change",
        (Verdict::Unchanged, true) => "Unchanged",
        (Verdict::Unchanged, false) => "Stays as it is",
        (Verdict::Skipped, _) if operation.kind() == Some(super::super::model::Kind::Undo) => "Left alone",
        (Verdict::Skipped, _) => "Skipped",
    }
}

fn lines(conn: &mut Conn, scope: &Scope, operation: &Operation, rows: &[Row]) -> Result<Vec<Line>, Refusal> {
    let ids: Vec<i64> = rows.iter().map(|row| row.object_id).collect();
    let people: BTreeMap<i64, bool> = users::queries::any_with_ids(conn, scope, &ids)?
        .into_iter()
        .map(|user| (user.id, user.deleted_at == 0))
        .collect();
    let parsed: Vec<(Fields, Fields)> =
        rows.iter().map(|row| (Fields::read(&row.before), Fields::read(&row.after))).collect();
    let names = Names::of(conn, &parsed)?;
    Ok(rows
        .iter()
        .zip(&parsed)
        .map(|(row, (before, after))| {
            // A row of a file that never became anybody has a number below 0.
            if row.object_id > 0 && !people.contains_key(&row.object_id) || row.label.is_empty() {
                return Line {
                    label: "Not there any more".into(),
                    href: String::new(),
                    changes: Vec::new(),
                    reason: String::new(),
                    is_group: false,
                };
            }
            let present = people.get(&row.object_id) == Some(&true);
            Line {
                label: row.label.clone(),
                href: if present { format!("/users/{}", row.object_id) } else { String::new() },
                changes: changes(before, after, &names).into_iter().chain(device(row)).collect(),
                reason: row.reason.clone(),
                is_group: row.object_id < 0 && operation.groups().contains(&-row.object_id),
            }
        })
        .collect())
}

/// A device that is expected of them.
fn device(row: &Row) -> Option<Changed> {
    let (from, to) = expected_device(&row.before, &row.after)?;
    Some(Changed { label: "Device", from, to })
}

fn changes(before: &Fields, after: &Fields, names: &Names) -> Vec<Changed> {
    let one = |(field, to): (&Field, &String)| Changed {
        label: field.label(),
        from: before.get(*field).map(|from| names.tell(*field, from)).unwrap_or_default(),
        to: names.tell(*field, to),
    };
    after.0.iter().map(one).collect()
}

/// What the ids in values are called.
struct Names {
    customers: BTreeMap<i64, String>,
    roles: BTreeMap<i64, String>,
    groups: BTreeMap<i64, String>,
}

impl Names {
    fn of(conn: &mut Conn, parsed: &[(Fields, Fields)]) -> Result<Names, Refusal> {
        let both = || parsed.iter().flat_map(|(before, after)| [before, after]);
        let mut customers: Vec<i64> =
            both().filter_map(|fields| fields.get(Field::Customer)).filter_map(|id| id.parse().ok()).collect();
        let held = both().filter_map(|fields| fields.get(Field::Roles)).flat_map(roles_of);
        customers.extend(held.flat_map(|held| held.scope.ids().unwrap_or_default()));
        let has_roles = both().any(Fields::ask_for_roles);
        Ok(Names {
            customers: users::queries::customer_names(conn, customers.into_iter())?,
            roles: match has_roles {
                true => roles::queries::all(conn)?.into_iter().map(|role| (role.id, role.name)).collect(),
                false => BTreeMap::new(),
            },
            groups: groups::queries::names(conn, both().flat_map(Fields::groups))?,
        })
    }

    fn tell(&self, field: Field, value: &str) -> String {
        let name =
            |names: &BTreeMap<i64, String>, id: i64| names.get(&id).cloned().unwrap_or_else(|| format!("no. {id}"));
        match field {
            Field::Group(id) if value == "yes" => name(&self.groups, id),
            Field::Group(_) => String::new(),
            Field::Customer => value.parse().map_or_else(|_| value.to_owned(), |id| name(&self.customers, id)),
            Field::Role => value.parse().map_or_else(|_| value.to_owned(), |id| name(&self.roles, id)),
            Field::Roles => {
                let one = |held: roles::model::Wanted| match held.scope.ids() {
                    None => name(&self.roles, held.role_id),
                    Some(ids) => {
                        let places: Vec<String> = ids.into_iter().map(|id| name(&self.customers, id)).collect();
                        format!("{} ({})", name(&self.roles, held.role_id), places.join(", "))
                    }
                };
                roles_of(value).into_iter().map(one).collect::<Vec<_>>().join(", ")
            }
            _ => value.to_owned(),
        }
    }
}

//! Pages of roles.

pub mod compare;
pub mod deletion;
pub mod edit;
pub mod form;
pub mod index;
pub mod new;
pub mod show;

use std::collections::{BTreeMap, BTreeSet};

use crate::access::permit::{Action, ViewUsers};
use crate::access::{Permission, Permit};
use crate::db::Conn;
use crate::features::roles::actions::{Impact, Person};
use crate::features::users;
use crate::features::users::queries::Narrow;
use crate::refusal::Refusal;
use crate::web::list::{Total, grouped};

/// So many people are named where a change is shown beforehand; the figures are of all.
const MOST_NAMED: usize = 100;

/// Permissions of one area.
pub struct Area {
    pub name: &'static str,
    pub rows: Vec<Row>,
}

/// One permission in a table.
pub struct Row {
    pub word: &'static str,
    pub label: String,
    pub allowed: bool,
    /// The same for the other role, where two are compared.
    pub other: bool,
    /// Why it cannot be given by the reader; empty: it can.
    pub why_not: &'static str,
}

impl Row {
    pub fn differs(&self) -> bool {
        self.allowed != self.other
    }
}

/// All permissions by area, marked as a role (and another) has them.
pub fn areas(allowed: &BTreeSet<Permission>, other: &BTreeSet<Permission>, mine: &BTreeSet<Permission>) -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::new();
    for permission in Permission::ALL {
        let row = Row {
            word: permission.word(),
            label: capitalised(permission.plainly()),
            allowed: allowed.contains(&permission),
            other: other.contains(&permission),
            why_not: if mine.contains(&permission) { "" } else { "You do not hold this everywhere yourself." },
        };
        match areas.iter_mut().find(|area| area.name == permission.area()) {
            Some(area) => area.rows.push(row),
            None => areas.push(Area { name: permission.area(), rows: vec![row] }),
        }
    }
    areas
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What a change does to the holders of a role, as it is drawn.
#[derive(Default)]
pub struct Shown {
    pub code: String,
    pub figures: Vec<(&'static str, String)>,
    pub lines: Vec<ShownPerson>,
    /// "and 12 more"; empty: all are named.
    pub more: String,
}

pub struct ShownPerson {
    pub id: i64,
    pub title: String,
    pub loses: String,
    pub gains: String,
    pub is_shut_out: bool,
}

/// Names the people of an impact, as far as the reader may see them.
pub fn shown<A: Action>(conn: &mut Conn, permit: &Permit<A>, impact: &Impact) -> Result<Shown, Refusal> {
    let touched: Vec<&Person> = impact
        .people
        .iter()
        .filter(|person| !person.loses.is_empty() || !person.gains.is_empty() || person.is_shut_out)
        .collect();
    let ids: Vec<i64> = touched.iter().take(MOST_NAMED).map(|person| person.id).collect();
    let seen = match permit.also::<ViewUsers>() {
        Ok(reader) => users::queries::with_ids(conn, reader.scope(), &ids)?,
        Err(_) => Vec::new(),
    };
    let names: BTreeMap<i64, String> = seen.iter().map(|user| (user.id, user.title().to_owned())).collect();
    let lines: Vec<ShownPerson> = touched
        .iter()
        .filter_map(|person| {
            Some(ShownPerson {
                id: person.id,
                title: names.get(&person.id)?.clone(),
                loses: words(&person.loses),
                gains: words(&person.gains),
                is_shut_out: person.is_shut_out,
            })
        })
        .collect();
    let rest = touched.len() - lines.len();
    Ok(Shown {
        code: impact.code(),
        figures: impact.figures(),
        more: if rest == 0 {
            String::new()
        } else {
            format!("and {} more", grouped(i64::try_from(rest).unwrap_or(i64::MAX)))
        },
        lines,
    })
}

fn words(permissions: &[Permission]) -> String {
    permissions.iter().map(|permission| permission.plainly()).collect::<Vec<_>>().join("; ")
}

/// How many users in the reader's scope hold a role; None: the reader sees no users.
pub fn holders<A: Action>(conn: &mut Conn, permit: &Permit<A>, role_id: i64) -> Result<Option<Total>, Refusal> {
    let Ok(reader) = permit.also::<ViewUsers>() else { return Ok(None) };
    let narrow = Narrow { role: Some(role_id), ..Narrow::to_scope(reader.scope()) };
    users::queries::total(conn, &narrow).map(Some)
}

//! Users as rows of lists of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::Scope;
use crate::db::Conn;
use crate::db::marks::{Piece, phone_pieces, pieces};
use crate::db::search::Terms;
use crate::features::users::input::{Status, TfaStatus};
use crate::features::users::model::ListRow;
use crate::features::users::queries::{self, Narrow};
use crate::features::{groups, roles};
use crate::refusal::Refusal;
use crate::web::list::{Cell, Column, Line, State, grouped};
use crate::web::shell::Shell;

/// What the rows of a page say that does not stand in the rows themselves.
struct Facts {
    /// Those who may sign in, have not set 2FA up, and have to.
    required: BTreeSet<i64>,
    customers: BTreeMap<i64, String>,
    groups: BTreeMap<i64, Vec<String>>,
}

/// The rows of a page as they are drawn, with as many queries for a hundred as for one. `groups`: whose groups the reader may see; None: nobody's.
pub fn lines(
    conn: &mut Conn,
    rows: &[ListRow],
    selected: Option<&Narrow>,
    groups: Option<&Scope>,
    state: &State,
    shell: &Shell,
) -> Result<Vec<Line>, Refusal> {
    let ids: Vec<i64> = rows.iter().map(|row| row.user.id).collect();
    let without: Vec<i64> = rows.iter().filter(|row| row.signs_in_without).map(|row| row.user.id).collect();
    let facts = Facts {
        required: match without.is_empty() {
            true => BTreeSet::new(),
            false => roles::actions::tfa_required_of(conn, &without)?,
        },
        customers: if state.shows("customer") {
            queries::customer_names(conn, rows.iter().map(|row| row.user.customer_id))?
        } else {
            BTreeMap::new()
        },
        groups: match groups.filter(|_| state.shows("groups")) {
            Some(scope) => groups::queries::group_names(conn, scope, &ids)?,
            None => BTreeMap::new(),
        },
    };
    let ticked = match selected {
        Some(selected) => queries::among(conn, selected, &ids)?,
        None => BTreeSet::new(),
    };
    let terms = Terms::of(&state.q);
    let line = |row: &ListRow| Line {
        id: row.user.id,
        title: row.user.title().to_owned(),
        href: format!("/users/{}", row.user.id),
        ticked: Some(ticked.contains(&row.user.id)),
        cells: state.columns.iter().map(|column| cell(row, column, &terms, &facts, shell)).collect(),
    };
    Ok(rows.iter().map(line).collect())
}

/// Tooltip of "Not active": whether 2FA is required of this user.
pub fn tfa_title(tfa: TfaStatus, may_sign_in: bool, required: bool) -> &'static str {
    match (tfa, may_sign_in, required) {
        (TfaStatus::Active, _, _) => "Two-factor authentication is set up",
        (TfaStatus::NotActive, true, true) => "Not set up yet; required at the next sign-in",
        (TfaStatus::NotActive, true, false) => "Not set up yet; not required",
        (TfaStatus::NotActive, false, _) => "Not set up; not required, as this user may not sign in",
        (TfaStatus::NotConfigured, _, _) => "Reset by an administrator; set-up is due at the next sign-in",
        (TfaStatus::NotAvailable, _, _) => {
            "The directory or identity provider that this user comes from looks after it"
        }
    }
}

pub fn tfa_tone(tfa: TfaStatus) -> &'static str {
    match tfa {
        TfaStatus::Active => "good",
        TfaStatus::NotActive => "neutral",
        TfaStatus::NotConfigured => "warn",
        TfaStatus::NotAvailable => "neutral",
    }
}

fn cell(row: &ListRow, column: &'static Column, terms: &Terms, facts: &Facts, shell: &Shell) -> Cell {
    let user = &row.user;
    let marked = |text: &str, pieces: fn(&str, &Terms) -> Vec<Piece>| match terms.is_empty() {
        true => Cell::text(column, text.to_owned()),
        false => Cell::text(column, text.to_owned()).marked(pieces(text, terms)),
    };
    let time = |at: i64, never: &'static str| match at {
        0 => Cell::absent(column, never),
        at => Cell::time(column, at, shell.date(&at)),
    };
    match column.key {
        "name" => marked(user.title(), pieces),
        "email" => marked(&user.email, pieces),
        "phone" if user.phone.is_empty() => Cell::absent(column, "N/A"),
        "phone" => marked(&user.phone, phone_pieces),
        "devices" => Cell::text(column, grouped(user.device_count)),
        "tfa" => {
            let title = tfa_title(user.tfa(), row.signs_in_without, facts.required.contains(&user.id));
            Cell::badge(column, user.tfa().as_str(), tfa_tone(user.tfa()), title)
        }
        "last-login" => time(user.last_login_at, "Not logged in yet"),
        "customer" => Cell::text(column, facts.customers.get(&user.customer_id).cloned().unwrap_or_default()),
        "groups" => match facts.groups.get(&user.id) {
            Some(names) => Cell::text(column, names.join(", ")),
            None => Cell::absent(column, "None"),
        },
        "status" => {
            let tone = if user.status() == Status::Active { "good" } else { "bad" };
            Cell::badge(column, user.status().as_str(), tone, "")
        }
        "source" if user.is_local() => Cell::text(column, user.source().as_str()),
        "source" => Cell::text(column, user.domain.clone()),
        _ => time(user.created_at, ""),
    }
}

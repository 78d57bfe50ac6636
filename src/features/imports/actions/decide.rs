//! The verdict on staged rows: what would become of each, for this person, now.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::groups::Groups;
use crate::access::permit::{DeleteUsers, ImportUsers};
use crate::access::{Permit, Rights, Scope};
use crate::db::Conn;
use crate::db::schema::expected_devices;
use crate::features::imports::model::{Fields, Options, RowChoice, StagedChange, StagedRow, Verdict};
use crate::features::imports::plan::{Current, Existing, decide};
use crate::features::imports::queries;
use crate::features::imports::reason::Reason;
use crate::features::roles::actions::outranks;
use crate::features::roles::model::Role;
use crate::features::users::input::Ownership;
use crate::features::users::model::{Stored, User};
use crate::refusal::Refusal;

/// What is known about the users whose addresses stand in some rows.
pub(super) struct Known {
    users: BTreeMap<String, User>,
    rights: BTreeMap<i64, Rights>,
    devices: BTreeSet<(i64, String)>,
    groups: Groups,
}

impl Known {
    pub fn of(conn: &mut Conn, rows: &[StagedRow]) -> Result<Known, Refusal> {
        let fields: Vec<Fields> = rows.iter().map(StagedRow::fields).collect();
        Known::with(conn, rows.iter().map(|row| row.email_key.as_str()).collect(), fields.iter())
    }

    /// `fields`: what the rows say.
    pub fn with<'f>(
        conn: &mut Conn,
        keys: BTreeSet<&str>,
        fields: impl Iterator<Item = &'f Fields>,
    ) -> Result<Known, Refusal> {
        let keys: Vec<&str> = keys.into_iter().collect();
        let users: BTreeMap<String, User> =
            queries::users_with(conn, &keys)?.into_iter().map(|user| (user.email_key.clone(), user)).collect();
        let ids: Vec<i64> = users.values().map(|user| user.id).collect();
        let groups = Groups::of(conn, fields, &ids)?;
        if ids.is_empty() {
            return Ok(Known { users, rights: BTreeMap::new(), devices: BTreeSet::new(), groups });
        }
        let devices: Vec<(i64, String)> = expected_devices::table
            .filter(expected_devices::user_id.eq_any(&ids))
            .filter(expected_devices::is_gone.eq(false))
            .select((expected_devices::user_id, expected_devices::identity))
            .load(conn)?;
        Ok(Known { rights: Rights::of(conn, &ids)?, devices: devices.into_iter().collect(), users, groups })
    }

    pub fn user(&self, row: &StagedRow) -> Option<&User> {
        self.users.get(&row.email_key)
    }

    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    pub fn has_device(&self, user: &User, identity: &str) -> bool {
        self.devices.contains(&(user.id, identity.to_owned()))
    }

    /// Why this person may not write over that user, if so.
    pub fn obstacle(&self, permit: &Permit<ImportUsers>, user: &User) -> Option<String> {
        if !permit.scope().contains(user.customer_id) {
            return Some(NOT_AVAILABLE.into());
        }
        if !user.is_local() {
            return Some(format!("{} comes from {}; details are changed there.", user.title(), user.domain));
        }
        if let Err(refusal) = outranks(permit.rights(), self.rights.get(&user.id)) {
            return Some(refusal.to_string());
        }
        let may_restore = permit.also::<DeleteUsers>().is_ok_and(|permit| permit.scope().contains(user.customer_id));
        (user.deleted_at != 0 && !may_restore)
            .then(|| "This is the address of a deleted user, whom you may not restore.".into())
    }
}

/// All that somebody may know of an address that is taken outside their customers.
pub(super) const NOT_AVAILABLE: &str = "This e-mail address is not available here.";

/// What an import may change about a user, as they are now.
pub(super) fn current(user: &User) -> Current {
    Current { name: user.name.clone(), phone: user.phone.clone(), ownership: Ownership::from_number(user.ownership) }
}

/// Judges rows of one import. `home`: the customer of new users; `counting`: the row that counts for each address. Says how many addresses are taken outside the scope.
pub(super) fn judge(
    permit: &Permit<ImportUsers>,
    options: &Options,
    known: &Known,
    home: i64,
    counting: &BTreeMap<String, i64>,
    rows: &mut [StagedRow],
) -> usize {
    let mut outside = 0;
    for row in rows {
        let user = known.user(row);
        row.user_id = user.filter(|user| permit.scope().contains(user.customer_id)).map_or(0, |user| user.id);
        row.counts_row = counting.get(&row.email_key).copied().filter(|counts| *counts != row.row).unwrap_or(0);
        let (verdict, changes, reasons) = one(permit, options, known, home, user, row);
        outside += usize::from(reasons.iter().any(|reason| reason.message == NOT_AVAILABLE));
        row.verdict = verdict.number();
        row.changes = serde_json::to_string(&changes).unwrap_or_default();
        row.reasons = serde_json::to_string(&reasons).unwrap_or_default();
    }
    outside
}

type Judged = (Verdict, Vec<StagedChange>, Vec<Reason>);

fn one(
    permit: &Permit<ImportUsers>,
    options: &Options,
    known: &Known,
    home: i64,
    user: Option<&User>,
    row: &StagedRow,
) -> Judged {
    let refused = |reason: Reason| (Verdict::Refused, Vec::new(), vec![reason]);
    let fields = row.fields();
    let mut changes = Vec::new();
    if let Some(device) =
        fields.device.as_ref().filter(|_| user.is_none_or(|user| !known.has_device(user, &row.device)))
    {
        changes.push(StagedChange { field: "device".into(), from: String::new(), to: device.title(), write: true });
    }
    if row.counts_row != 0 {
        return (Verdict::Repeated, changes, Vec::new());
    }
    let Some(user) = user else {
        if let Some(reason) = known.groups.obstacle(permit, home, &fields.groups) {
            return refused(Reason::new("groups", reason));
        }
        changes.extend(known.groups.change(None, &fields.groups, Existing::Replace));
        return (Verdict::New, changes, Vec::new());
    };
    let parsed = match fields.parsed(row.row) {
        Ok(parsed) => parsed,
        Err(error) => return refused(error.into()),
    };
    let existing = match row.choice() {
        RowChoice::Existing(existing) => existing,
        _ => options.existing,
    };
    changes.splice(
        0..0,
        decide(&parsed, &current(user), existing).into_iter().map(|(change, write)| StagedChange::of(change, write)),
    );
    let joins = known.groups.change(Some(user), &fields.groups, existing);
    let adds = joins.as_ref().is_some_and(|change| change.write);
    changes.extend(joins);
    let restore = user.deleted_at != 0
        && match row.choice() {
            RowChoice::Restore => true,
            RowChoice::LeaveDeleted => false,
            _ => options.restore,
        };
    let writes = changes.iter().any(|change| change.write);
    // What one may not even see is refused whatever the row would do.
    let outside = !permit.scope().contains(user.customer_id);
    if (outside || restore || (user.deleted_at == 0 && writes))
        && let Some(reason) = known.obstacle(permit, user)
    {
        // Who it is about is said by the address.
        return refused(Reason::new("email", reason));
    }
    if adds
        && (restore || user.deleted_at == 0)
        && let Some(reason) = known.groups.obstacle(permit, user.customer_id, &fields.groups)
    {
        return refused(Reason::new("groups", reason));
    }
    let verdict = match (user.deleted_at != 0, restore, writes, changes.is_empty()) {
        (true, true, _, _) => Verdict::Restore,
        (true, false, _, _) => Verdict::Deleted,
        (false, _, true, _) => Verdict::Change,
        (false, _, false, false) => Verdict::Kept,
        (false, _, false, true) => Verdict::Unchanged,
    };
    (verdict, changes, Vec::new())
}

/// Whether somebody may give a role to the users they import into a customer: only what they hold themselves, and a role that may sign in only
/// if they may assign roles.
pub fn may_give_role(
    conn: &mut Conn,
    permit: &Permit<ImportUsers>,
    role: &Role,
    customer_id: i64,
) -> Result<bool, Refusal> {
    let given = Rights::of_role(conn, role.id, &role.builtin, &role_scope(role, customer_id))?;
    let assigns = permit.rights().allow(crate::access::Permission::AssignRoles, customer_id);
    Ok(permit.rights().cover(&given) && (!role.may_sign_in || assigns))
}

/// Where an imported user holds their role: one that permits something, in their own customer only.
pub fn role_scope(role: &Role, customer_id: i64) -> Scope {
    if role.may_sign_in { Scope::of([customer_id]) } else { Scope::All }
}

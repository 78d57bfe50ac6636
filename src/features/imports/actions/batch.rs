//! One batch of an import, written in one transaction: people, what hangs on them, what was and what is, and how far the import has got.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use serde_json::json;

use super::decide::{Known, current, may_give_role, role_scope};
use super::groups::FIELD;
use super::ready::Ready;
use crate::access::permit::ImportUsers;
use crate::access::{BuiltIn, Origin, Permit, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{expected_devices, role_assignment_customers, role_assignments, users};
use crate::each_backend;
use crate::features::customers::model::Customer;
use crate::features::groups::input::in_a_cell;
use crate::features::imports::model::{Applied, DeviceFields, Fields, Import, StagedRow, Verdict};
use crate::features::imports::queries;
use crate::features::operations;
use crate::features::operations::model::Counted;
use crate::features::operations::model::Row as OperationRow;
use crate::features::operations::model::Verdict as Outcome;
use crate::features::roles;
use crate::features::roles::model::Role;
use crate::features::users::actions::bulk::membership;
use crate::features::users::actions::invite_all;
use crate::features::users::input::Ownership;
use crate::features::users::model::{Contact, Home, Stored, User, sort_key};
use crate::features::users::queries as people;
use crate::features::{customers, groups};
use crate::jobs::Hold;
use crate::refusal::Refusal;

/// Devices to one statement.
const TO_A_STATEMENT: usize = 50;

/// What every batch of an import knows.
struct Batch<'a> {
    app: &'a App,
    permit: Permit<ImportUsers>,
    customer: Customer,
    role: Role,
    operation_id: i64,
    known: &'a Known,
    applied: Applied,
    log: Vec<OperationRow>,
    devices: Vec<(i64, String, DeviceFields, Option<Ownership>)>,
    /// Whose further devices come in this batch, with what they are called.
    further: Vec<(i64, Fields, String)>,
}

/// Where new users go, and as what: looked up anew each time, since rights count when they are used.
///
/// # Errors
/// The customer is not there for the importer any more, or they may not give that role.
pub(super) fn destination(
    conn: &mut Conn,
    permit: &Permit<ImportUsers>,
    customer_id: i64,
    role_id: i64,
) -> Result<(Customer, Role), Refusal> {
    let customer = match customer_id {
        0 => customers::queries::first(conn, permit.scope()),
        id => customers::queries::find_open(conn, permit.scope(), id),
    };
    let customer = customer.map_err(|_| Refusal::field("customer", "Choose one of the customers."))?;
    let role = match role_id {
        0 => roles::queries::built_in(conn, BuiltIn::Users)?,
        id => roles::queries::find(conn, id).map_err(|_| Refusal::field("role", "Choose one of the roles."))?,
    };
    match may_give_role(conn, permit, &role, customer.id)? {
        true => Ok((customer, role)),
        false => Err(Refusal::field(
            "role",
            format!(
                "You can only give what you hold yourself, and “{}” permits more than you may do there.",
                role.name
            ),
        )),
    }
}

/// Writes one batch and how far the import has got with it. `whole`: refuse all of it if one row moved.
///
/// # Errors
/// A conflict when the job is not ours any more, or (if `whole`) when a row moved.
pub(super) fn write(
    conn: &mut Conn,
    app: &App,
    hold: &Hold,
    origin: &Origin,
    import: &Import,
    rows: &[Ready],
    whole: bool,
) -> Result<(), Refusal> {
    let permit = Permit::<ImportUsers>::of_absent(conn, origin.clone())?;
    let options = import.options();
    let (customer, role) = destination(conn, &permit, options.customer_id, options.role_id)?;
    let keys = rows.iter().map(|ready| ready.row.email_key.as_str()).collect();
    let known = Known::with(conn, keys, rows.iter().map(|ready| &ready.fields))?;
    let mut counts = import.counts();
    let mut batch = Batch {
        app,
        permit,
        customer,
        role,
        operation_id: import.operation_id.unwrap_or(0),
        known: &known,
        applied: counts.applied,
        log: Vec::with_capacity(rows.len()),
        devices: Vec::new(),
        further: Vec::new(),
    };
    batch.people(conn, rows)?;
    if whole && batch.applied.skipped > 0 {
        let why = batch
            .log
            .iter()
            .find(|row| row.verdict == Outcome::Skipped.number())
            .map(|row| format!("{}: {}", row.label, row.reason));
        return Err(Refusal::Conflict(why.unwrap_or_default()));
    }
    if let Some(last) = rows.last() {
        batch.applied.row = last.row.row;
    }
    let applied = batch.applied;
    let done = applied.added + applied.changed + applied.restored;
    operations::queries::add_rows(conn, &batch.log)?;
    operations::queries::progress(conn, import.operation_id.unwrap_or(0), done, applied.skipped)?;
    let (dealt_with, planned) = (done + applied.skipped, applied.planned);
    counts.applied = applied;
    queries::set_counts(conn, import.id, &counts)?;
    hold.note(conn, dealt_with, planned)
}

impl Batch<'_> {
    fn people(&mut self, conn: &mut Conn, rows: &[Ready]) -> Result<(), Refusal> {
        let mut new: Vec<&Ready> = Vec::new();
        for ready in rows {
            let Ready { row, fields, .. } = ready;
            match (row.verdict(), self.known.user(row)) {
                (Some(Verdict::New), None) => {
                    match self.known.groups().obstacle(&self.permit, self.customer.id, &fields.groups) {
                        None => new.push(ready),
                        Some(why) => self.skip(row, fields, 0, &why),
                    }
                }
                (Some(Verdict::New), Some(user)) => {
                    self.skip(row, fields, user.id, "Somebody else has got this address meanwhile.")
                }
                (Some(Verdict::Change | Verdict::Restore), Some(user)) => self.existing(conn, row, fields, user)?,
                (Some(Verdict::Repeated), user) => self.further_device(row, fields, user),
                _ => self.skip(row, fields, 0, "This user is not there any more."),
            }
        }
        self.add(conn, &new)?;
        self.log_further(conn)?;
        self.write_devices(conn)
    }

    fn skip(&mut self, row: &StagedRow, fields: &Fields, user_id: i64, reason: &str) {
        self.applied.skipped += 1;
        // Without a user the row itself is what was skipped; no user has a negative id.
        let object_id = if user_id == 0 || reason.contains("meanwhile") { -row.row } else { user_id };
        self.log(Outcome::Skipped, object_id, fields, (json!({}), json!({})), reason);
    }

    fn log(
        &mut self,
        verdict: Outcome,
        object_id: i64,
        fields: &Fields,
        (before, after): (serde_json::Value, serde_json::Value),
        reason: &str,
    ) {
        self.log.push(OperationRow {
            operation_id: self.operation_id,
            object_id,
            label: format!("{} <{}>", fields.name, fields.email),
            verdict: verdict.number(),
            before: before.to_string(),
            after: after.to_string(),
            reason: reason.into(),
        });
    }

    /// Adds new users with their role. Whoever's address was taken between the look and the write is skipped.
    fn add(&mut self, conn: &mut Conn, new: &[&Ready]) -> Result<(), Refusal> {
        if new.is_empty() {
            return Ok(());
        }
        let home = Home { id: self.customer.id, key: self.customer.name_key.clone() };
        let now = self.permit.now();
        let values = new.iter().map(|ready| ready.new_user(&home, now)).collect::<Result<Vec<_>, Refusal>>()?;
        let ids = people::insert_all(conn, &values)?;
        let added: Vec<i64> = ids.iter().flatten().copied().collect();
        self.give_role(conn, &added)?;
        if self.role.may_sign_in {
            invite_all(conn, self.app, self.permit.origin(), &added, &BTreeSet::new())?;
        }
        let count = i64::try_from(added.len()).unwrap_or(0);
        people::count(conn, self.customer.id, (count, 0))?;
        self.applied.added += count;
        let mut joining: BTreeMap<i64, Vec<(i64, &str)>> = BTreeMap::new();
        for ((Ready { row, fields, .. }, id), made) in new.iter().zip(ids).zip(&values) {
            let Some(id) = id else {
                self.skip(row, fields, 0, "Somebody else has got this address meanwhile.");
                continue;
            };
            let mut after = json!({
                "exists": true, "name": fields.name, "email": fields.email, "phone": fields.phone, "ownership": fields.ownership,
                "customer": self.customer.id, "role": self.role.id,
            });
            for group in self.known.groups().to_join(self.customer.id, &[], &fields.groups) {
                joining.entry(group).or_default().push((id, &made.name_key));
                after[membership(group)] = true.into();
            }
            self.log(Outcome::Change, id, fields, (json!({ "exists": false }), after), "");
            self.note_device(row, fields, id);
        }
        for (group, members) in joining {
            groups::queries::add_members(conn, group, &members, now)?;
        }
        Ok(())
    }

    fn give_role(&self, conn: &mut Conn, user_ids: &[i64]) -> Result<(), Refusal> {
        let scope = role_scope(&self.role, self.customer.id);
        let (role, everywhere, now) = (self.role.id, scope == Scope::All, self.permit.now());
        let columns = (
            role_assignments::user_id,
            role_assignments::role_id,
            role_assignments::all_customers,
            role_assignments::created_at,
        );
        each_backend!(conn, c => {
            let given = users::table.filter(users::id.eq_any(user_ids)).select((
                users::id,
                role.into_sql::<BigInt>(),
                everywhere.into_sql::<Bool>(),
                now.into_sql::<BigInt>(),
            ));
            diesel::insert_into(role_assignments::table).values(given).into_columns(columns).execute(c)
        })?;
        if everywhere {
            return Ok(());
        }
        let made: Vec<i64> = role_assignments::table
            .filter(role_assignments::user_id.eq_any(user_ids))
            .filter(role_assignments::role_id.eq(self.role.id))
            .select(role_assignments::id)
            .load(conn)?;
        let limits: Vec<_> = made
            .into_iter()
            .map(|id| {
                (
                    role_assignment_customers::assignment_id.eq(id),
                    role_assignment_customers::customer_id.eq(self.customer.id),
                )
            })
            .collect();
        each_backend!(conn, c => diesel::insert_into(role_assignment_customers::table).values(&limits).execute(c))?;
        Ok(())
    }

    /// Changes or restores a user, if they are still as the preview showed them.
    fn existing(&mut self, conn: &mut Conn, row: &StagedRow, fields: &Fields, user: &User) -> Result<(), Refusal> {
        if let Some(reason) = self.known.obstacle(&self.permit, user) {
            self.skip(row, fields, user.id, &reason);
            return Ok(());
        }
        let restores = row.verdict() == Some(Verdict::Restore);
        if restores != (user.deleted_at != 0) {
            let what = if restores { "This user was restored meanwhile." } else { "This user was deleted meanwhile." };
            self.skip(row, fields, user.id, what);
            return Ok(());
        }
        let now = current(user);
        let changes: Vec<_> =
            row.changes().into_iter().filter(|change| change.write && change.field != "device").collect();
        let held = self.known.groups().held(user);
        let is = |field: &str| match field {
            FIELD => in_a_cell(held),
            "name" => now.name.clone(),
            "phone" => now.phone.clone(),
            _ => now.ownership.map(Ownership::as_str).unwrap_or_default().to_owned(),
        };
        if let Some(moved) = changes.iter().find(|change| is(&change.field) != change.from) {
            self.skip(row, fields, user.id, &format!("{} was changed meanwhile.", moved.label()));
            return Ok(());
        }
        let joins = changes.iter().any(|change| change.field == FIELD);
        if joins && let Some(why) = self.known.groups().obstacle(&self.permit, user.customer_id, &fields.groups) {
            self.skip(row, fields, user.id, &why);
            return Ok(());
        }
        let to = |field: &str| changes.iter().find(|change| change.field == field).map(|change| change.to.clone());
        let (name, phone) = (to("name"), to("phone"));
        if name.is_some() || phone.is_some() {
            people::update_contact(
                conn,
                user,
                &Contact::changed(user, name.as_deref(), phone.as_deref()),
                self.permit.now(),
            )?;
        }
        if to("ownership").is_some() {
            let ownership = fields.ownership.map_or(0, Stored::number);
            people::update_fields(conn, user.id, user.status, user.tfa, ownership, self.permit.now())?;
        }
        if restores {
            people::restore(conn, user, self.permit.now())?;
            self.applied.restored += 1;
        } else {
            self.applied.changed += 1;
        }
        let plain = || changes.iter().filter(|change| change.field != FIELD);
        let mut before: serde_json::Map<String, serde_json::Value> =
            plain().map(|change| (change.field.clone(), change.from.clone().into())).collect();
        let mut after: serde_json::Map<String, serde_json::Value> =
            plain().map(|change| (change.field.clone(), change.to.clone().into())).collect();
        if restores {
            before.insert("deleted".into(), true.into());
            after.insert("deleted".into(), false.into());
        }
        if joins {
            let name_key = sort_key(name.as_deref().unwrap_or(&user.name), &user.email);
            for group in self.known.groups().to_join(user.customer_id, held, &fields.groups) {
                groups::queries::add_members(conn, group, &[(user.id, &name_key)], self.permit.now())?;
                before.insert(membership(group), false.into());
                after.insert(membership(group), true.into());
            }
        }
        if self.note_device(row, fields, user.id) {
            let device = fields.device.as_ref().map(DeviceFields::title).unwrap_or_default();
            after.insert("device".into(), device.into());
        }
        self.log(Outcome::Change, user.id, fields, (before.into(), after.into()), "");
        Ok(())
    }

    /// A row that another one counts for may name one more device of the same user.
    fn further_device(&mut self, row: &StagedRow, fields: &Fields, user: Option<&User>) {
        let Some(user) = user else { return };
        if user.deleted_at == 0
            && self.known.obstacle(&self.permit, user).is_none()
            && self.note_device(row, fields, user.id)
        {
            let device = fields.device.as_ref().map(DeviceFields::title).unwrap_or_default();
            self.further.push((user.id, fields.clone(), device));
        }
    }

    /// Whoever only got a further device stands among the rows of the operation too, so that it can be taken back.
    fn log_further(&mut self, conn: &mut Conn) -> Result<(), Refusal> {
        let further = std::mem::take(&mut self.further);
        if further.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = further.iter().map(|(user_id, ..)| *user_id).collect();
        let there = operations::queries::changes_among(conn, self.operation_id, &ids)?;
        let mut there: BTreeSet<i64> = there.iter().map(|row| row.object_id).collect();
        let mut count = 0;
        for (user_id, fields, device) in further {
            if there.insert(user_id) {
                self.log(Outcome::Change, user_id, &fields, (json!({}), json!({ "device": device })), "");
                count += 1;
            }
        }
        self.applied.changed += count;
        self.applied.planned += count;
        let operation = operations::queries::find(conn, self.operation_id)?;
        let more = Counted { change: count, ..Counted::default() };
        operations::queries::set_planned(conn, &operation, more).map(drop)
    }

    fn note_device(&mut self, row: &StagedRow, fields: &Fields, user_id: i64) -> bool {
        let Some(device) = &fields.device else { return false };
        self.devices.push((user_id, row.device.clone(), device.clone(), fields.ownership));
        true
    }

    /// What an undo took away makes room for what comes anew.
    fn clear_gone(&self, conn: &mut Conn, coming: &BTreeSet<(i64, String)>) -> Result<(), Refusal> {
        let users: BTreeSet<i64> = coming.iter().map(|(user_id, _)| *user_id).collect();
        let users: Vec<i64> = users.into_iter().collect();
        let gone: Vec<(i64, i64, String)> = expected_devices::table
            .filter(expected_devices::user_id.eq_any(&users))
            .filter(expected_devices::is_gone.eq(true))
            .select((expected_devices::id, expected_devices::user_id, expected_devices::identity))
            .load(conn)?;
        let back = gone.into_iter().filter(|(_, user_id, identity)| coming.contains(&(*user_id, identity.clone())));
        let back: Vec<i64> = back.map(|(id, ..)| id).collect();
        if !back.is_empty() {
            diesel::delete(expected_devices::table.filter(expected_devices::id.eq_any(back))).execute(conn)?;
        }
        Ok(())
    }

    fn write_devices(&mut self, conn: &mut Conn) -> Result<(), Refusal> {
        let mut seen = BTreeSet::new();
        let now = self.permit.now();
        let values: Vec<_> = std::mem::take(&mut self.devices)
            .into_iter()
            .filter(|(user_id, identity, _, _)| seen.insert((*user_id, identity.clone())))
            .map(|(user_id, identity, device, ownership)| {
                (
                    expected_devices::user_id.eq(user_id),
                    expected_devices::identity.eq(identity),
                    expected_devices::name.eq(device.name),
                    expected_devices::serial.eq(device.serial),
                    expected_devices::platform.eq(device.platform.map_or(0, Stored::number)),
                    expected_devices::ownership.eq(ownership.map_or(0, Stored::number)),
                    expected_devices::created_at.eq(now),
                    expected_devices::operation_id.eq(self.operation_id),
                )
            })
            .collect();
        self.clear_gone(conn, &seen)?;
        for portion in values.chunks(TO_A_STATEMENT) {
            let portion = portion.to_vec();
            let made = each_backend!(conn, c => diesel::insert_into(expected_devices::table).values(&portion).on_conflict_do_nothing().execute(c))?;
            self.applied.devices += i64::try_from(made).unwrap_or(0);
        }
        Ok(())
    }
}

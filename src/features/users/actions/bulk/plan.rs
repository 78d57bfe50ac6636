//! Writing plans: what will become of each user. Small ones at once, large ones by the job `operation.plan`, in batches whose time is bounded.

use std::collections::BTreeSet;

use super::edit::Edit;
use super::fields::{Field, Fields, Person, expected_device, inverse, with_expected_device};
use super::group_rows;
use super::judge::{Asked, LAST_ADMINISTRATOR, Memberships, People, spared};
use super::{absent, may};
use crate::access::Permit;
use crate::access::permit::ViewUsers;
use crate::db::Conn;
use crate::features::operations::model::{Background, Counted, Kind, Operation, PlannedRow, Row, State, Verdict};
use crate::features::operations::{actions as operations, queries as rows};
use crate::features::users::actions::selection;
use crate::features::users::input::TfaStatus;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::features::{groups, selections, sign_in};
use crate::jobs::{End, Hold, Running};
use crate::refusal::Refusal;

/// A search is evaluated once for so many, since each evaluation may look at all it hits.
const READ: i64 = 20_000;
/// So many rows are written at a time: some 50 ms.
const BATCH: usize = 1_000;

/// What is wanted of everybody who is named.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    Delete,
    Restore,
    ResetTwoFactor,
    /// A mail with a link to choose a password.
    MailLink,
    Edit(Edit),
}

impl Wish {
    /// That of an operation whose plan is to be written; None: it takes another one back.
    fn of(operation: &Operation) -> Option<Wish> {
        match operation.kind()? {
            Kind::DeleteUsers => Some(Wish::Delete),
            Kind::RestoreUsers => Some(Wish::Restore),
            Kind::ResetTwoFactor => Some(Wish::ResetTwoFactor),
            Kind::MailLinks => Some(Wish::MailLink),
            Kind::EditUsers | Kind::AddToGroups | Kind::RemoveFromGroups => {
                Some(Wish::Edit(serde_json::from_value(operation.background()?.wanted).unwrap_or_default()))
            }
            Kind::DeleteGroups => Some(Wish::leaving(operation.groups())),
            Kind::ImportUsers | Kind::Undo => None,
        }
    }

    /// That somebody leaves these groups, as far as they are in them.
    pub(super) fn leaving(groups: Vec<i64>) -> Wish {
        Wish::Edit(Edit { leave: groups, ..Edit::default() })
    }

    /// What has to be known of people to tell what becomes of them.
    fn asks(&self) -> Asked {
        let Wish::Edit(edit) = self else { return Asked::default() };
        let named: BTreeSet<i64> = edit.join.iter().chain(&edit.leave).copied().collect();
        let groups = match edit.customer {
            Some(_) => Memberships::All,
            None if named.is_empty() => Memberships::None,
            None => Memberships::Of(named),
        };
        Asked { roles: edit.is_about_roles(), groups }
    }

    fn fields(&self, person: Person<'_>) -> Fields {
        match self {
            Wish::Delete => Fields::one(Field::Deleted, "yes"),
            Wish::Restore => Fields::one(Field::Deleted, "no"),
            Wish::ResetTwoFactor => Fields::one(Field::TwoFactor, TfaStatus::NotConfigured.as_str()),
            Wish::MailLink => {
                let first = sign_in::actions::is_first_password(person.user);
                Fields::one(Field::Link, if first { "activation" } else { "recovery" })
            }
            Wish::Edit(edit) => edit.fields(person),
        }
    }
}

/// What a row calls somebody.
fn label(user: &User) -> String {
    if user.name.is_empty() { user.email.clone() } else { format!("{} <{}>", user.name, user.email) }
}

/// Plans the same for some users.
pub(super) fn alike(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    wish: &Wish,
    ids: &[i64],
) -> Result<Vec<PlannedRow>, Refusal> {
    let people = People::of(conn, permit.scope(), ids, &wish.asks())?;
    let mut planned = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(person) = people.person(*id) else { continue };
        let user = person.user;
        let mut wanted = wish.fields(person);
        let mut now = wanted.now(person);
        planned.push(match wish {
            Wish::Delete if now == wanted => PlannedRow::skipped(*id, label(user), "Deleted already."),
            Wish::Restore if now == wanted => PlannedRow::skipped(*id, label(user), "Not deleted."),
            // Done once more, it gives another 24 hours.
            _ if now == wanted && !matches!(wish, Wish::ResetTwoFactor) => PlannedRow::unchanged(*id, label(user)),
            _ => match people.fault(conn, permit, *id, (&Fields::default(), &wanted))? {
                Some(why) => PlannedRow::skipped(*id, label(user), why),
                None => {
                    if now != wanted {
                        wanted.0.retain(|field, value| now.get(*field) != Some(value));
                    }
                    now.0.retain(|field, _| wanted.get(*field).is_some());
                    PlannedRow::change(*id, label(user), now.json(), wanted.json())
                }
            },
        });
    }
    Ok(planned)
}

/// Plans to take rows of another operation back, as far as nothing has happened to them since.
pub(super) fn backwards(conn: &mut Conn, permit: &Permit<ViewUsers>, done: &[Row]) -> Result<Vec<PlannedRow>, Refusal> {
    let ids: Vec<i64> = done.iter().map(|row| row.object_id).collect();
    let wishes: Vec<(Fields, Fields)> = done.iter().map(|row| inverse(&row.before, &row.after)).collect();
    let people = People::of(conn, permit.scope(), &ids, &Asked::by(wishes.iter().map(|(expected, _)| expected)))?;
    let returning = returning(conn, permit, &people, done)?;
    let people = people.with_returning(returning);
    let mut planned = Vec::with_capacity(done.len());
    for (row, (expected, wanted)) in done.iter().zip(wishes) {
        let id = row.object_id;
        // The other way round.
        if id < 0 {
            planned.push(group_rows::planned(conn, permit, &people, id, (&expected, &wanted))?);
            continue;
        }
        let (is, was) = expected_device(&row.before, &row.after).unwrap_or_default();
        let Some(person) = people.person(id) else {
            planned.push(PlannedRow::skipped(id, format!("User {id}"), "Not there any more."));
            continue;
        };
        let user = person.user;
        let about_device = wanted.0.is_empty() && is != was;
        planned.push(if wanted.0.is_empty() && !about_device {
            PlannedRow::skipped(id, label(user), "There is nothing to take back.")
        } else if !about_device && wanted.now(person) == wanted {
            PlannedRow::unchanged(id, label(user))
        } else {
            match people.fault(conn, permit, id, (&expected, &wanted))? {
                Some(why) => PlannedRow::skipped(id, label(user), why),
                None => {
                    let (before, after) = (expected.json(), wanted.json());
                    PlannedRow::change(
                        id,
                        label(user),
                        with_expected_device(before, &was),
                        with_expected_device(after, &is),
                    )
                }
            }
        });
    }
    Ok(planned)
}

/// The deleted groups that come back when rows of an operation are taken back: those that it deleted, as far as they can.
fn returning(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    people: &People,
    done: &[Row],
) -> Result<BTreeSet<i64>, Refusal> {
    let mut back = BTreeSet::new();
    let Some(undone) = done.first().map(|row| row.operation_id) else { return Ok(back) };
    for group in rows::find(conn, undone)?.groups() {
        let object = group_rows::object(group);
        for row in rows::changes_among(conn, undone, &[object])? {
            let (expected, wanted) = inverse(&row.before, &row.after);
            let returns = wanted.get(Field::Deleted) == Some("no");
            if returns && group_rows::fault(conn, permit, people, object, (&expected, &wanted))?.is_none() {
                back.insert(group);
            }
        }
    }
    Ok(back)
}

/// If everybody who administers the installation would be taken away, one of them stays.
pub(super) fn sparing_an_administrator(conn: &mut Conn, planned: &mut [PlannedRow]) -> Result<(), Refusal> {
    let going = |ids: &[i64]| {
        planned
            .iter()
            .filter(|row| row.verdict == Verdict::Change && ids.contains(&row.object_id))
            .map(|row| (row.object_id, Fields::read(&row.after.to_string())))
            .collect()
    };
    if let Some(id) = spared(conn, |_, ids| Ok(going(ids)))?
        && let Some(row) = planned.iter_mut().find(|row| row.object_id == id)
    {
        *row = PlannedRow::skipped(id, std::mem::take(&mut row.label), LAST_ADMINISTRATOR);
    }
    Ok(())
}

/// The job `operation.plan`.
pub fn run(running: &Running) -> Result<End, Refusal> {
    let id = running.job.subject_id;
    super::run::step(running, State::Planning, |operation| {
        let mut after = operation.background().unwrap_or_default().after;
        loop {
            let todo = running.app.db.read_now(|conn| next(conn, running, operation, after))?;
            let Some(last) = todo.last() else { break };
            after = last.last();
            for batch in todo {
                if let Some(end) = running.interrupted() {
                    return Ok(end);
                }
                // Looked at on a reader, so that only the writing holds up others.
                let planned = running.app.db.read_now(|conn| {
                    let permit = absent(conn, running)?;
                    may(operation, &permit)?;
                    batch.planned(conn, &permit, operation)
                })?;
                let (hold, upto) = (running.hold(), batch.last());
                running.app.db.write_batch_now(move |conn| write(conn, &hold, id, upto, &planned))?;
            }
        }
        let (origin, hold) = (running.app.db.read_now(|conn| running.origin(conn))?, running.hold());
        running.app.db.write_now(move |conn| {
            spare(conn, id)?;
            selections::actions::unpin(conn, id)?;
            let operation = rows::find(conn, id)?;
            let all = operation.planned + operation.unchanged + operation.skipped;
            hold.note(conn, all, all)?;
            operations::planned(conn, id, State::Planned, origin.at)
        })?;
        Ok(End::Done)
    })
}

/// What one transaction plans: never empty.
enum Batch {
    Users(Vec<i64>),
    Rows(Vec<Row>),
}

impl Batch {
    fn last(&self) -> i64 {
        match self {
            Batch::Users(ids) => ids.last().copied().unwrap_or_default(),
            Batch::Rows(rows) => rows.last().map_or(0, |row| row.object_id),
        }
    }

    fn planned(
        &self,
        conn: &mut Conn,
        permit: &Permit<ViewUsers>,
        operation: &Operation,
    ) -> Result<Vec<PlannedRow>, Refusal> {
        match (self, Wish::of(operation)) {
            (Batch::Users(ids), Some(wish)) => alike(conn, permit, &wish, ids),
            (Batch::Rows(done), _) => backwards(conn, permit, done),
            (Batch::Users(_), None) => Ok(Vec::new()),
        }
    }
}

/// What comes next behind `after`; empty at the end.
fn next(conn: &mut Conn, running: &Running, operation: &Operation, after: i64) -> Result<Vec<Batch>, Refusal> {
    if let Some(undone) = operation.undoes {
        let undone = rows::find(conn, undone)?;
        let done = rows::done(conn, &undone, after, i64::try_from(BATCH).unwrap_or(i64::MAX))?;
        return Ok(if done.is_empty() { Vec::new() } else { vec![Batch::Rows(done)] });
    }
    if operation.kind() == Some(Kind::DeleteGroups) {
        let ids = groups::queries::members_after(conn, &operation.groups(), after.max(0), READ)?;
        return Ok(ids.chunks(BATCH).map(|ids| Batch::Users(ids.to_vec())).collect());
    }
    let Some(kept) = selections::queries::pinned(conn, operation.id)? else { return Ok(Vec::new()) };
    let permit = absent(conn, running)?;
    // As of the moment at which it was asked for: "not for 30 days" means the same from the first row to the last.
    let selected = selection::of(conn, permit.scope(), operation.created_at, kept)?;
    let ids = queries::ids_after(conn, &selected.narrow, after, READ)?;
    Ok(ids.chunks(BATCH).map(|ids| Batch::Users(ids.to_vec())).collect())
}

fn write(conn: &mut Conn, hold: &Hold, id: i64, after: i64, planned: &[PlannedRow]) -> Result<(), Refusal> {
    let operation = rows::find(conn, id)?;
    let all = operations::add_planned(conn, id, planned)?;
    rows::set_background(conn, id, &Background { after, ..operation.background().unwrap_or_default() })?;
    hold.note(conn, all, 0)
}

fn spare(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    let going = |conn: &mut Conn, ids: &[i64]| {
        let rows = rows::changes_among(conn, id, ids)?;
        Ok(rows.into_iter().map(|row| (row.object_id, Fields::read(&row.after))).collect())
    };
    let Some(last) = spared(conn, going)? else { return Ok(()) };
    rows::skip(conn, id, &[(last, LAST_ADMINISTRATOR.into())])?;
    let operation = rows::find(conn, id)?;
    rows::set_planned(conn, &operation, Counted { change: -1, unchanged: 0, skipped: 1 }).map(drop)
}

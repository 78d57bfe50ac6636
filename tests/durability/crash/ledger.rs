//! What the clients were told, written down outside the server.

use std::collections::BTreeMap;

use diesel::prelude::*;
use muster::db::Db;
use muster::db::schema::{audit, operation_rows, operations, recovery_codes, role_assignments, users};

use super::operator::ROWS;

/// Somebody who is edited, by one client only.
#[derive(Debug)]
pub struct Hand {
    pub id: i64,
    /// The name that the server said it had written.
    pub name: String,
    /// One that it was sent and has not answered for.
    pub pending: Option<String>,
    pub edits: i64,
}

#[derive(Debug, Default)]
pub struct Ledger {
    pub hands: Vec<Hand>,
    /// Addresses of people who were created, and whether the server said so.
    pub created: Vec<(String, bool)>,
    /// Members whose sign-ins were answered, and how often.
    pub signed_in: BTreeMap<i64, i64>,
    /// Cookies of such sign-ins of the last round.
    pub cookies: Vec<String>,
    /// Imports that were seen at their end, and whether their people were seen deleted.
    pub crowds: BTreeMap<u64, bool>,
}

impl Ledger {
    /// Compares the database with what was said; settles what was open.
    pub fn compare(&mut self, db: &Db, told: &str) {
        let (names, edits, made): (Vec<(i64, String)>, Vec<i64>, Vec<i64>) = db
            .read_snapshot_now(|conn| {
                let of = |action| audit::table.filter(audit::action.eq(action)).select(audit::object_id);
                Ok((
                    users::table.select((users::id, users::name)).load(conn)?,
                    of("user.edit").load(conn)?,
                    of("user.create").load(conn)?,
                ))
            })
            .unwrap();
        let names: BTreeMap<i64, String> = names.into_iter().collect();
        let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
        edits.iter().for_each(|id| *counts.entry(*id).or_default() += 1);
        for hand in &mut self.hands {
            let (name, told_of) = (&names[&hand.id], counts.get(&hand.id).copied().unwrap_or(0));
            match hand.pending.take() {
                Some(pending) if *name == pending => {
                    hand.edits += 1;
                    hand.name = pending;
                }
                _ => assert_eq!(*name, hand.name, "{told}: an acknowledged edit of {} is lost", hand.id),
            }
            assert_eq!(told_of, hand.edits, "{told}: edits of {} and their audit differ", hand.id);
        }
        self.compare_created(db, &made, told);
        self.compare_crowds(db, told);
        let spent: Vec<i64> = db
            .read_now(|conn| {
                let spent = recovery_codes::table.filter(recovery_codes::spent_at.gt(0));
                Ok(spent.select(recovery_codes::user_id).load(conn)?)
            })
            .unwrap();
        for (id, times) in &self.signed_in {
            let found = i64::try_from(spent.iter().filter(|user| *user == id).count()).unwrap();
            assert!(found >= *times, "{told}: member {id} signed in {times} times and spent {found} codes");
        }
    }

    fn compare_created(&mut self, db: &Db, made: &[i64], told: &str) {
        let found: Vec<(i64, String)> = db
            .read_now(|conn| {
                let theirs = users::table.filter(users::email_key.like("made%"));
                Ok(theirs.select((users::id, users::email)).load(conn)?)
            })
            .unwrap();
        let with_role: Vec<i64> =
            db.read_now(|conn| Ok(role_assignments::table.select(role_assignments::user_id).load(conn)?)).unwrap();
        for (email, acknowledged) in &mut self.created {
            let ids: Vec<i64> = found.iter().filter(|(_, found)| found == email).map(|(id, _)| *id).collect();
            assert!(!*acknowledged || ids.len() == 1, "{told}: {email} was acknowledged and is lost");
            for id in &ids {
                assert!(with_role.contains(id), "{told}: {email} is there without a role");
                assert!(made.contains(id), "{told}: {email} is there without a line of audit");
            }
            *acknowledged = !ids.is_empty();
        }
        assert_eq!(
            found.len(),
            self.created.iter().filter(|(_, there)| *there).count(),
            "{told}: somebody came from nowhere"
        );
    }

    /// Imports and deletions that have ended did exactly what they would have done without any kill.
    fn compare_crowds(&self, db: &Db, told: &str) {
        for (number, deleted) in &self.crowds {
            let theirs = users::table.filter(users::email_key.like(format!("crowd{number}-%")));
            let rows: Vec<i64> = db.read_now(|conn| Ok(theirs.select(users::deleted_at).load(conn)?)).unwrap();
            assert_eq!(rows.len(), ROWS, "{told}: import {number}");
            if *deleted {
                let left = rows.iter().filter(|deleted_at| **deleted_at == 0).count();
                assert_eq!(left, 0, "{told}: the deletion of crowd {number} left people behind");
            }
        }
        type Ended = (i64, String, i64);
        let (ended, told_of): (Vec<Ended>, Vec<i64>) = db
            .read_snapshot_now(|conn| {
                let done = operations::table.filter(operations::state.eq(3));
                Ok((
                    done.select((operations::id, operations::kind, operations::done)).load(conn)?,
                    audit::table.filter(audit::operation_id.ne(0)).select(audit::operation_id).load(conn)?,
                ))
            })
            .unwrap();
        for (id, kind, done) in &ended {
            assert_eq!(*done, i64::try_from(ROWS).unwrap(), "{told}: operation {id}, {kind}");
            assert_eq!(
                told_of.iter().filter(|operation| *operation == id).count(),
                1,
                "{told}: operation {id}, {kind}"
            );
            let rows: i64 = db
                .read_now(|conn| {
                    let theirs = operation_rows::table.filter(operation_rows::operation_id.eq(id));
                    Ok(theirs.count().get_result(conn)?)
                })
                .unwrap();
            assert_eq!(rows, *done, "{told}: rows of operation {id}, {kind}");
        }
        let of = |word: &str| ended.iter().filter(|(_, kind, _)| kind == word).count();
        assert!(of("users.import") >= self.crowds.len(), "{told}: an import that had ended is not ended");
        let gone = self.crowds.values().filter(|deleted| **deleted).count();
        assert!(of("users.delete") >= gone, "{told}: a deletion that had ended is not ended");
    }
}

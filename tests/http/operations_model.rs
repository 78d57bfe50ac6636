//! Planning, carrying out and undoing against a model of it, with edits by others in between, in an order that chance decides.

use std::collections::BTreeMap;

use diesel::prelude::*;
use muster::db::schema::operations;
use muster::features::users::input::Status;

use crate::support::{Person, Site};

/// What is known of a user: deleted, phone, active.
type Known = BTreeMap<&'static str, String>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Change(Known, Known),
    Unchanged,
    Skipped,
}

#[derive(Debug)]
struct Operation {
    address: String,
    edits: bool,
    ended: bool,
    rows: Vec<(usize, Verdict)>,
}

impl Operation {
    fn changes(&self) -> impl Iterator<Item = (usize, &Known, &Known)> {
        self.rows.iter().filter_map(|(user, verdict)| match verdict {
            Verdict::Change(before, after) => Some((*user, before, after)),
            _ => None,
        })
    }
}

/// What ought to be.
struct Model {
    users: Vec<Known>,
    operations: Vec<Operation>,
}

fn known(deleted: bool, phone: &str, active: bool) -> Known {
    BTreeMap::from([("deleted", deleted.to_string()), ("phone", phone.to_owned()), ("active", active.to_string())])
}

fn holds(user: &Known, fields: &Known) -> bool {
    fields.iter().all(|(field, value)| user[field] == *value)
}

impl Model {
    /// Whether a change from what is expected may still be made.
    fn fits(&self, user: usize, expected: &Known, wanted: &Known) -> bool {
        let user = &self.users[user];
        holds(user, expected) && (user["deleted"] == "false" || wanted.contains_key("deleted"))
    }

    fn alike(&self, users: &[usize], wanted: &Known) -> Vec<(usize, Verdict)> {
        let one = |user: &usize| {
            let now = &self.users[*user];
            if holds(now, wanted) {
                let deletes = wanted.contains_key("deleted");
                return (*user, if deletes { Verdict::Skipped } else { Verdict::Unchanged });
            }
            let wanted: Known = wanted.clone().into_iter().filter(|(field, value)| now[field] != *value).collect();
            let before = wanted.keys().map(|field| (*field, now[field].clone())).collect();
            (*user, Verdict::Change(before, wanted))
        };
        users.iter().map(one).collect()
    }

    fn backwards(&self, undone: usize) -> Vec<(usize, Verdict)> {
        let one = |(user, before, after): (usize, &Known, &Known)| {
            let verdict = if holds(&self.users[user], before) {
                Verdict::Unchanged
            } else if self.fits(user, after, before) {
                Verdict::Change(after.clone(), before.clone())
            } else {
                Verdict::Skipped
            };
            (user, verdict)
        };
        self.operations[undone].changes().map(one).collect()
    }

    /// Carries a plan out; false: it is refused whole.
    fn carry_out(&mut self, number: usize) -> bool {
        let operation = &self.operations[number];
        let refused = operation.ended
            || operation.edits && operation.rows.iter().any(|(_, verdict)| *verdict == Verdict::Skipped)
            || operation.changes().any(|(user, before, after)| !self.fits(user, before, after));
        if refused {
            return false;
        }
        let changes: Vec<(usize, Known)> = operation.changes().map(|(user, _, after)| (user, after.clone())).collect();
        for (user, after) in changes {
            self.users[user].extend(after);
        }
        self.operations[number].ended = true;
        true
    }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, number: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % number
    }

    fn some(&mut self, from: &[usize]) -> Vec<usize> {
        from.iter().copied().filter(|_| self.below(2) == 0).collect()
    }
}

fn counts(site: &Site, address: &str) -> (i64, i64, i64) {
    let id: i64 = address.rsplit('/').next().unwrap().parse().unwrap();
    site.read(|conn| {
        let columns = (operations::planned, operations::unchanged, operations::skipped);
        Ok(operations::table.find(id).select(columns).first(conn)?)
    })
}

fn planned(site: &Site, model: &mut Model, address: String, edits: bool, rows: Vec<(usize, Verdict)>) {
    let of = |wanted: fn(&Verdict) -> bool| rows.iter().filter(|(_, verdict)| wanted(verdict)).count() as i64;
    let expected = (
        of(|verdict| matches!(verdict, Verdict::Change(..))),
        of(|verdict| *verdict == Verdict::Unchanged),
        of(|verdict| *verdict == Verdict::Skipped),
    );
    assert_eq!(counts(site, &address), expected, "{address}: {rows:?}");
    model.operations.push(Operation { address, edits, ended: false, rows });
}

fn agrees(site: &Site, ids: &[i64], model: &Model, what: &str) {
    for (id, known_of) in ids.iter().zip(&model.users) {
        let user = site.user(*id);
        let now = known(user.deleted_at != 0, &user.phone, user.status() == Status::Active);
        assert_eq!(now, *known_of, "user {id} after {what}");
    }
}

fn tick(person: &Person<'_>, to: &str, ids: &[i64], users: &[usize]) -> crate::support::Answer {
    let ids: Vec<String> = users.iter().map(|user| ids[*user].to_string()).collect();
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    person.post(to, &form)
}

/// One random step. Gives what it was.
fn step(
    site: &Site,
    (admin, other): (&Person<'_>, &Person<'_>),
    ids: &[i64],
    model: &mut Model,
    dice: &mut Dice,
) -> String {
    let phones = ["", "111", "222", "333"];
    let all: Vec<usize> = (0..ids.len()).collect();
    let user = dice.below(ids.len());
    match dice.below(10) {
        0 => {
            let (now, phone) = (site.user(ids[user]), phones[dice.below(4)]);
            let version = now.changed_at.to_string();
            let form = [("name", now.name.as_str()), ("email", &now.email), ("phone", phone), ("version", &version)];
            let gone = model.users[user]["deleted"] == "true";
            other.post(&format!("/users/{}", ids[user]), &form).expect(if gone { 404 } else { 303 });
            if !gone {
                model.users[user].insert("phone", phone.into());
            }
            format!("another's phone {phone} for {user}")
        }
        1 => {
            let active = dice.below(2) == 0;
            let gone = model.users[user]["deleted"] == "true";
            let status = if active { "active" } else { "disabled" };
            other.post(&format!("/users/{}/status", ids[user]), &[("status", status)]).expect(if gone {
                404
            } else {
                303
            });
            if !gone {
                model.users[user].insert("active", active.to_string());
            }
            format!("another's {status} for {user}")
        }
        2 => {
            tick(other, "/users/restorations", ids, &[user]).expect(303);
            model.users[user].insert("deleted", "false".into());
            format!("another restores {user}")
        }
        3 | 4 => {
            let users = dice.some(&all);
            if users.is_empty() {
                return "nothing".into();
            }
            let rows = model.alike(&users, &BTreeMap::from([("deleted", "true".to_owned())]));
            let plan = tick(admin, "/users/deletions", ids, &users).expect(303).location().to_owned();
            planned(site, model, plan, false, rows);
            format!("a plan to delete {users:?}")
        }
        5 | 6 => {
            let present: Vec<usize> = all.into_iter().filter(|user| model.users[*user]["deleted"] == "false").collect();
            let users = dice.some(&present);
            if users.is_empty() {
                return "nothing".into();
            }
            tick(admin, "/users/edits/new", ids, &users).expect(303);
            let mut wanted = Known::new();
            let mut form = Vec::new();
            let (phone, active) = (phones[dice.below(4)], dice.below(2) == 0);
            if dice.below(3) > 0 {
                wanted.insert("phone", phone.into());
                form.extend([("change_phone", "yes"), ("phone", phone)]);
            }
            if wanted.is_empty() || dice.below(2) == 0 {
                wanted.insert("active", active.to_string());
                form.push(("status", if active { "active" } else { "disabled" }));
            }
            let rows = model.alike(&users, &wanted);
            let plan = admin.post("/users/edits", &form).expect(303).location().to_owned();
            planned(site, model, plan, true, rows);
            format!("a plan to set {wanted:?} of {users:?}")
        }
        7 if !model.operations.is_empty() => {
            let undone = dice.below(model.operations.len());
            let did = model.operations[undone].ended && model.operations[undone].changes().next().is_some();
            let answer = admin.post(&format!("{}/undo", model.operations[undone].address), &[]);
            if !did {
                answer.expect(409);
                return format!("no undo of {undone}");
            }
            let plan = answer.expect(303).location().to_owned();
            let rows = model.backwards(undone);
            planned(site, model, plan, false, rows);
            format!("a plan to undo {undone}")
        }
        _ if !model.operations.is_empty() => {
            let last = model.operations.len();
            // More often a late one, which is more likely to hold.
            let number = last - 1 - dice.below(last.min(4));
            let done = model.carry_out(number);
            let answer = admin.post(&model.operations[number].address, &[]);
            assert_eq!(answer.status, if done { 303 } else { 409 }, "{:?}", model.operations[number]);
            format!("carrying out {number}: {done}")
        }
        _ => "nothing".into(),
    }
}

#[test]
fn whatever_happens_in_between_is_as_the_model_says() {
    for seed in 1..=6 {
        let site = Site::start();
        let (admin, other) = (site.admin(), site.admin());
        let ids: Vec<i64> = (0..7).map(|_| site.add_user(site.a)).collect();
        let mut model = Model { users: vec![known(false, "", true); ids.len()], operations: Vec::new() };
        let mut dice = Dice(seed);
        let mut done = 0;
        for number in 0..120 {
            let what = step(&site, (&admin, &other), &ids, &mut model, &mut dice);
            done += usize::from(what.ends_with(": true"));
            agrees(&site, &ids, &model, &format!("step {number} of seed {seed}, {what}"));
        }
        assert!(done > 10, "seed {seed} carried out {done} plans only");
        site.seal();
        assert_eq!(site.verify().fault, None);
    }
}

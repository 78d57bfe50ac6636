//! Operations are kept for 30 days after their end; then they go with their rows, and the audit stays whole.

use diesel::prelude::*;
use muster::clock::DAY;
use muster::db::schema::{operation_rows, operations};
use muster::features::operations::actions::purge;

use crate::support::{Person, Site, UserSample};

/// Deletes some people and gives the operation's address.
#[track_caller]
fn delete(person: &Person<'_>, ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    let plan = person.post("/users/deletions", &form).expect(303).location().to_owned();
    person.post(&plan, &[]).expect(303);
    plan
}

/// How many operations there are, and how many rows of them.
fn kept(site: &Site) -> (i64, i64) {
    site.read(|conn| Ok((operations::table.count().get_result(conn)?, operation_rows::table.count().get_result(conn)?)))
}

#[test]
fn what_was_done_is_forgotten_after_its_time_and_the_chain_holds() {
    let site = Site::start();
    let sample = |n: usize| UserSample::new(&format!("Ash {n}"), &format!("ash{n}@example.org"), site.a);
    let ids = site.add((0..6).map(sample).collect());
    let admin = site.admin();
    let first = delete(&admin, &ids[..3]);
    // Planned, and never carried out.
    admin.post("/users/deletions", &[("id", &ids[4].to_string())]).expect(303);
    site.seal();
    site.wait(20 * DAY);
    let later = site.admin();
    let undo = later.post(&format!("{first}/undo"), &[]).expect(303).location().to_owned();
    later.post(&undo, &[]).expect(303);
    site.seal();
    assert_eq!(kept(&site), (3, 7));
    // Of the first the time is over, but the second took it back; the plan goes.
    site.wait(11 * DAY);
    purge(&site.app).unwrap();
    assert_eq!(kept(&site), (2, 6));
    assert_eq!(site.verify().fault, None);
    let reader = site.admin();
    assert_eq!(reader.get(&first).status, 200);
    site.wait(20 * DAY);
    let young = delete(&site.admin(), &ids[5..]);
    site.seal();
    purge(&site.app).unwrap();
    assert_eq!(kept(&site), (1, 1));
    site.seal();
    let report = site.verify();
    assert_eq!((report.fault, report.unsealed), (None, 0));
    let reader = site.admin();
    assert_eq!(reader.get(&first).status, 404);
    assert_eq!(reader.get(&undo).status, 404);
    assert_eq!(reader.get(&young).status, 200);
    // What the audit says of it is still there to be read.
    let operation = first.rsplit('/').next().unwrap();
    assert!(!reader.open(&format!("/audit?operation={operation}")).all("tbody tr").is_empty());
}

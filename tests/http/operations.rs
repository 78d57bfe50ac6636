//! Operations: what was done in one go is listed, shown row by row, and taken back as far as nothing has happened to it since.

use diesel::prelude::*;
use muster::db::schema::{operations, users};
use muster::features::operations::model::{MOST_AT_ONCE, State};

use crate::support::{Person, Site, UserSample};

/// So many people of A called Ash. Gives their ids.
fn crowd(site: &Site, number: usize) -> Vec<i64> {
    let a = site.a;
    site.add((0..number).map(|n| UserSample::new(&format!("Ash {n}"), &format!("ash{n}@example.org"), a)).collect())
}

fn gone(site: &Site, ids: &[i64]) -> usize {
    let ids = ids.to_vec();
    site.read(|conn| {
        let theirs = users::table.filter(users::id.eq_any(&ids)).filter(users::deleted_at.ne(0));
        Ok(theirs.count().get_result::<i64>(conn)?)
    }) as usize
}

/// The address of the operation that was begun last.
fn last(site: &Site) -> String {
    let id: i64 =
        site.read(|conn| Ok(operations::table.select(operations::id).order(operations::id.desc()).first(conn)?));
    format!("/operations/{id}")
}

fn state(site: &Site, address: &str) -> State {
    let id: i64 = address.rsplit('/').next().unwrap().parse().unwrap();
    State::from_number(site.read(|conn| Ok(operations::table.find(id).select(operations::state).first(conn)?))).unwrap()
}

/// Plans to undo an operation and gives the plan's address.
#[track_caller]
fn undo(person: &Person<'_>, address: &str) -> String {
    person.post(&format!("{address}/undo"), &[]).expect(303).location().to_owned()
}

/// Deletes these at once, and gives the operation's address.
#[track_caller]
fn delete(person: &Person<'_>, ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    let plan = person.post("/users/deletions", &form).expect(303).location().to_owned();
    person.post(&plan, &[]).expect(303);
    plan
}

#[test]
fn an_import_is_undone_but_for_whom_somebody_edited() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let sample = UserSample { phone: "+44 1865 1".into(), ..UserSample::new("Known", "known@example.org", site.a) };
    let known = site.add(vec![sample])[0];
    let mut text = "Display Name,Email,Mobile\n".to_owned();
    for n in 0..500 {
        text += &format!("Elm {n},elm{n}@example.org,+44 20 {n:04}\n");
    }
    text += &format!("{},{},+44 1865 2\n", site.user(known).name, site.user(known).email);
    let import = admin.upload_text(&text);
    import.carry_on(&import.preview().set("existing", "replace"));
    import.add_all();
    let operation = last(&site);
    assert_eq!(site.user(known).phone, "+44 1865 2");
    let made: Vec<i64> = (0..500).map(|n| site.with_address(&format!("elm{n}@example.org")).unwrap().id).collect();
    for id in &made[..3] {
        let user = site.user(*id);
        let version = user.changed_at.to_string();
        let form = [("name", "Edited"), ("email", user.email.as_str()), ("version", version.as_str())];
        admin.post(&format!("/users/{id}"), &form).expect(303);
    }
    let plan = undo(&admin, &operation);
    let page = admin.open(&plan);
    let text = page.readable();
    assert!(text.contains("Undo for 498 users?"), "{text}");
    for n in 0..3 {
        assert!(text.contains(&format!("elm{n}@example.org")), "who was edited is named: {text}");
    }
    assert!(page.text().contains("Phone number was changed since."));
    assert_eq!(gone(&site, &made), 0, "a plan does nothing yet");
    let done = admin.post(&plan, &[]).expect(303);
    assert!(admin.follow(&done).flash().unwrap().contains("498 users were set back"));
    assert_eq!(gone(&site, &made), 497);
    assert_eq!(gone(&site, &made[..3]), 0);
    assert_eq!(site.user(known).phone, "+44 1865 1");
    admin.post(&plan, &[]).expect(409);
    // Undoing the undo.
    let again = undo(&admin, &plan);
    admin.post(&again, &[]).expect(303);
    assert_eq!(gone(&site, &made), 0);
    assert_eq!(site.user(known).phone, "+44 1865 2");
    // And that once more: whoever has gone back and forth is as imported, but for the three.
    let third = undo(&admin, &operation);
    admin.post(&third, &[]).expect(303);
    assert_eq!(gone(&site, &made), 497);
}

#[test]
fn a_deletion_is_undone_from_where_it_is_said() {
    let site = Site::start();
    let admin = site.admin();
    let ids = crowd(&site, 3);
    let form: Vec<(&str, String)> = ids.iter().map(|id| ("id", id.to_string())).collect();
    let form: Vec<(&str, &str)> = form.iter().map(|(name, id)| (*name, id.as_str())).collect();
    let plan = admin.post("/users/deletions", &form).expect(303).location().to_owned();
    let done = admin.post(&plan, &[]).expect(303);
    let list = admin.follow(&done);
    assert_eq!(list.attributes(".flash form", "action"), [format!("{plan}/undo")]);
    let back = undo(&admin, &plan);
    // One of them is restored by hand meanwhile: the small plan no longer holds, and does nothing.
    admin.post("/users/restorations", &[("id", &ids[0].to_string())]).expect(303);
    let refused = admin.post(&back, &[]).expect(409);
    assert!(refused.text().contains("Ash 0"), "{}", refused.readable());
    assert_eq!(gone(&site, &ids), 2);
    let back = undo(&admin, &plan);
    let page = admin.open(&back);
    assert!(page.readable().contains("Undo for 2 users?") && page.readable().contains("Stays as it is"));
    admin.post(&back, &[]).expect(303);
    assert_eq!(gone(&site, &ids), 0);
    // Nothing is left to undo, which the plan says.
    let nothing = undo(&admin, &plan);
    assert!(admin.open(&nothing).readable().contains("Nothing would change"));
    // Both are found in the list, and lead to each other.
    let text = admin.open("/operations").readable();
    assert!(text.contains("Delete users") && text.contains("Undo of operation") && text.contains("Restore users"));
    assert!(admin.open(&plan).text().contains(&format!("href=\"{back}\"")));
}

#[test]
fn an_operation_is_its_makers_and_the_auditors() {
    let site = Site::start();
    let (one, other, boss) = (site.administrator(site.a), site.administrator(site.a), site.admin());
    let ids = crowd(&site, 2);
    let operation = delete(&one, &ids);
    other.get(&operation).expect(404);
    other.post(&format!("{operation}/undo"), &[]).expect(404);
    assert!(!other.open("/operations").text().contains(&operation));
    assert!(one.open("/operations").text().contains(&operation));
    assert!(boss.open("/operations").text().contains(&operation));
    boss.open(&operation);
    // Whoever may see it takes it back with their own rights, and owns that plan.
    let plan = undo(&boss, &operation);
    one.post(&plan, &[]).expect(404);
    boss.post(&plan, &[]).expect(303);
    assert_eq!(gone(&site, &ids), 0);
    // A technician may see their own operations, and restore nobody.
    let technician = site.technician(site.a);
    assert!(technician.open("/operations").readable().contains("Nothing yet"));
    technician.get(&operation).expect(404);
}

#[test]
fn what_is_too_old_or_not_done_is_not_undone() {
    let site = Site::start();
    let admin = site.admin();
    let ids = crowd(&site, 2);
    let plan = admin.post("/users/deletions", &[("id", &ids[0].to_string())]).expect(303).location().to_owned();
    admin.post(&format!("{plan}/undo"), &[]).expect(409);
    admin.post(&plan, &[]).expect(303);
    site.wait(31 * 24 * 3_600_000);
    let later = site.admin();
    later.post(&format!("{plan}/undo"), &[]).expect(409);
    assert_eq!(gone(&site, &ids), 1);
}

#[test]
fn many_are_brought_back_in_the_background() {
    let site = Site::start();
    let many = MOST_AT_ONCE + 500;
    let ids = crowd(&site, many);
    let admin = site.admin();
    let _keeper = site.admin();
    admin.post("/users/selection", &[("whole", "yes"), ("query", "q=ash")]).expect(303);
    let deletion = admin.post("/users/deletions", &[("selection", "users")]).expect(303).location().to_owned();
    site.run_jobs();
    admin.post(&deletion, &[]).expect(303);
    site.run_jobs();
    assert_eq!(gone(&site, &ids), many);
    let plan = undo(&admin, &deletion);
    assert!(admin.open(&plan).readable().contains("Making the plan"));
    site.run_jobs();
    assert!(admin.open(&plan).readable().contains("Undo for 1,500 users?"));
    // One comes back by hand before its turn: left alone and listed.
    admin.post("/users/restorations", &[("id", &ids[9].to_string())]).expect(303);
    admin.post(&plan, &[]).expect(303);
    assert!(admin.open(&plan).readable().contains("Undoing"));
    site.run_jobs();
    assert_eq!((gone(&site, &ids), state(&site, &plan)), (0, State::Done));
    let page = admin.open(&plan);
    assert!(page.readable().contains("1,499 users were set back."), "{}", page.readable());
    assert!(page.text().contains("Is not deleted any more."));
    // Undoing the undo: the 1,499 go, the one stays. Stopped in the middle, undoing takes back what was done.
    let again = undo(&admin, &plan);
    site.run_jobs();
    admin.post(&again, &[]).expect(303);
    let working = site.work();
    site.until("somebody is deleted", || gone(&site, &ids) > 0);
    admin.post(&format!("{again}/cancellation"), &[]);
    site.until("it ends", || state(&site, &again).has_ended());
    drop(working);
    let stopped = gone(&site, &ids);
    let back = undo(&admin, &again);
    site.run_jobs();
    admin.post(&back, &[]).expect(303);
    site.run_jobs();
    assert_eq!(gone(&site, &ids), 0, "{stopped} were deleted again");
    // Pages of rows.
    let page = admin.open(&format!("{plan}?show=changed"));
    let next = page.attributes(".pager-step", "href");
    assert!(next.iter().any(|href| href.contains("after=")), "{next:?}");
    assert_eq!(page.all(".operation-rows tbody tr").len(), 50);
    // The rows are those that the audit's chain covers.
    site.seal();
    assert_eq!(site.verify().fault, None);
}

#[test]
fn a_users_page_leads_to_what_operations_did_to_them() {
    let site = Site::start();
    let (admin, ids) = (site.admin(), crowd(&site, 3));
    let page = |person: &Person<'_>, id: i64| person.open(&format!("/users/{id}")).readable();
    assert!(page(&admin, ids[1]).contains("Nothing was recorded about Ash 1 yet."));
    admin.post("/users/deletions", &[("id", &ids[1].to_string())]).expect(303);
    assert!(!page(&admin, ids[1]).contains("Delete users"), "a plan has done nothing yet");
    let plan = delete(&admin, &ids[..2]);
    let undone = undo(&admin, &plan);
    admin.post(&undone, &[]).expect(303);
    let theirs = admin.open(&format!("/users/{}", ids[1]));
    let text = theirs.readable();
    assert!(text.contains("Delete users") && text.contains("Undo of operation"), "{text}");
    let row = format!("{plan}?show=changed&after={}", ids[1] - 1);
    assert!(theirs.text().contains(&row.replace('&', "&#38;")), "{}", theirs.text());
    assert!(admin.open(&row).readable().contains("Ash 1"), "the row itself");
    assert!(!page(&admin, ids[2]).contains("Delete users"), "nothing was done to this one");
    // What others did is for those who may read the audit of all customers.
    assert!(!page(&site.administrator(site.a), ids[1]).contains("Delete users"));
}

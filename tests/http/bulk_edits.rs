//! Editing many users in one go: with the checks of the single form for each, all of a few or none, and as many as there are in the background.

use diesel::prelude::*;
use muster::access::BuiltIn;
use muster::db::schema::{operations, users};
use muster::features::operations::model::MOST_AT_ONCE;
use muster::features::users::input::{Source, Status};

use crate::support::{Answer, Person, Site, UserSample};

/// Ticks these.
#[track_caller]
fn tick(person: &Person<'_>, ids: &[i64]) {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    assert_eq!(person.post("/users/edits/new", &form).expect(303).location(), "/users/edits/new");
}

/// Plans an edit of these and gives the plan's address.
#[track_caller]
fn plan(person: &Person<'_>, ids: &[i64], form: &[(&str, &str)]) -> String {
    tick(person, ids);
    person.post("/users/edits", form).expect(303).location().to_owned()
}

fn page(person: &Person<'_>, plan: &str) -> Answer {
    person.open(plan)
}

#[test]
fn customer_phone_status_and_role_are_set_and_taken_back() {
    let site = Site::start();
    let admin = site.admin();
    let ids = [site.add_user(site.a), site.add_user(site.a), site.add_user(site.b)];
    tick(&admin, &ids);
    assert!(admin.open("/users/edits/new").readable().contains("3 users selected"));
    let technician = site.role(BuiltIn::Technician).to_string();
    let (b, before) = (site.b.to_string(), ids.map(|id| site.user(id)));
    let form = [
        ("customer", b.as_str()),
        ("change_phone", "yes"),
        ("phone", "+44 1865 270000"),
        ("status", "disabled"),
        ("give", technician.as_str()),
    ];
    let plan = plan(&admin, &ids, &form);
    let asked = page(&admin, &plan);
    let text = asked.readable();
    assert!(text.contains("Edit 3 users?"), "{text}");
    for word in ["Alder Works", "Birch & Sons", "+44 1865 270000", "Disabled", "Technician (Birch & Sons)"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let done = admin.post(&plan, &[]).expect(303);
    let list = admin.follow(&done);
    assert!(list.flash().unwrap().contains("3 users were edited"));
    for id in ids {
        let user = site.user(id);
        assert_eq!(
            (user.customer_id, user.phone.as_str(), user.status()),
            (site.b, "+44 1865 270000", Status::Disabled)
        );
        assert_eq!(user.customer_key, before[2].customer_key);
    }
    assert_eq!(site.holders(BuiltIn::Technician), 3);
    assert_eq!(admin.open("/users?q=270000").ids().len(), 3, "the search knows");
    assert_eq!(admin.open(&format!("/users?customer={}", site.b)).ids().len(), 3);
    let back = admin.post(&format!("{plan}/undo"), &[]).expect(303).location().to_owned();
    admin.post(&back, &[]).expect(303);
    for (id, before) in ids.into_iter().zip(before) {
        let user = site.user(id);
        assert_eq!(
            (user.customer_id, user.phone, user.status, user.customer_key, user.search),
            (before.customer_id, before.phone, before.status, before.customer_key, before.search)
        );
    }
    assert_eq!(site.holders(BuiltIn::Technician), 0);
}

#[test]
fn one_who_cannot_be_edited_keeps_a_few_from_being() {
    let site = Site::start();
    let (administrator, boss) = (site.administrator(site.a), site.admin());
    let ours = site.add_user(site.a);
    let elsewhere = site
        .add(vec![UserSample { source: Source::Directory, ..UserSample::new("Dir", "dir@example.org", site.a) }])[0];
    let phone = [("change_phone", "yes"), ("phone", "12345")];
    // Whoever may do more, whoever is kept in a directory: named, and nothing is done.
    for (other, why) in [(boss.id, "may do more than you"), (elsewhere, "contact data is changed there")] {
        let plan = plan(&administrator, &[ours, other], &phone);
        let asked = page(&administrator, &plan);
        assert!(asked.readable().contains("Nobody is edited") && asked.text().contains(why), "{}", asked.readable());
        administrator.post(&plan, &[]).expect(409);
        assert_eq!(site.user(ours).phone, "");
    }
    // Oneself, the last administrator, a customer or role that is not one's to give.
    let plan_of = |person: &Person<'_>, ids: &[i64], form: &[(&str, &str)], why: &str| {
        let plan = plan(person, ids, form);
        let asked = page(person, &plan);
        assert!(asked.text().contains(why), "{why}: {}", asked.readable());
        person.post(&plan, &[]).expect(409);
    };
    plan_of(&administrator, &[administrator.id], &[("status", "disabled")], "You cannot disable yourself.");
    let highest = site.role(BuiltIn::AccountAdmin).to_string();
    plan_of(&boss, &[boss.id], &[("take", &highest)], "the last account that can administer");
    plan_of(&administrator, &[ours], &[("give", &highest), ("place", "all")], "You can only give what you hold");
    tick(&administrator, &[ours]);
    administrator.post("/users/edits", &[("customer", &site.b.to_string())]).expect(422);
    // Nothing chosen, nobody ticked, somebody elsewhere.
    administrator.post("/users/edits", &[]).expect(422);
    administrator.post("/users/edits", &[("change_phone", "yes"), ("phone", "no number")]).expect(422);
    administrator.post("/users/edits/new", &[]).expect(422);
    administrator.post("/users/edits/new", &[("id", &site.add_user(site.b).to_string())]).expect(404);
    // A technician may change phones and nothing else.
    let technician = site.technician(site.a);
    plan_of(&technician, &[ours], &[("status", "disabled")], "You may not change users");
    let allowed = plan(&technician, &[ours], &phone);
    technician.post(&allowed, &[]).expect(303);
    assert_eq!(site.user(ours).phone, "12345");
}

#[test]
fn one_who_moved_keeps_a_few_from_being_edited() {
    let site = Site::start();
    let admin = site.admin();
    let ids = [site.add_user(site.a), site.add_user(site.a)];
    let asked = plan(&admin, &ids, &[("status", "disabled")]);
    admin.post(&format!("/users/{}/status", ids[1]), &[("status", "disabled")]).expect(303);
    let refused = admin.post(&asked, &[]).expect(409);
    assert!(refused.text().contains("The status was changed since."), "{}", refused.readable());
    assert_eq!(site.user(ids[0]).status(), Status::Active);
}

#[test]
fn many_are_edited_in_the_background_but_for_whom_cannot_be() {
    let site = Site::start();
    let (a, many) = (site.a, MOST_AT_ONCE + 200);
    let ids =
        site.add((0..many).map(|n| UserSample::new(&format!("Ash {n}"), &format!("ash{n}@example.org"), a)).collect());
    let administrator = site.administrator(site.a);
    let _boss = site.admin();
    administrator.post("/users/selection", &[("whole", "yes"), ("query", "")]).expect(303);
    administrator.post("/users/edits/new", &[("selection", "users")]).expect(303);
    let form = [("change_phone", "yes"), ("phone", "+44 20 7946"), ("status", "disabled")];
    let operation = administrator.post("/users/edits", &form).expect(303).location().to_owned();
    site.run_jobs();
    let text = administrator.open(&operation).readable();
    assert!(text.contains("Edit 1,200 users?") && text.contains("You cannot disable yourself"), "{text}");
    administrator.post(&operation, &[]).expect(303);
    site.delete(ids[3]);
    site.run_jobs();
    let disabled = |site: &Site| {
        site.read(|conn| {
            let theirs = users::table.filter(users::phone.eq("+44 20 7946"));
            Ok(theirs.filter(users::status.ne(1)).count().get_result::<i64>(conn)?)
        })
    };
    assert_eq!(disabled(&site), 1_199);
    let id: i64 = operation.rsplit('/').next().unwrap().parse().unwrap();
    let counts: (i64, i64, i64) = site.read(|conn| {
        let columns = (operations::planned, operations::done, operations::skipped);
        Ok(operations::table.find(id).select(columns).first(conn)?)
    });
    assert_eq!(counts, (1_200, 1_199, 3));
    let back = administrator.post(&format!("{operation}/undo"), &[]).expect(303).location().to_owned();
    site.run_jobs();
    administrator.post(&back, &[]).expect(303);
    site.run_jobs();
    assert_eq!(disabled(&site), 0);
}

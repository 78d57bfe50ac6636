//! Many people added to groups and removed from them, and groups deleted: planned, carried out, taken back.

use diesel::prelude::*;
use muster::db::schema::{group_members, operations};
use muster::features::operations::model::MOST_AT_ONCE;

use crate::support::{Answer, Person, Site, UserSample};

/// Plans for some people what a form of groups says; gives the address of the plan.
fn plan(person: &Person<'_>, way: &str, users: &[i64], groups: &[i64]) -> Answer {
    let ids: Vec<String> = users.iter().map(ToString::to_string).collect();
    let ticked: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    person.post(&format!("/users/{way}/new"), &ticked).expect(303);
    person.open(&format!("/users/{way}/new"));
    let ids: Vec<String> = groups.iter().map(ToString::to_string).collect();
    let chosen: Vec<(&str, &str)> = ids.iter().map(|id| ("group", id.as_str())).collect();
    person.post(&format!("/users/{way}"), &chosen)
}

fn members(site: &Site, group: i64) -> i64 {
    let rows = site.read(|conn| {
        Ok(group_members::table
            .filter(group_members::group_id.eq(group))
            .filter(group_members::is_deleted.eq(false))
            .count()
            .get_result::<i64>(conn)?)
    });
    if let Some(group) = site.group(group) {
        assert_eq!(group.member_count, rows, "the kept number");
    }
    rows
}

/// planned, done, skipped
fn numbers(site: &Site, address: &str) -> (i64, i64, i64) {
    let id: i64 = address.rsplit('/').next().unwrap().parse().unwrap();
    site.read(|conn| {
        let columns = (operations::planned, operations::done, operations::skipped);
        Ok(operations::table.find(id).select(columns).first(conn)?)
    })
}

#[test]
fn a_few_are_added_removed_and_both_taken_back() {
    let site = Site::start();
    let admin = site.admin();
    let (one, two) = (site.add_group(site.a), site.add_group(site.a));
    let users: Vec<i64> = (0..3).map(|_| site.add_user(site.a)).collect();
    site.put_into(one, &users[..1]);
    let asked = plan(&admin, "group-additions", &users, &[one, two]).expect(303).location().to_owned();
    let page = admin.open(&asked);
    assert!(page.readable().contains("Add 3 users to group?"), "{}", page.readable());
    assert_eq!((members(&site, one), members(&site, two)), (1, 0), "a plan changes nothing");
    admin.post(&asked, &[]).expect(303);
    assert_eq!((members(&site, one), members(&site, two)), (3, 3));
    let back = admin.post(&format!("{asked}/undo"), &[]).expect(303).location().to_owned();
    admin.post(&back, &[]).expect(303);
    // Who was in it before stays in it.
    assert_eq!((members(&site, one), members(&site, two)), (1, 0));
    assert_eq!(site.groups_of(users[0]), [one].into());
    let removal = plan(&admin, "group-removals", &users, &[one]).expect(303).location().to_owned();
    let text = admin.open(&removal).readable();
    assert!(text.contains("Do you really want to remove this user from user group?"), "{text}");
    assert!(text.contains("Confirm"), "{text}");
    admin.post(&removal, &[]).expect(303);
    assert_eq!(members(&site, one), 0);
    let back = admin.post(&format!("{removal}/undo"), &[]).expect(303).location().to_owned();
    admin.post(&back, &[]).expect(303);
    assert_eq!(members(&site, one), 1);
}

#[test]
fn a_foreign_group_or_user_is_not_there_and_nobody_above_is_touched() {
    let site = Site::start();
    let boss = site.admin();
    let administrator = site.administrator(site.a);
    let (ours, theirs) = (site.add_group(site.a), site.add_group(site.b));
    let user = site.add_user(site.a);
    let other = site.add_user(site.b);
    assert_eq!(plan(&administrator, "group-additions", &[user], &[ours, theirs]).status, 404);
    administrator.post("/users/group-additions/new", &[("id", &other.to_string())]).expect(404);
    administrator.post(&format!("/groups/{theirs}/removals"), &[("id", &other.to_string())]).expect(404);
    administrator.post("/groups/deletions", &[("id", &ours.to_string()), ("id", &theirs.to_string())]).expect(404);
    let asked = plan(&administrator, "group-additions", &[user, boss.id], &[ours]).expect(303).location().to_owned();
    let text = administrator.open(&asked).readable();
    assert!(text.contains("may do more than you"), "{text}");
    administrator.post(&asked, &[]).expect(303);
    assert_eq!(members(&site, ours), 1);
    // Who reaches both customers is told who does not fit.
    let asked = plan(&boss, "group-additions", &[user, other], &[theirs]).expect(303).location().to_owned();
    assert!(boss.open(&asked).readable().contains("belongs to another customer"));
    boss.post(&asked, &[]).expect(303);
    assert!(site.groups_of(user) == [ours].into() && site.groups_of(other) == [theirs].into());
}

#[test]
fn a_group_is_deleted_with_all_who_leave_it_and_comes_back() {
    let site = Site::start();
    let admin = site.admin();
    let group = site.add_group(site.a);
    let name = site.group(group).unwrap().name;
    let users: Vec<i64> = (0..3).map(|_| site.add_user(site.a)).collect();
    site.put_into(group, &users);
    let asked = admin.post("/groups/deletions", &[("id", &group.to_string())]).expect(303).location().to_owned();
    let text = admin.open(&asked).readable();
    assert!(text.contains(&format!("Delete group “{name}”?")) && text.contains("3 users leave by that"), "{text}");
    let done = admin.post(&asked, &[]).expect(303);
    assert_eq!(done.location(), "/groups");
    assert!(site.group(group).is_none() && members(&site, group) == 0);
    assert!(users.iter().all(|user| site.groups_of(*user).is_empty()));
    admin.get(&format!("/groups/{group}")).expect(404);
    let text = admin.open(&asked).readable();
    assert!(text.contains("1 group was deleted. 3 users were removed from the group."), "{text}");
    // The audit says the same numbers.
    let id = asked.rsplit('/').next().unwrap();
    let audit = admin.open("/audit?action=groups.delete").readable();
    assert!(audit.contains("removed from groups: 3 users") && audit.contains(&name), "operation {id}: {audit}");
    let back = admin.post(&format!("{asked}/undo"), &[]).expect(303).location().to_owned();
    admin.post(&back, &[]).expect(303);
    assert_eq!(site.group(group).unwrap().member_count, 3);
    assert_eq!(members(&site, group), 3);
    // And that can be undone as well.
    let again = admin.post(&format!("{back}/undo"), &[]).expect(303).location().to_owned();
    admin.post(&again, &[]).expect(303);
    assert!(site.group(group).is_none() && members(&site, group) == 0);
}

#[test]
fn an_empty_group_is_deleted_too_and_a_taken_name_keeps_it_away() {
    let site = Site::start();
    let admin = site.admin();
    let (group, user) = (site.add_group(site.a), site.add_user(site.a));
    let name = site.group(group).unwrap().name;
    let asked = admin.post("/groups/deletions", &[("id", &group.to_string())]).expect(303).location().to_owned();
    // Somebody joins after the plan was made.
    site.put_into(group, &[user]);
    admin.post(&asked, &[]).expect(409);
    assert_eq!(members(&site, group), 1);
    let asked = admin.post("/groups/deletions", &[("id", &group.to_string())]).expect(303).location().to_owned();
    admin.post(&asked, &[]).expect(303);
    admin.post("/groups", &[("name", &name), ("customer", &site.a.to_string())]).expect(303);
    let back = admin.post(&format!("{asked}/undo"), &[]).expect(303).location().to_owned();
    let text = admin.open(&back).readable();
    assert!(text.contains("another group of this name") && text.contains("not there any more"), "{text}");
    assert!(site.group(group).is_none() && site.groups_of(user).is_empty());
    admin.post("/groups/deletions", &[]).expect(422);
}

#[test]
fn nobody_deletes_a_group_that_holds_somebody_above_them() {
    let site = Site::start();
    let boss = site.admin();
    let administrator = site.administrator(site.a);
    let group = site.add_group(site.a);
    site.put_into(group, &[boss.id, site.add_user(site.a)]);
    let asked =
        administrator.post("/groups/deletions", &[("id", &group.to_string())]).expect(303).location().to_owned();
    let text = administrator.open(&asked).readable();
    assert!(text.contains("cannot be removed by you") && text.contains("may do more than you"), "{text}");
    administrator.post(&asked, &[]).expect(409);
    assert_eq!(members(&site, group), 2);
}

#[test]
fn whoever_moves_to_another_customer_leaves_its_groups_and_gets_them_back() {
    let site = Site::start();
    let admin = site.admin();
    let (group, user) = (site.add_group(site.a), site.add_user(site.a));
    site.put_into(group, &[user]);
    admin.post("/users/edits/new", &[("id", &user.to_string())]).expect(303);
    let asked = admin.post("/users/edits", &[("customer", &site.b.to_string())]).expect(303).location().to_owned();
    admin.post(&asked, &[]).expect(303);
    assert_eq!((site.user(user).customer_id, members(&site, group)), (site.b, 0));
    let back = admin.post(&format!("{asked}/undo"), &[]).expect(303).location().to_owned();
    admin.post(&back, &[]).expect(303);
    assert_eq!((site.user(user).customer_id, members(&site, group)), (site.a, 1));
}

#[test]
fn many_are_added_in_the_background_deleted_with_the_group_and_come_back() {
    let site = Site::start();
    let (a, many) = (site.a, MOST_AT_ONCE + 200);
    site.add((0..many).map(|n| UserSample::new(&format!("Ash {n}"), &format!("ash{n}@example.org"), a)).collect());
    let admin = site.admin();
    let group = site.add_group(site.a);
    let whole = |person: &Person<'_>| {
        person.post("/users/selection", &[("whole", "yes"), ("query", "q=ash")]).expect(303);
        person.post("/users/group-additions/new", &[("selection", "users")]).expect(303);
        let sent = person.post("/users/group-additions", &[("group", &group.to_string())]);
        sent.expect(303).location().to_owned()
    };
    let asked = whole(&admin);
    site.run_jobs();
    assert!(admin.open(&asked).readable().contains("Add 1,200 users to group?"));
    admin.post(&asked, &[]).expect(303);
    site.run_jobs();
    assert_eq!((members(&site, group), numbers(&site, &asked)), (1_200, (1_200, 1_200, 0)));
    // Walked along the members' own index, and by others.
    for sort in ["name", "-name", "email", "-last-login"] {
        let page = admin.open(&format!("/groups/{group}?limit=250&sort={sort}"));
        assert_eq!(page.all("tbody th").len(), 250, "{sort}");
        assert!(page.readable().contains("1,200 users"), "{sort}");
    }
    let deletion = admin.post("/groups/deletions", &[("id", &group.to_string())]).expect(303).location().to_owned();
    site.run_jobs();
    let text = admin.open(&deletion).readable();
    assert!(text.contains("1,200 users leave by that"), "{text}");
    admin.post(&deletion, &[]).expect(303);
    site.run_jobs();
    assert!(site.group(group).is_none());
    assert_eq!((members(&site, group), numbers(&site, &deletion)), (0, (1_201, 1_201, 0)));
    let back = admin.post(&format!("{deletion}/undo"), &[]).expect(303).location().to_owned();
    site.run_jobs();
    admin.post(&back, &[]).expect(303);
    site.run_jobs();
    assert_eq!(site.group(group).unwrap().member_count, 1_200);
    let back = admin.post(&format!("{asked}/undo"), &[]).expect(303).location().to_owned();
    site.run_jobs();
    admin.post(&back, &[]).expect(303);
    site.run_jobs();
    assert_eq!(members(&site, group), 0);
}

#[test]
fn groups_are_suggested_within_the_scope() {
    let site = Site::start();
    let admin = site.admin();
    for (name, customer) in [("Sales North", site.a), ("Sales South", site.a), ("Sales", site.b), ("Drivers", site.a)] {
        admin.post("/groups", &[("name", name), ("customer", &customer.to_string())]).expect(303);
    }
    let suggested = |person: &Person<'_>, query: &str| person.open(&format!("/groups/suggestions{query}")).all("li");
    assert_eq!(suggested(&admin, "?q=sales").len(), 3);
    assert_eq!(suggested(&admin, &format!("?q=sal+th&customer={}", site.a)), ["Sales North", "Sales South"]);
    let other = site.administrator(site.b);
    assert_eq!(suggested(&other, "?q=sales"), ["Sales"]);
    assert_eq!(suggested(&other, &format!("?q=&customer={}", site.a)).len(), 0);
    assert_eq!(suggested(&other, "?q=%00%22%27%25_").len(), 0);
}

//! Groups: the list, creating and renaming, who is in them.

use crate::support::{Person, Site, UserSample};

/// Creates a group as people do, and gives its id.
fn create(person: &Person<'_>, name: &str, customer: i64) -> i64 {
    let answer = person.post("/groups", &[("name", name), ("customer", &customer.to_string())]).expect(303);
    answer.location().rsplit('/').next().unwrap().parse().unwrap()
}

#[test]
fn a_group_is_created_shown_and_renamed() {
    let site = Site::start();
    let admin = site.admin();
    let id = create(&admin, "  Field   Staff ", site.a);
    let page = admin.open(&format!("/groups/{id}"));
    let text = page.readable();
    assert!(text.contains("Field   Staff") || text.contains("Field Staff"), "{text}");
    assert!(text.contains("Alder Works") && text.contains("Nobody is in this group"), "{text}");
    let form = admin.open(&format!("/groups/{id}/edit"));
    let version = form.field("version").unwrap();
    admin.post(&format!("/groups/{id}"), &[("name", "Drivers"), ("version", &version)]).expect(303);
    assert_eq!(site.group(id).unwrap().name, "Drivers");
    // From a form that is older than that.
    let late = admin.post(&format!("/groups/{id}"), &[("name", "Pilots"), ("version", &version)]).expect(409);
    assert!(late.readable().contains("Drivers") && late.field("name").as_deref() == Some("Pilots"));
    let list = admin.open("/groups");
    assert_eq!(list.all("tbody th"), ["Drivers"]);
    assert!(list.readable().contains("Person"), "who made it is told");
}

#[test]
fn a_name_is_taken_within_its_customer_only() {
    let site = Site::start();
    let admin = site.admin();
    let id = create(&admin, "Sales", site.a);
    create(&admin, "Sales", site.b);
    let again = admin.post("/groups", &[("name", "SÁLES"), ("customer", &site.a.to_string())]).expect(422);
    assert!(again.errors().iter().any(|error| error.contains("already")), "{:?}", again.errors());
    let other = create(&admin, "Buying", site.a);
    let version = site.group(other).unwrap().changed_at.to_string();
    admin.post(&format!("/groups/{other}"), &[("name", "sales"), ("version", &version)]).expect(422);
    for (name, fault) in [("", "Enter a name"), (" \u{200b} ", "Enter a name"), ("a\u{7}b", "invisible")] {
        let refused = admin.post("/groups", &[("name", name), ("customer", &site.a.to_string())]).expect(422);
        assert!(refused.errors().iter().any(|error| error.contains(fault)), "{name:?}: {:?}", refused.errors());
    }
    assert_eq!(site.group(id).unwrap().name, "Sales");
}

#[test]
fn the_list_is_walked_from_either_end_in_every_order() {
    let site = Site::start();
    let admin = site.admin();
    let mut all = Vec::new();
    for n in 0..60 {
        let id = create(&admin, &format!("Group {:02}", n * 7 % 60), if n % 3 == 0 { site.b } else { site.a });
        let users: Vec<i64> = (0..n % 4).map(|_| site.add_user(site.group(id).unwrap().customer_id)).collect();
        site.put_into(id, &users);
        site.app.clock.advance(1_000);
        all.push(id);
    }
    for sort in ["name", "-name", "users", "-users", "created-by", "created", "-created"] {
        let mut seen = Vec::new();
        let mut page = admin.open(&format!("/groups?limit=25&sort={sort}"));
        loop {
            seen.extend(page.attributes("tbody tr", "data-row"));
            let Some(next) = page.attributes("a.pager-step[title='Next page']", "href").into_iter().next() else {
                break;
            };
            page = admin.open(&next);
        }
        let unique: std::collections::BTreeSet<&String> = seen.iter().collect();
        assert_eq!((seen.len(), unique.len()), (60, 60), "{sort}");
        let mut back = Vec::new();
        let mut page = admin.open(&format!("/groups?limit=25&sort={sort}&before=end"));
        loop {
            let mut rows = page.attributes("tbody tr", "data-row");
            rows.append(&mut back);
            back = rows;
            let Some(previous) = page.attributes("a.pager-step[title='Previous page']", "href").into_iter().next()
            else {
                break;
            };
            page = admin.open(&previous);
        }
        assert_eq!(seen, back, "{sort}");
    }
    assert_eq!(admin.open("/groups?q=oup+05").all("tbody th"), ["Group 05"]);
    assert_eq!(admin.open("/groups?limit=25&from=Group+57").all("tbody th"), ["Group 57", "Group 58", "Group 59"]);
    assert!(admin.open(&format!("/groups?customer={}", site.b)).readable().contains("20 groups"));
    // Whoever administers one customer sees that one's, and no trace of the others.
    let other = site.administrator(site.b);
    let list = other.open("/groups?limit=250");
    assert_eq!(list.all("tbody th").len(), 20);
    assert!(list.readable().contains("20 groups"));
    assert_eq!(other.open(&format!("/groups?customer={}", site.a)).all("tbody th").len(), 0);
}

#[test]
fn a_user_is_added_to_groups_and_removed_from_them() {
    let site = Site::start();
    let admin = site.admin();
    let (one, two) = (create(&admin, "One", site.a), create(&admin, "Two", site.a));
    let user = site.add(vec![UserSample::new("Ada Ash", "ada@example.org", site.a)])[0];
    let tab = format!("/users/{user}/groups");
    assert!(admin.open(&tab).readable().contains("In no group"));
    let form = admin.open(&format!("{tab}/new"));
    assert_eq!(form.all("select[name=group] option"), ["One", "Two"]);
    assert!(form.readable().contains("Choose group(s)"));
    let chosen = [("group", one.to_string()), ("group", two.to_string())];
    let chosen: Vec<(&str, &str)> = chosen.iter().map(|(name, id)| (*name, id.as_str())).collect();
    admin.post(&tab, &chosen).expect(303);
    assert_eq!(admin.open(&tab).all("tbody th"), ["One", "Two"]);
    assert_eq!(site.group(one).unwrap().member_count, 1);
    // Once more changes nothing.
    admin.post(&tab, &chosen).expect(303);
    assert_eq!(site.group(one).unwrap().member_count, 1);
    assert_eq!(admin.open(&format!("/groups/{one}")).all("tbody th"), ["Ada Ash"]);
    assert_eq!(admin.open(&format!("/users?group={one}")).all("tbody th"), ["Ada Ash"]);
    let question = admin.post(&format!("{tab}/removal"), &[("id", &one.to_string())]).expect(200);
    assert!(question.readable().contains("Do you really want to remove this user from user group?"));
    assert_eq!(site.groups_of(user).len(), 2, "the question alone changes nothing");
    admin.post(&format!("{tab}/removals"), &[("id", &one.to_string())]).expect(303);
    assert_eq!(site.groups_of(user), [two].into());
    assert_eq!(site.group(one).unwrap().member_count, 0);
    let history = admin.open(&format!("/audit?person={user}")).readable();
    assert!(history.contains("Groups of a user changed"), "{history}");
    // Nothing chosen is said at the field.
    let nothing = admin.post(&tab, &[]).expect(422);
    assert!(nothing.errors().iter().any(|error| error.contains("at least one group")), "{:?}", nothing.errors());
    admin.post(&format!("{tab}/removal"), &[]).expect(422);
}

#[test]
fn a_group_of_another_customer_is_not_there() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let (ours, theirs) = (site.add_group(site.a), site.add_group(site.b));
    let (user, other) = (site.add_user(site.a), site.add_user(site.b));
    site.put_into(theirs, &[other]);
    administrator.get(&format!("/groups/{theirs}")).expect(404);
    administrator.get(&format!("/groups/{theirs}/edit")).expect(404);
    administrator.get(&format!("/users/{other}/groups")).expect(404);
    for path in [format!("/users/{user}/groups"), format!("/users/{user}/groups/removals")] {
        let field = if path.ends_with('s') && path.contains("removals") { "id" } else { "group" };
        // One foreign id beside a good one refuses all of it.
        let both = [(field, ours.to_string()), (field, theirs.to_string())];
        let both: Vec<(&str, &str)> = both.iter().map(|(name, id)| (*name, id.as_str())).collect();
        administrator.post(&path, &both).expect(404);
    }
    assert!(site.groups_of(user).is_empty());
    assert_eq!(administrator.open(&format!("/users?group={theirs}")).all("tbody th").len(), 0);
    // Who reaches both customers cannot put somebody of one into a group of the other.
    let admin = site.admin();
    let refused = admin.post(&format!("/users/{user}/groups"), &[("group", &theirs.to_string())]).expect(422);
    assert!(refused.errors().iter().any(|error| error.contains("another customer")), "{:?}", refused.errors());
}

#[test]
fn only_whoever_may_manage_groups_changes_them_and_nobody_above_them() {
    let site = Site::start();
    let technician = site.technician(site.a);
    let (group, user) = (site.add_group(site.a), site.add_user(site.a));
    assert!(!technician.open("/groups").readable().contains("Create Group"));
    technician.post(&format!("/users/{user}/groups"), &[("group", &group.to_string())]).expect(403);
    technician.post("/groups", &[("name", "X"), ("customer", &site.a.to_string())]).expect(403);
    let admin = site.admin();
    let administrator = site.administrator(site.a);
    administrator.post(&format!("/users/{}/groups", admin.id), &[("group", &group.to_string())]).expect(403);
    assert!(site.groups_of(admin.id).is_empty());
}

#[test]
fn the_number_of_users_follows_what_becomes_of_them() {
    let site = Site::start();
    let admin = site.admin();
    let group = site.add_group(site.a);
    let users: Vec<i64> = (0..3).map(|_| site.add_user(site.a)).collect();
    site.put_into(group, &users);
    let count = || site.group(group).unwrap().member_count;
    assert_eq!(count(), 3);
    let plan = admin.post("/users/deletions", &[("id", &users[0].to_string())]).expect(303).location().to_owned();
    admin.post(&plan, &[]).expect(303);
    assert_eq!(count(), 2);
    assert_eq!(admin.open(&format!("/groups/{group}")).all("tbody th").len(), 2);
    admin.post("/users/restorations", &[("id", &users[0].to_string())]).expect(303);
    assert_eq!(count(), 3);
    // The order of the members follows their names.
    let version = site.user(users[2]).changed_at.to_string();
    let form = [("name", "Aaa First"), ("email", "first@example.org"), ("version", version.as_str())];
    admin.post(&format!("/users/{}", users[2]), &form).expect(303);
    assert_eq!(admin.open(&format!("/groups/{group}")).all("tbody th")[0], "Aaa First");
}

//! The column of groups: users are added to those that are there, an export comes back unchanged, and an undo takes it all back.

use crate::support::Site;

/// Creates groups of a customer by name.
fn groups(site: &Site, customer: i64, names: &[&str]) -> Vec<i64> {
    let admin = site.admin();
    let create = |name: &&str| {
        let answer = admin.post("/groups", &[("name", name), ("customer", &customer.to_string())]).expect(303);
        answer.location().rsplit('/').next().unwrap().parse().unwrap()
    };
    names.iter().map(create).collect()
}

#[test]
fn users_are_added_and_the_undo_takes_them_out() {
    let site = Site::start();
    let _working = site.work();
    let home = site.read(|conn| muster::features::customers::queries::first(conn, &muster::access::Scope::All)).id;
    let ids = groups(&site, home, &["Sales", "Field; Staff"]);
    let admin = site.admin();
    let file = "Display Name,Email,Groups\n\
        Ann,ann@example.org,sales\n\
        Bob,bob@example.org,\"Sales; \"\"Field; Staff\"\"\"\n\
        Cat,cat@example.org,Nowhere\n\
        Dan,dan@example.org,\n";
    let import = admin.upload_text(file);
    let refused = import.refused();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].1.contains("There is no group “Nowhere”"), "{refused:?}");
    let page = import.add_all();
    let of = |email: &str| site.groups_of(site.with_address(email).unwrap().id);
    assert_eq!((of("ann@example.org").len(), of("bob@example.org").len(), of("dan@example.org").len()), (1, 2, 0));
    assert_eq!(ids.iter().map(|id| site.group(*id).unwrap().member_count).collect::<Vec<_>>(), [2, 1]);
    // The same file once more changes nothing.
    let again = admin.upload_text(file);
    assert_eq!(again.count("Unchanged"), 3, "{}", again.page().readable());
    // Somebody who exists already is added to what they lack, and removed from nothing.
    let more = admin.upload_text("Display Name,Email,Groups\nAnn,ann@example.org,Field; Sales\n");
    assert_eq!(more.refused().len(), 0, "kept as they are: nothing is written");
    let more = admin.upload_text("Display Name,Email,Groups\nAnn,ann@example.org,\"\"\"Field; Staff\"\"\"\n");
    more.carry_on(&more.preview().set("existing", "replace"));
    assert_eq!(more.count("Will change"), 1, "{}", more.page().readable());
    let result = more.add_all();
    assert_eq!(of("ann@example.org").len(), 2);
    for page in [result, page] {
        let undo = page.attributes("form[action$='/undo']", "action").remove(0);
        let plan = admin.post(&undo, &[]).expect(303).location().to_owned();
        admin.post(&plan, &[]).expect(303);
    }
    assert!(site.with_address("ann@example.org").unwrap().deleted_at != 0);
    assert_eq!(ids.iter().map(|id| site.group(*id).unwrap().member_count).collect::<Vec<_>>(), [0, 0]);
}

#[test]
fn whoever_was_added_to_a_group_since_is_left_alone_by_the_undo() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let page = admin.upload_text("Display Name,Email\nAnn,ann@example.org\nBob,bob@example.org\n").add_all();
    let ann = site.with_address("ann@example.org").unwrap();
    let group = site.add_group(ann.customer_id);
    admin.post(&format!("/users/{}/groups", ann.id), &[("group", &group.to_string())]).expect(303);
    let undo = page.attributes("form[action$='/undo']", "action").remove(0);
    let plan = admin.post(&undo, &[]).expect(303).location().to_owned();
    assert!(admin.open(&plan).readable().contains("Was added to a group since"));
    admin.post(&plan, &[]).expect(303);
    assert_eq!(site.with_address("ann@example.org").unwrap().deleted_at, 0);
    assert!(site.with_address("bob@example.org").unwrap().deleted_at != 0);
}

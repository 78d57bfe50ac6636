//! Taking an import back: with what it brought on the side.

use crate::support::{Person, Site, UserSample};

/// Plans to take an operation back, does it, and gives the operation that did.
#[track_caller]
fn take_back(person: &Person<'_>, operation: &str) -> String {
    let plan = person.post(&format!("/operations/{operation}/undo"), &[]).expect(303).location().to_owned();
    person.post(&plan, &[]).expect(303);
    plan.rsplit('/').next().unwrap().to_owned()
}

#[test]
fn expected_devices_go_and_come_back() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    site.add(vec![
        UserSample::new("Known", "known@example.org", site.a),
        UserSample::new("Same", "same@example.org", site.a),
    ]);
    let before = "Display Name,Email,Device Name,Serial Number\nKnown,known@example.org,Old,SN0\n";
    admin.upload_text(before).add_all();
    assert_eq!(site.devices(), 1);

    let file = "Display Name,Email,Device Name,Serial Number\n\
        Known,known@example.org,One,SN1\n\
        Same,same@example.org,Two,SN2\n\
        Same,same@example.org,,\n\
        New,new@example.org,Three,SN3\n\
        New,new@example.org,Four,SN4\n";
    let import = admin.upload_text(file);
    let page = import.add_all();
    assert_eq!(site.devices(), 5);
    // The result offers it.
    let undo = page.attributes("form[action$='/undo']", "action");
    let operation = undo[0].split('/').nth(2).unwrap().to_owned();
    let rows = admin.open(&format!("/operations/{operation}")).readable();
    assert!(rows.contains("One, SN1") && rows.contains("Two, SN2"), "{rows}");

    let undone = take_back(&admin, &operation);
    assert_eq!(site.devices(), 1, "{}", admin.open(&format!("/operations/{undone}")).readable());
    assert!(site.with_address("new@example.org").unwrap().deleted_at != 0);
    let redone = take_back(&admin, &undone);
    assert_eq!(site.devices(), 5, "{}", admin.open(&format!("/operations/{redone}")).readable());
    assert_eq!(site.with_address("new@example.org").unwrap().deleted_at, 0);
    take_back(&admin, &redone);
    assert_eq!(site.devices(), 1);

    // The same file once more brings what it brought, and the older undo does not touch it.
    let again = admin.upload_text(file);
    again.carry_on(&again.preview().set("restore", "yes"));
    again.add_all();
    assert_eq!(site.devices(), 5);
}

//! What a person chooses in the preview: for users who exist, for rows, for all.

use crate::support::{Site, UserSample};

const HEADER: &str = "Display Name,Email,Mobile\n";
/// Rows 2, 3 and 4: everybody has another name now; One and Two have another number too, Three had none.
const MOVED: &str = "Display Name,Email,Mobile\n\
    One New,ONE@example.org,+44 20 1111\nTwo New,two@example.org,+44 20 2222\nThree New,three@example.org,+44 20 3333\n";

/// Three users who exist, and a file that says otherwise.
fn existing(site: &Site) {
    let sample = |name: &str, phone: &str| UserSample {
        phone: phone.into(),
        ..UserSample::new(name, &format!("{}@example.org", name.to_lowercase()), site.a)
    };
    site.add(vec![sample("One", "+44 1"), sample("Two", "+44 2"), sample("Three", "")]);
}

impl Site {
    fn contact(&self, email: &str) -> (String, String) {
        let user = self.with_address(email).unwrap();
        (user.name, user.phone)
    }
}

fn pair(name: &str, phone: &str) -> (String, String) {
    (name.into(), phone.into())
}

#[test]
fn existing_users_are_kept_unless_said_otherwise() {
    let site = Site::start();
    existing(&site);
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(MOVED);
    assert_eq!((import.count("Kept as is"), import.count("Will change")), (3, 0));
    assert!(import.page().readable().contains("Nothing to add"));
    import.add(&import.preview()).expect(422);
    assert_eq!(site.contact("one@example.org"), pair("One", "+44 1"));
}

#[test]
fn replace_for_all_with_another_choice_for_some() {
    let site = Site::start();
    existing(&site);
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(MOVED);
    import.carry_on(&import.preview().set("existing", "replace"));
    assert_eq!((import.count("Kept as is"), import.count("Will change")), (0, 3));
    import.carry_on(&import.preview().choose(3, "keep").choose(4, "fill"));
    assert_eq!((import.count("Kept as is"), import.count("Will change")), (1, 2));
    let people = site.people();
    import.add_all();
    assert_eq!((import.count("Added"), import.count("Changed")), (0, 2));
    assert_eq!(site.contact("one@example.org"), pair("One New", "+44 20 1111"));
    assert_eq!(site.contact("two@example.org"), pair("Two", "+44 2"));
    assert_eq!(site.contact("three@example.org"), pair("Three", "+44 20 3333"));
    assert_eq!(site.people(), people);
}

#[test]
fn fill_for_all_writes_only_what_was_empty() {
    let site = Site::start();
    existing(&site);
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(MOVED);
    import.carry_on(&import.preview().set("existing", "fill"));
    assert_eq!((import.count("Kept as is"), import.count("Will change")), (2, 1));
    // One alone gets everything of the file.
    import.carry_on(&import.preview().choose(2, "replace"));
    import.add_all();
    assert_eq!(site.contact("one@example.org"), pair("One New", "+44 20 1111"));
    assert_eq!(site.contact("two@example.org"), pair("Two", "+44 2"));
    assert_eq!(site.contact("three@example.org"), pair("Three", "+44 20 3333"));
}

#[test]
fn an_empty_cell_takes_a_number_away_only_when_replacing() {
    let site = Site::start();
    existing(&site);
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text("Display Name,Email,Mobile\nOne,one@example.org,\nTwo,two@example.org,\n");
    import.carry_on(&import.preview().set("existing", "fill"));
    assert_eq!((import.count("Kept as is"), import.count("Will change")), (2, 0));
    import.carry_on(&import.preview().choose(2, "replace"));
    import.add_all();
    assert_eq!(site.contact("one@example.org"), pair("One", ""));
    assert_eq!(site.contact("two@example.org"), pair("Two", "+44 2"));
}

#[test]
fn unticked_rows_are_left_out() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let text = format!("{HEADER}One,one@example.org,\nTwo,two@example.org,\nThree,three@example.org,\n");
    let import = admin.upload_text(&text);
    let page = import.add(&import.preview().untick(3));
    assert_eq!(page.one(".badge").as_deref(), Some("Done"), "{}", page.readable());
    assert_eq!(import.count("Added"), 2);
    assert!(site.with_address("two@example.org").is_none());
    assert_eq!(site.name_of("three@example.org"), "Three");
}

#[test]
fn the_last_good_ticked_row_of_an_address_counts() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let text = format!(
        "{HEADER}First,one@example.org,+44 111\nSecond,ONE@example.org,+44 222\nThird,One@Example.org,+44 333\nFourth,one@example.org,-1\n"
    );
    let import = admin.upload_text(&text);
    assert_eq!((import.count("New"), import.count("Repeated"), import.count("Refused")), (1, 2, 1));
    assert!(import.page().readable().contains("Row 4 counts."));
    import.carry_on(&import.preview().untick(4));
    assert!(import.page().readable().contains("Row 3 counts."), "{}", import.page().readable());
    import.add_all();
    assert_eq!(import.count("Added"), 1);
    assert_eq!(site.contact("one@example.org"), pair("Second", "+44 222"));
}

#[test]
fn each_row_that_names_a_device_is_one_device() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let text = "Display Name,Email,Device Name,Serial Number,Platform\n\
        Ada,ada@example.org,Laptop,SN1,Linux\nAda,ada@example.org,Phone,SN2,iOS\nAda,ada@example.org,Phone,SN2,iOS\n";
    let import = admin.upload_text(text);
    import.add_all();
    assert_eq!((import.count("Added"), site.devices()), (1, 2));
    let again = admin.upload_text(text);
    assert!(again.page().readable().contains("Nothing to add"), "{}", again.page().readable());
    let more = admin.upload_text(&format!("{text}Ada,ada@example.org,Tablet,SN3,iOS\n"));
    more.add_all();
    assert_eq!(site.devices(), 3);
}

#[test]
fn all_or_nothing_writes_nothing_while_a_row_is_refused() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(&format!("{HEADER}One,one@example.org,\nTwo,nowhere,\n"));
    let before = site.fingerprint();
    let page = import.add(&import.preview().set("refused", "all")).expect(422);
    assert!(page.errors().concat().contains("all or nothing"), "{:?}", page.errors());
    assert_eq!(site.fingerprint(), before);
    import.add(&import.preview().set("refused", "good"));
    assert_eq!(site.name_of("one@example.org"), "One");
}

#[test]
fn all_or_nothing_writes_nothing_if_one_row_has_moved() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(&format!("{HEADER}One,one@example.org,\nTwo,two@example.org,\n"));
    site.add(vec![UserSample::new("Somebody", "two@example.org", site.a)]);
    // The page offers it where rows are refused; it holds whenever it is said.
    let page = import.add(&import.preview().set("refused", "all"));
    assert!(page.readable().contains("Nothing was added"), "{}", page.readable());
    assert!(site.with_address("one@example.org").is_none());
    assert_eq!(site.name_of("two@example.org"), "Somebody");
    assert_eq!((import.count("New"), import.count("Kept as is")), (1, 1), "it can be looked at anew");
    import.add_all();
    assert_eq!(site.name_of("one@example.org"), "One");
}

#[test]
fn a_deleted_users_address_is_offered_as_restore() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let ids = site.add(vec![
        UserSample::new("One", "one@example.org", site.a),
        UserSample::new("Two", "two@example.org", site.a),
    ]);
    for id in &ids {
        site.delete(*id);
    }
    let import = admin.upload_text(&format!("{HEADER}One,one@example.org,\nTwo,two@example.org,\n"));
    assert_eq!((import.count("Deleted"), import.count("New")), (2, 0));
    assert!(import.page().readable().contains("Restore deleted user(s)"));
    import.carry_on(&import.preview().choose(2, "restore"));
    assert_eq!((import.count("Deleted"), import.count("Will be restored")), (1, 1));
    import.carry_on(&import.preview().set("restore", "yes").choose(3, "leave"));
    assert_eq!((import.count("Deleted"), import.count("Will be restored")), (1, 1));
    import.add_all();
    assert_eq!((import.count("Restored"), import.count("Added")), (1, 0));
    assert_eq!(site.user(ids[0]).deleted_at, 0);
    assert_ne!(site.user(ids[1]).deleted_at, 0);
}

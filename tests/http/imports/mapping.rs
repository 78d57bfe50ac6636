//! A header that nobody knows: asked once, remembered after that.

use crate::support::{Site, together};

const FIXTURE: &str = "users-other-headers.csv";
const COLUMNS: [&str; 6] = ["ignore", "email", "first-name", "last-name", "mobile", "ignore"];

fn form<'a>(fields: &[&'a str]) -> Vec<(&'static str, &'a str)> {
    fields.iter().map(|field| ("column", *field)).collect()
}

#[test]
fn unknown_headers_are_asked_about_once() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let before = site.people();
    let import = admin.upload(FIXTURE);
    let page = import.page();
    assert!(page.readable().contains("What do the columns hold?"), "{}", page.readable());
    assert!(page.readable().contains("User principal") && page.readable().contains("kofi.lindqvist601"));
    let columns = format!("{}/columns", import.path);
    for (wrong, status) in [
        (vec!["ignore"; 6], 422),
        (vec!["email", "email", "display-name", "ignore", "ignore", "ignore"], 422),
        // The form of another file.
        (vec!["ignore", "email", "display-name"], 400),
        (vec![], 422),
        (vec!["nonsense"; 6], 422),
    ] {
        let answer = admin.post(&columns, &form(&wrong));
        assert_eq!(answer.status, status, "{wrong:?}: {}", answer.readable());
        assert!(status == 400 || !answer.errors().is_empty(), "{wrong:?}");
    }
    admin.post(&columns, &form(&COLUMNS)).expect(303);
    assert_eq!((import.count("New"), import.count("Refused")), (100, 0));
    assert!(import.page().readable().contains("Ignored columns: User principal, Abteilung"));
    import.add_all();
    assert_eq!(site.people(), before + 100);
    assert_eq!(site.name_of("ngozi.sanchez603@example.org"), "Ngozi Sánchez");
    // The next file with this header, of whomever, is not asked about again.
    let administrator = site.admin();
    let again = administrator.upload(FIXTURE);
    assert_eq!((again.count("New"), again.count("Will change"), again.count("Unchanged")), (0, 0, 100));
}

#[test]
fn corrections_outlast_other_columns() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(
        "Display Name,Email,Mobile\nAda,ada.example.org,112\nBob,bob@example.org,call me\nCleo,cleo@example.org,113\nDan,dan.example.org,114\n",
    );
    import.correct(&[(2, 1, "ada@example.org")]).expect(303);
    import.correct(&[(5, 1, "dan@example")]);
    admin.post(&format!("{}/remapping", import.path), &[]).expect(303);
    admin.post(&format!("{}/columns", import.path), &form(&["display-name", "email", "ignore"])).expect(303);
    let page = import.page();
    assert_eq!(
        (import.count("New"), import.count("Refused"), import.count("All rows")),
        (3, 1, 4),
        "{}",
        page.readable()
    );
    assert_eq!(page.attributes("#row-5-2", "value"), ["dan@example"]);
    import.correct(&[(5, 1, "dan@example.org")]).expect(303);
    import.add_all();
    for (name, address) in [("Ada", "ada@example.org"), ("Bob", "bob@example.org"), ("Dan", "dan@example.org")] {
        assert_eq!(site.name_of(address), name);
        assert_eq!(site.with_address(address).unwrap().phone, "");
    }
}

#[test]
fn columns_that_are_chosen_twice_at_once_lose_no_row() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let rows: String = (0..3_000).map(|number| format!("Person {number},staff{number}@example.org,112\n")).collect();
    let import = admin.upload_text(&format!("Display Name,Email,Mobile\n{rows}"));
    assert_eq!(import.count("New"), 3_000);
    let columns = format!("{}/columns", import.path);
    for third in ["ignore", "mobile", "ignore"] {
        admin.post(&format!("{}/remapping", import.path), &[]).expect(303);
        let answers = together(4, |_| admin.post(&columns, &form(&["display-name", "email", third])).status);
        assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|status| [303, 409].contains(status)), "{answers:?}");
        assert_eq!((import.count("All rows"), import.count("New")), (3_000, 3_000));
    }
}

#[test]
fn the_columns_can_be_changed_from_the_preview() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text("Display Name,Email,Mobile\nAda,ada@example.org,+44 1865 270000\n");
    assert_eq!(import.count("New"), 1);
    import.carry_on(&import.preview());
    admin.post(&format!("{}/remapping", import.path), &[]).expect(303);
    assert!(import.page().readable().contains("What do the columns hold?"));
    admin.post(&format!("{}/columns", import.path), &form(&["display-name", "email", "ignore"])).expect(303);
    assert_eq!(import.count("New"), 1);
    import.add_all();
    assert_eq!(site.with_address("ada@example.org").unwrap().phone, "");
}

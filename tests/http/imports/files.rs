//! The files of tests/fixtures: how many people come of each, with all their letters; and nothing a second time.

use crate::support::{Person, Site};

/// Imports a file into an empty installation, looks whether `people` came of it, and sends it once more.
#[track_caller]
fn brings(fixture: &str, people: i64, names: &[(&str, &str)]) {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let before = site.people();
    let import = admin.upload(fixture);
    assert_eq!(import.count("New"), people);
    assert_eq!(import.count("Refused"), 0);
    assert_eq!(site.people(), before, "something was written before “Add”");
    import.add_all();
    assert_eq!(import.count("Added"), people);
    assert_eq!(site.people(), before + people);
    for (email, name) in names {
        assert_eq!(site.name_of(email), *name);
    }
    changes_nothing(&admin, fixture, people);
}

/// A file whose people are there already: every row is as it is.
#[track_caller]
fn changes_nothing(admin: &Person<'_>, fixture: &str, people: i64) {
    let again = admin.upload(fixture);
    assert_eq!((again.count("New"), again.count("Will change"), again.count("Unchanged")), (0, 0, people));
    // Nor with "Replace existing user(s)".
    let page = again.carry_on(&again.preview().set("existing", "replace"));
    assert!(page.readable().contains("Nothing to add"), "{}", page.readable());
    assert!(again.add(&again.preview()).errors().concat().contains("Nothing to add"));
}

#[test]
fn with_headers() {
    brings("users-with-headers.csv", 300, &[("liam.ibanez2@example.org", "Liam Ibáñez")]);
}

#[test]
fn bare() {
    brings("users-bare.csv", 200, &[("arjun.fernandez203@example.org", "Arjun Fernández")]);
}

#[test]
fn bare_names_semicolon_windows_1252() {
    let names =
        [("oscar.khan302@example.org", "Óscar Khan"), ("andrzej.bjornsdottir311@example.org", "Andrzej Björnsdóttir")];
    brings("users-bare-names-semicolon-windows1252.csv", 150, &names);
}

#[test]
fn semicolon_bom() {
    let names = [("fatima.nemeth401@example.org", "Fatima Németh"), ("yael.jonsson402@example.org", "Yael Jónsson")];
    brings("users-semicolon-bom.csv", 150, &names);
}

#[test]
fn tab_utf16() {
    brings("users-tab-utf16.csv", 120, &[("fionnuala.horvath501@example.org", "Fionnuala Horváth")]);
}

#[test]
fn overlapping_repeated_and_bad() {
    let fixture = "users-overlapping-repeated-and-bad.csv";
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let before = site.people();
    let import = admin.upload(fixture);
    assert_eq!((import.count("All rows"), import.count("New")), (400, 305));
    assert_eq!((import.count("Refused"), import.count("Repeated")), (41, 54));
    let refused = import.refused();
    assert_eq!(refused.len(), 41);
    assert!(refused.iter().all(|(_, reasons)| !reasons.is_empty()));
    let reasons = |row| refused.iter().find(|(refused, _)| *refused == row).map(|(_, reasons)| reasons.as_str());
    assert_eq!(reasons(16), Some("Enter one of these as ownership: Personal, Corporate, Allow User to Select"));
    assert_eq!(reasons(27), Some("Enter an e-mail address such as name@example.org"));
    import.add_all();
    assert_eq!((import.count("Added"), import.count("Refused")), (305, 41));
    assert_eq!(import.refused(), refused, "the result names the refused rows as the preview did");
    assert_eq!(site.people(), before + 305);
    changes_nothing(&admin, fixture, 305);
}

#[test]
fn hostile_values_are_text_or_refused() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload("users-hostile.csv");
    assert!(!import.page().text().contains("<script>alert"));
    assert_eq!((import.count("New"), import.count("Refused")), (4, 4));
    let refused = [
        (4, "Write the name on one line, without line breaks"),
        (5, "Enter a phone number with at least three digits, or leave it empty"),
        (8, "Shorten the name to 255 characters; it has 5000"),
        (9, "Take the invisible character U+0000 out of the name"),
    ];
    assert_eq!(import.refused(), refused.map(|(row, reason)| (row, reason.to_owned())));
    import.add_all();
    assert_eq!(site.name_of("script@example.org"), "<script>alert(1)</script>");
    assert_eq!(site.name_of("formula@example.org"), r#"=HYPERLINK("http://x.example","click")"#);
    assert_eq!(site.name_of("rtl@example.org"), "مريم حداد");
    assert_eq!(site.name_of("decomposed@example.org"), "Zo\u{eb}");
    for email in ["line@example.org", "quote@example.org", "nul@example.org"] {
        assert!(site.with_address(email).is_none(), "{email}");
    }
    assert!(!admin.open("/users?q=script").text().contains("<script>alert"));
    changes_nothing(&admin, "users-hostile.csv", 4);
}

//! `muster import users FILE`: the same import from a shell.

use diesel::prelude::*;
use muster::clock::HOUR;
use muster::db::schema::jobs;
use muster::jobs::lease;

use crate::support::{Said, Site, UserSample, in_repository};

impl Site {
    /// Imports a file of tests/fixtures, with these further arguments.
    fn imports(&self, fixture: &str, arguments: &[&str]) -> Said {
        let file = in_repository(&format!("tests/fixtures/{fixture}"));
        self.shell(&[&["import", "users", file.to_str().unwrap()], arguments].concat())
    }

    /// Imports a file with this text.
    fn imports_text(&self, text: &str, arguments: &[&str]) -> Said {
        let file = self.database.dir.path().join("people.csv");
        std::fs::write(&file, text).unwrap();
        self.shell(&[&["import", "users", file.to_str().unwrap()], arguments].concat())
    }
}

#[track_caller]
fn ends_with(said: &Said, status: i32) {
    assert_eq!(said.status, Some(status), "{}{}", said.out, said.errors);
}

#[test]
fn counts_and_a_second_time() {
    let site = Site::start();
    let people = site.people();
    let said = site.imports("users-with-headers.csv", &["--dry-run"]);
    ends_with(&said, 0);
    assert_eq!((said.number("rows"), said.number("new")), (300, 300));
    assert_eq!(site.people(), people, "a dry run writes nothing");
    let said = site.imports("users-with-headers.csv", &["--customer", "Birch & Sons"]);
    ends_with(&said, 0);
    assert_eq!((said.number("new"), said.number("added"), said.number("skipped")), (300, 300, 0));
    assert_eq!(site.people(), people + 300);
    assert_eq!(site.with_address("liam.ibanez2@example.org").unwrap().customer_id, site.b);
    let said = site.imports("users-with-headers.csv", &["--existing", "replace"]);
    ends_with(&said, 0);
    assert_eq!((said.number("new"), said.number("will change"), said.number("unchanged")), (0, 0, 300));
    assert_eq!((said.number("added"), site.people()), (0, people + 300));
}

#[test]
fn refused_rows_are_named_and_end_with_3() {
    let site = Site::start();
    let people = site.people();
    let whole = site.imports("users-overlapping-repeated-and-bad.csv", &["--all-or-nothing"]);
    ends_with(&whole, 3);
    assert_eq!(site.people(), people);
    let said = site.imports("users-overlapping-repeated-and-bad.csv", &[]);
    ends_with(&said, 3);
    assert_eq!((said.number("rows"), said.number("refused"), said.number("repeated")), (400, 41, 54));
    assert_eq!((said.number("added"), site.people()), (305, people + 305));
    assert_eq!(said.errors.lines().filter(|line| line.starts_with("row ")).count(), 41);
    assert!(said.errors.contains("row 27: Enter an e-mail address such as name@example.org"), "{}", said.errors);
}

#[test]
fn a_mapping_is_remembered_for_the_next_file() {
    let site = Site::start();
    let people = site.people();
    let map = ["--map", "Mail=email,Vorname=first-name,Nachname=last-name,Telefon=mobile"];
    let unmapped = |said: &Said| {
        ends_with(said, 1);
        assert!(said.errors.contains("--map"), "{}", said.errors);
    };
    unmapped(&site.imports("users-other-headers.csv", &[]));
    let dry = site.imports("users-other-headers.csv", &[&map[..], &["--dry-run"]].concat());
    ends_with(&dry, 0);
    assert_eq!(dry.number("new"), 100);
    // A dry run leaves no trace, so it does not remember either.
    unmapped(&site.imports("users-other-headers.csv", &[]));
    for wrong in ["Mail=nonsense", "Mail", "Nowhere=email", "Mail=email"] {
        let said = site.imports("users-other-headers.csv", &["--map", wrong]);
        ends_with(&said, 1);
        assert_eq!(said.errors.trim_end().lines().count(), 1, "{}", said.errors);
    }
    let said = site.imports("users-other-headers.csv", &map);
    ends_with(&said, 0);
    assert_eq!((said.number("added"), site.people()), (100, people + 100));
    assert_eq!(site.name_of("ngozi.sanchez603@example.org"), "Ngozi Sánchez");
    let again = site.imports("users-other-headers.csv", &[]);
    ends_with(&again, 0);
    assert_eq!((again.number("new"), again.number("unchanged")), (0, 100));
    // In the browser too.
    let _working = site.work();
    let admin = site.admin();
    assert_eq!(admin.upload("users-other-headers.csv").count("Unchanged"), 100);
}

#[test]
fn existing_users_are_kept_replaced_or_filled() {
    let site = Site::start();
    let sample = UserSample { phone: "+44 1".into(), ..UserSample::new("One", "one@example.org", site.a) };
    site.add(vec![sample]);
    let text = "Display Name,Email,Mobile\nOne New,one@example.org,+44 2222\n";
    let phone_and_name = || {
        let user = site.with_address("one@example.org").unwrap();
        (user.name, user.phone)
    };
    let before = phone_and_name();
    for choice in ["keep", "fill"] {
        ends_with(&site.imports_text(text, &["--existing", choice]), 0);
        assert_eq!(phone_and_name(), before, "{choice}");
    }
    let said = site.imports_text(text, &["--existing", "replace"]);
    ends_with(&said, 0);
    assert_eq!(said.number("changed"), 1);
    assert_eq!(phone_and_name(), ("One New".into(), "+44 2222".into()));
}

#[test]
fn what_cannot_be_done_is_one_line() {
    let site = Site::start();
    let before = site.fingerprint();
    let good = "Display Name,Email\nOne,one@example.org\n";
    for (text, arguments) in [
        ("", &[][..]),
        ("\n\n\n", &[]),
        ("Display Name,Email\n", &[]),
        ("no,address\nin,here\n", &[]),
        ("\u{0}\u{1}\u{2}\u{ff}", &[]),
        (good, &["--customer", "Nobody's"]),
        (good, &["--role", "Nobody's"]),
    ] {
        let said = site.imports_text(text, arguments);
        ends_with(&said, 1);
        assert_eq!(said.errors.trim_end().lines().count(), 1, "{text:?} {arguments:?}: {}", said.errors);
        assert!(said.errors.starts_with("muster: "), "{}", said.errors);
    }
    let missing = site.shell(&["import", "users", "/nowhere/people.csv"]);
    ends_with(&missing, 1);
    assert_eq!(site.fingerprint(), before);
}

/// With a server on the same database, its workers do the work.
#[test]
fn a_running_server_does_it() {
    let site = Site::start();
    site.set_clock_by_the_system();
    // What the shell asks for from now on is due already.
    site.wait(HOUR);
    let _working = site.work();
    site.until("the workers hold their lease", || site.read(|conn| lease::is_held(conn, lease::JOBS, site.now())));
    let said = site.imports("users-bare.csv", &[]);
    ends_with(&said, 0);
    assert_eq!(said.number("added"), 200);
    let workers: Vec<String> = site.read(|conn| Ok(jobs::table.select(jobs::locked_by).load(conn)?));
    // The name of a server's worker ends in its number.
    assert!(workers.len() == 2 && workers.iter().all(|name| name.contains('-')), "{workers:?}");
}

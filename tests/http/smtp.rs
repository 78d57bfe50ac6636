//! Mails handed to a real SMTP server: delivered, refused, put off, cut off, and never sent where it is not safe.

use muster::features::mail::actions::{Postman, enqueue};
use muster::features::mail::model::{Kind, Mail, State};
use muster::features::mail::{Letter, queries};

use crate::support::{Served, Site, Smtp};

const MINUTE: i64 = 60_000;

fn site(url: &str, smtp: &Smtp) -> Site {
    Site::start_with(&[("smtp_url", url), ("smtp_ca", &smtp.authority())])
}

fn write(site: &Site, email: &str) -> i64 {
    let (app, now) = (site.app.clone(), site.now());
    let letter = Letter::new(Kind::Test, "Zoë", email, "Hello\r\nBcc: all@example.org").says("Grüße.\r\n.\r\nQUIT\r\n");
    site.write(move |conn| enqueue(conn, &app, &letter, now))
}

fn found(site: &Site, id: i64) -> Mail {
    site.read(|conn| queries::find(conn, id))
}

#[test]
fn mails_travel_under_tls_that_is_verified() {
    for (mode, scheme) in [("starttls", "smtp"), ("implicit", "smtps")] {
        let Some(smtp) = Smtp::start(&[mode, "--login", "ada@example.org:p@ss wörd"]) else { return };
        let url = format!("{scheme}://ada%40example.org:p%40ss%20w%C3%B6rd@localhost:{}", smtp.port);
        let site = site(&url, &smtp);
        let ids: Vec<i64> = (0..3).map(|n| write(&site, &format!("p{n}@bücher.example"))).collect();
        assert_eq!(site.post(), 3);
        for (n, id) in ids.iter().enumerate() {
            let mail = found(&site, *id);
            assert_eq!((mail.state(), mail.answer.as_str()), (State::Sent, "250 2.0.0 kept"), "{mode}");
            assert_eq!(smtp.count(&format!("p{n}@xn--bcher-kva.example")), 1, "{mode}");
        }
        let text = &smtp.mails()[0];
        assert!(!text.to_lowercase().contains("\r\nbcc:"), "{text}");
        assert!(text.contains(&found(&site, ids[0]).message_id) && text.contains("Auto-Submitted: auto-generated"));
    }
}

/// Without trust nothing is sent, and nothing is lost.
#[test]
fn a_server_that_is_not_trusted_gets_nothing() {
    for arguments in [&["starttls", "--other-name"][..], &["implicit", "--other-name"], &["plain"]] {
        let Some(smtp) = Smtp::start(arguments) else { return };
        let scheme = if arguments[0] == "implicit" { "smtps" } else { "smtp" };
        let url = format!("{scheme}://ada:secretword@localhost:{}", smtp.port);
        let site = site(&url, &smtp);
        let id = write(&site, "zoe@example.org");
        site.post();
        let mail = found(&site, id);
        assert_eq!(mail.state(), State::Queued, "{arguments:?}");
        assert!(!mail.answer.is_empty() && !mail.answer.contains("secretword"), "{}", mail.answer);
        assert!(smtp.mails().is_empty());
        // Nor is a certificate good that nobody vouches for.
        let site = Site::start_with(&[("smtp_url", &url)]);
        let id = write(&site, "zoe@example.org");
        site.post();
        assert_eq!((found(&site, id).state(), smtp.mails().len()), (State::Queued, 0));
    }
}

#[test]
fn a_wrong_password_keeps_mails_waiting() {
    let Some(smtp) = Smtp::start(&["implicit", "--login", "ada:right"]) else { return };
    let site = site(&format!("smtps://ada:wrong@localhost:{}", smtp.port), &smtp);
    let id = write(&site, "zoe@example.org");
    site.post();
    let mail = found(&site, id);
    assert_eq!((mail.state(), smtp.mails().len()), (State::Queued, 0));
    assert!(mail.answer.contains("535"), "{}", mail.answer);
}

#[test]
fn what_the_server_says_decides() {
    let Some(smtp) = Smtp::start(&["plain"]) else { return };
    let site = site(&format!("smtp://localhost:{}?tls=none", smtp.port), &smtp);
    let write = |name: &str| (name.to_owned(), write(&site, &format!("{name}@example.org")));
    let all: Vec<(String, i64)> =
        ["before", "busy", "busy-data", "no", "no-data", "gone", "drop", "slow", "after"].map(write).into();
    for _ in 0..4 {
        site.post();
        // What could not be reached is left alone for a moment.
        site.wait(3_000);
    }
    let state = |name: &str| {
        let (_, id) = all.iter().find(|(other, _)| other == name).unwrap();
        let mail = found(&site, *id);
        (mail.state(), mail.answer)
    };
    for (name, wanted, says) in [
        ("before", State::Sent, "250"),
        ("busy", State::Queued, "451"),
        ("busy-data", State::Queued, "452"),
        ("no", State::Failed, "550"),
        ("no-data", State::Failed, "554"),
        ("gone", State::Queued, ""),
        ("drop", State::Uncertain, ""),
        ("slow", State::Sent, "250"),
        ("after", State::Sent, "250"),
    ] {
        let (state, answer) = state(name);
        assert_eq!(state, wanted, "{name}: {answer}");
        assert!(answer.contains(says), "{name}: {answer}");
    }
    assert_eq!(smtp.count("drop@example.org"), 1, "it had arrived");
    // What is uncertain is never sent again by itself; what was put off is, after longer and longer waits, until it has failed.
    for _ in 0..40 {
        site.wait(75 * MINUTE);
        site.post();
    }
    assert_eq!(smtp.count("drop@example.org"), 1);
    assert_eq!((state("drop").0, state("busy").0, state("gone").0), (State::Uncertain, State::Failed, State::Failed));
    assert_eq!(smtp.mails().len(), 4);
}

/// Who carries mails goes over to the server that the settings page names, without being started again, and back.
#[test]
fn the_server_of_the_settings_page_is_used_at_once() {
    let Some(smtp) = Smtp::start(&["implicit", "--login", "ada:right words"]) else { return };
    let site = Site::start_with(&[("smtp_ca", &smtp.authority())]);
    let mut postman = Postman::new(&site.app, "one");
    let mut carry = || while postman.deliver(&site.app).unwrap() {};
    let first = write(&site, "before@example.org");
    carry();
    assert!(found(&site, first).answer.contains(".eml"));
    let admin = site.admin();
    let seen = |admin: &crate::support::Person<'_>| admin.open("/settings/mail").field("seen").unwrap();
    let port = smtp.port.to_string();
    let mut server = vec![("host", "localhost"), ("port", port.as_str()), ("encryption", "tls"), ("login", "ada")];
    let now = seen(&admin);
    server.extend([("seen", now.as_str()), ("password", "wrong words"), ("sender", "desk@example.org")]);
    admin.post("/settings/mail", &server).expect(303);
    let id = write(&site, "p@example.org");
    carry();
    assert_eq!((found(&site, id).state(), smtp.mails().len()), (State::Queued, 0));
    server.retain(|(name, _)| !["seen", "password"].contains(name));
    let now = seen(&admin);
    server.extend([("seen", now.as_str()), ("password", "right words")]);
    admin.post("/settings/mail", &server).expect(303);
    // What waits is tried again when its time has come.
    site.wait(MINUTE);
    carry();
    assert_eq!((found(&site, id).state(), smtp.count("p@example.org")), (State::Sent, 1));
    assert!(smtp.mails()[0].contains("desk@example.org"));
}

/// A server that is gone for a while: nothing is lost, all is sent once, and soon.
#[test]
fn mails_wait_for_a_server_that_is_gone() {
    let Some(smtp) = Smtp::start(&["plain"]) else { return };
    let (port, url) = (smtp.port.to_string(), format!("smtp://localhost:{}?tls=none", smtp.port));
    let site = site(&url, &smtp);
    let (folder, _home) = smtp.stop();
    let ids: Vec<i64> = (0..10).map(|n| write(&site, &format!("p{n}@example.org"))).collect();
    let mut postman = Postman::new(&site.app, "one");
    for _ in 0..10 {
        while postman.deliver(&site.app).unwrap() {}
        site.wait(MINUTE);
    }
    assert!(ids.iter().all(|id| found(&site, *id).state() == State::Queued));
    let smtp = Smtp::start_in(folder, &["plain", "--port", &port]).unwrap();
    site.wait(2 * MINUTE);
    while postman.deliver(&site.app).unwrap() {}
    for (n, id) in ids.iter().enumerate() {
        assert_eq!((found(&site, *id).state(), smtp.count(&format!("p{n}@example.org"))), (State::Sent, 1));
    }
}

/// The program is killed with mails in every state: none is lost, none is sent twice, and the one that was on its way waits for a person.
#[test]
fn killed_while_it_hands_mails_over() {
    let Some(smtp) = Smtp::start(&["plain"]) else { return };
    let site = Site::start();
    site.set_clock_by_the_system();
    let url = format!("smtp://localhost:{}?tls=none", smtp.port);
    let folder = site.database.dir.path().to_str().unwrap();
    let settings = [("MUSTER_SMTP_URL", url.as_str()), ("MUSTER_DATA_DIR", folder)];
    let server = Served::start(&site.database, &settings);
    let before: Vec<i64> = (0..5).map(|n| write(&site, &format!("before{n}@example.org"))).collect();
    let silent = write(&site, "silent@example.org");
    let after: Vec<i64> = (0..5).map(|n| write(&site, &format!("after{n}@example.org"))).collect();
    site.until("the server waits for an answer", || smtp.count("silent@example.org") == 1);
    server.kill();
    let again = Served::start(&site.database, &settings);
    site.until("the others are sent", || after.iter().all(|id| found(&site, *id).state() == State::Sent));
    assert!(before.iter().all(|id| found(&site, *id).state() == State::Sent));
    // Nobody else takes it up while its worker may still be there; then it is uncertain.
    assert_eq!(found(&site, silent).state(), State::HandingOver);
    drop(again);
    site.set_clock_by_the_system();
    site.wait(6 * MINUTE);
    site.post();
    assert_eq!(found(&site, silent).state(), State::Uncertain);
    for n in 0..5 {
        assert_eq!(smtp.count(&format!("before{n}@example.org")), 1);
        assert_eq!(smtp.count(&format!("after{n}@example.org")), 1);
    }
    assert_eq!(smtp.count("silent@example.org"), 1);
}

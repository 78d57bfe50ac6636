//! The outbox: what is written with a change is sent once, whatever happens in between, and says only what it is to say.

use std::os::unix::fs::PermissionsExt;

use diesel::prelude::*;
use muster::db::schema::mails;
use muster::features::mail::actions::{Postman, enqueue};
use muster::features::mail::model::{HELD, Kind, State};
use muster::features::mail::{Letter, queries};
use muster::refusal::Refusal;

use crate::support::{Site, together};

fn letter(email: &str) -> Letter {
    Letter::new(Kind::Test, "Zoë", email, "Hello").says("A paragraph about violins.")
}

fn write(site: &Site, letter: Letter) -> i64 {
    let app = site.app.clone();
    let now = site.now();
    site.write(move |conn| enqueue(conn, &app, &letter, now))
}

fn state(site: &Site, id: i64) -> State {
    site.read(|conn| queries::find(conn, id)).state()
}

#[test]
fn a_mail_without_a_server_becomes_a_file_of_its_owners() {
    let site = Site::start();
    let id = write(&site, letter("zoe@example.org"));
    assert_eq!(site.post(), 1);
    let mail = site.read(|conn| queries::find(conn, id));
    assert_eq!((mail.state(), mail.answer, mail.body.len()), (State::Sent, format!("Written to mail/{id}.eml"), 0));
    let file = site.database.dir.path().join(format!("mail/{id}.eml"));
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    let text = std::fs::read_to_string(&file).unwrap();
    for part in [
        "Subject: Muster: Hello",
        "To: =?utf-8?",
        "zoe@example.org",
        "From: Muster <muster@localhost>",
        "violins",
        "text/html",
        &mail.message_id,
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn nothing_is_sent_of_what_did_not_happen() {
    let site = Site::start();
    let app = site.app.clone();
    let refused = site.app.db.write_now(move |conn| {
        enqueue(conn, &app, &letter("zoe@example.org"), 1)?;
        Err::<(), _>(Refusal::Unfit("no".into()))
    });
    assert!(refused.is_err());
    assert_eq!(site.post(), 0);
}

/// What is in a mail lies sealed in the database until it is sent, and not at all after that.
#[test]
fn the_words_of_a_mail_are_sealed() {
    let site = Site::start();
    let (one, two) = (write(&site, letter("one@example.org")), write(&site, letter("two@example.org")));
    let body = site.read(|conn| queries::find(conn, one)).body;
    assert!(!body.windows(7).any(|part| part == b"violins"));
    // Copied to another mail it opens nothing.
    site.write(move |conn| queries::set_body(conn, two, &body));
    site.post();
    assert_eq!((state(&site, one), state(&site, two)), (State::Sent, State::Failed));
}

/// Several instances share the outbox: each mail is carried by one of them.
#[test]
fn of_many_postmen_one_carries_a_mail() {
    let site = Site::start();
    let ids: Vec<i64> = (0..20).map(|n| write(&site, letter(&format!("p{n}@example.org")))).collect();
    let carried = together(5, |n| {
        let mut postman = Postman::new(&site.app, &format!("instance-{n}"));
        while postman.deliver(&site.app).unwrap() {}
        n
    });
    assert_eq!(carried.len(), 5);
    let attempts: Vec<i64> = site.read(|conn| Ok(mails::table.order(mails::id).select(mails::attempts).load(conn)?));
    assert_eq!(attempts, vec![1; ids.len()]);
    assert!(ids.iter().all(|id| state(&site, *id) == State::Sent));
}

/// Whose process was killed: what had not begun to leave is sent by the next, what had waits for a person.
#[test]
fn a_mail_whose_postman_is_gone_is_sent_or_uncertain() {
    let site = Site::start();
    let (early, late) = (write(&site, letter("early@example.org")), write(&site, letter("late@example.org")));
    let now = site.now();
    site.write(move |conn| {
        assert!(queries::claim(conn, early, "post-killed", now)?.is_some());
        assert!(queries::claim(conn, late, "post-killed", now)?.is_some());
        assert!(queries::claim(conn, late, "post-other", now)?.is_none(), "it is taken");
        assert!(!queries::begin(conn, late, "post-other", now)?, "it is not theirs");
        assert!(queries::begin(conn, late, "post-killed", now)?);
        Ok(())
    });
    assert_eq!(site.post(), 0, "somebody may still be at it");
    site.wait(HELD + 1);
    assert_eq!(site.post(), 1);
    assert_eq!((state(&site, early), state(&site, late)), (State::Sent, State::Uncertain));
    // The one that was thought to be gone comes back: it does not send what others have taken over.
    let now = site.now();
    assert!(!site.write(move |conn| queries::begin(conn, early, "post-killed", now)));
    // But its word about what it did hand over counts.
    assert!(site.write(move |conn| queries::settle(conn, late, "post-killed", State::Sent, "250 Ok", now)));
    assert_eq!(state(&site, late), State::Sent);
}

#[test]
fn an_address_that_takes_no_mail_fails_at_once() {
    let site = Site::start();
    let id = write(&site, letter("zoe@example.org\r\nRCPT TO:<all@example.org>"));
    site.post();
    let mail = site.read(|conn| queries::find(conn, id));
    assert_eq!(mail.state(), State::Failed);
    assert!(mail.answer.contains("not an address"), "{}", mail.answer);
}

/// The program itself sends what is queued.
#[test]
fn the_server_carries_mails_by_itself() {
    let site = Site::start();
    let working = site.work();
    let id = write(&site, letter("zoe@example.org"));
    site.until("the mail is sent", || state(&site, id) == State::Sent);
    drop(working);
}

//! The ledger of mails: what it says, and what can be done about a mail.

use diesel::prelude::*;
use muster::access::{Origin, Scope};
use muster::db::schema::mails;
use muster::features::mail::model::State;
use muster::features::mail::queries;
use muster::features::{sign_in, users};

use super::forgotten::link_in;
use crate::support::{Person, Role, Site};

/// Mails somebody a link; gives the number of the mail and the path of the link.
fn invite(site: &Site, id: i64) -> (i64, String) {
    let (app, origin) = (site.app.clone(), Origin::console(site.now()));
    let mail = site.write(move |conn| {
        let user = users::queries::find(conn, &Scope::All, id)?;
        sign_in::actions::mail_link(conn, &app, &origin, &user)?;
        Ok(mails::table.order(mails::id.desc()).select(mails::id).first::<i64>(conn)?)
    });
    site.post();
    (mail, sent(site, mail))
}

/// The link in a mail that was sent.
fn sent(site: &Site, mail: i64) -> String {
    link_in(&std::fs::read_to_string(site.database.dir.path().join(format!("mail/{mail}.eml"))).unwrap())
}

fn last(site: &Site) -> i64 {
    site.read(|conn| Ok(mails::table.order(mails::id.desc()).select(mails::id).first(conn)?))
}

fn facts(admin: &Person<'_>, mail: i64) -> String {
    admin.open(&format!("/mails/{mail}")).readable()
}

#[test]
fn the_ledger_tells_what_became_of_each_mail() {
    let site = Site::start();
    let admin = site.admin();
    assert!(admin.open("/mails").readable().contains("No mails yet"));
    let member = site.member(Role::Technician(site.a));
    let (mail, path) = invite(&site, member.id);
    let page = admin.open("/mails");
    assert!(page.readable().contains(&member.email) && page.readable().contains("Not used yet"), "{}", page.readable());
    let secret = path.rsplit('/').next().unwrap();
    assert!(!page.text().contains(secret) && !admin.open(&format!("/mails/{mail}")).text().contains(secret));
    assert!(admin.open(&format!("/mails?q={}", &member.email[..4])).readable().contains(&member.email));
    assert!(!admin.open("/mails?state=failed").readable().contains(&member.email));
    assert!(admin.open("/mails?state=sent&about=recovery").readable().contains(&member.email));
    let browser = site.visitor();
    browser.get(&path).expect(303);
    browser.post("/login/link", &[("password", "violins under the snow")]).expect(303);
    assert!(facts(&admin, mail).contains("Used"), "{}", facts(&admin, mail));
}

#[test]
fn a_mail_sent_again_holds_another_link() {
    let site = Site::start();
    let admin = site.admin();
    let member = site.member(Role::Technician(site.a));
    let (mail, first) = invite(&site, member.id);
    admin.post("/mails/resends", &[("id", &mail.to_string())]).expect(303);
    site.post();
    let second = sent(&site, last(&site));
    site.visitor().get(&first).expect(404);
    site.visitor().get(&second).expect(303);
    assert!(facts(&admin, mail).contains("Void"));
    // So does one that is copied; it is shown on that page alone.
    let page = admin.post(&format!("/mails/{mail}/link"), &[]).expect(200);
    let third = page.one("#copied-link").unwrap();
    site.visitor().get(&second).expect(404);
    site.visitor().get(third.strip_prefix("http://localhost:8080").unwrap()).expect(303);
    for action in ["mail.resend", "user.recovery-link"] {
        assert!(site.audit().iter().any(|row| row.action == action), "{action}");
    }
}

#[test]
fn a_revoked_mail_opens_nothing_and_is_not_sent() {
    let site = Site::start();
    let admin = site.admin();
    let member = site.member(Role::Technician(site.a));
    let (mail, path) = invite(&site, member.id);
    admin.post("/mails/revocations", &[("id", &mail.to_string())]).expect(303);
    site.visitor().get(&path).expect(404);
    admin.post("/mails/revocations", &[("id", &mail.to_string())]).expect(422);
    // One that was not sent yet never is.
    admin.post("/mails/tests", &[]).expect(303);
    let test = last(&site);
    admin.post("/mails/revocations", &[("id", &test.to_string())]).expect(303);
    assert_eq!(site.post(), 0);
    assert_eq!(site.read(|conn| queries::find(conn, test)).state(), State::Revoked);
}

/// What failed or is uncertain is sent again as it was written, under the same Message-ID.
#[test]
fn an_uncertain_mail_is_sent_again_when_somebody_says_so() {
    let site = Site::start();
    let admin = site.admin();
    admin.post("/mails/tests", &[]).expect(303);
    let mail = last(&site);
    let before = site.read(|conn| queries::find(conn, mail)).message_id;
    let now = site.now();
    site.write(move |conn| {
        queries::claim(conn, mail, "post-one", now)?;
        queries::begin(conn, mail, "post-one", now)?;
        queries::settle(conn, mail, "post-one", State::Uncertain, "no answer", now)
    });
    assert_eq!(site.post(), 0, "not by itself");
    let page = facts(&admin, mail);
    assert!(page.contains("Uncertain") && page.contains("no answer") && page.contains("may come twice"), "{page}");
    admin.post("/mails/resends", &[("id", &mail.to_string())]).expect(303);
    assert_eq!(site.post(), 1);
    let after = site.read(|conn| queries::find(conn, mail));
    assert_eq!((after.state(), after.message_id), (State::Sent, before));
    // Its words are gone now.
    admin.post("/mails/resends", &[("id", &mail.to_string())]).expect(422);
}

#[test]
fn only_who_manages_the_whole_installation_sees_mails() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let (mail, _) = invite(&site, member.id);
    for person in [site.administrator(site.a), site.technician(site.a)] {
        person.get("/mails").expect(403);
        person.get(&format!("/mails/{mail}")).expect(403);
        person.post("/mails/resends", &[("id", &mail.to_string())]).expect(403);
    }
    site.admin().get("/mails/999999").expect(404);
    assert!(!site.administrator(site.a).open("/users").text().contains("href=\"/mails\""));
}

//! "Forgot password": the same answer after the same work for every address; what comes of it is seen by whoever reads the mail.

use muster::db::schema::{mails, recovery_requests};
use muster::features::mail::model::{Kind, State};

use diesel::prelude::*;

use crate::support::{Member, PASSWORD, Person, Role, Site, UserSample, exchange, request};

const NEW: &str = "violins under the snow";
const MINUTE: i64 = 60_000;

/// The mails for an address, as they lie in the folder, the last one last.
pub fn mailed(site: &Site, email: &str) -> Vec<String> {
    site.post();
    let theirs = mails::table.filter(mails::recipient.eq(email)).filter(mails::state.eq(State::Sent.number()));
    let ids: Vec<i64> = site.read(|conn| Ok(theirs.order(mails::id).select(mails::id).load(conn)?));
    let read = |id: &i64| std::fs::read_to_string(site.database.dir.path().join(format!("mail/{id}.eml"))).unwrap();
    ids.iter().map(read).collect()
}

/// The path of the link in a mail.
pub fn link_in(mail: &str) -> String {
    let text = mail.replace("=\r\n", "").replace("=3D", "=");
    let begin = text.find("http://localhost:8080/links/").expect("a link to this installation");
    let link: String = text[begin..].chars().take_while(|c| !c.is_whitespace() && !"\"<".contains(*c)).collect();
    link.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

fn ask(browser: &Person<'_>, email: &str) -> crate::support::Answer {
    browser.post("/login/forgot", &[("email", email)])
}

/// Has the worker look at what was asked.
fn answered(site: &Site) {
    while muster::features::sign_in::actions::answer_requests(&site.app).unwrap() {}
}

fn latest(site: &Site, member: &Member<'_>) -> String {
    answered(site);
    link_in(mailed(site, &member.email).last().expect("a mail"))
}

#[test]
fn whoever_forgot_their_password_chooses_another_and_keeps_their_second_factor() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let elsewhere = member.signed_in();
    let browser = site.visitor();
    assert!(browser.open("/login").text().contains("href=\"/login/forgot\""));
    browser.open("/login/forgot");
    ask(&browser, &member.email).expect(200);
    let path = latest(&site, &member);
    // A scanner of mails opens it, as often as it likes.
    for method in ["HEAD", "GET", "GET"] {
        site.send(method, &path, &[], b"").expect(303);
    }
    // Nothing has happened yet.
    elsewhere.open("/account");
    member.types_password(&site.visitor()).expect(303);
    assert_eq!(browser.get(&path).expect(303).location(), "/login/link");
    assert_eq!(browser.post("/login/link", &[("password", NEW)]).expect(303).location(), "/login/code");
    elsewhere.get("/account").expect(303);
    site.visitor().get(&path).expect(404);
    site.visitor().post("/login", &[("email", &member.email), ("password", PASSWORD)]).expect(422);
    let used: i64 = site.read(|conn| Ok(mails::table.select(mails::link_used_at).first(conn)?));
    assert_eq!(used, site.now());
}

#[test]
fn a_link_that_was_asked_for_lasts_half_an_hour_and_until_the_next() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    ask(&site.visitor(), &member.email).expect(200);
    let first = latest(&site, &member);
    ask(&site.visitor(), &member.email).expect(200);
    let second = latest(&site, &member);
    site.visitor().get(&first).expect(404);
    site.wait(30 * MINUTE - 1);
    site.visitor().get(&second).expect(303);
    site.wait(1);
    site.visitor().get(&second).expect(404);
}

/// Everybody gets the same page, and the same work is done; mails go only to those who may sign in.
#[test]
fn asking_tells_nothing_about_anybody() {
    let site = Site::start();
    let admin = site.admin();
    let known = site.member(Role::Technician(site.a));
    let disabled = site.member(Role::Technician(site.a));
    admin.post(&format!("/users/{}/status", disabled.id), &[("status", "disabled")]).expect(303);
    let deleted = site.member(Role::Technician(site.a));
    site.delete(deleted.id);
    site.add(vec![UserSample::new("Plain", "plain@example.org", site.a)]);
    let kinds = [
        known.email.clone(),
        "nobody@example.org".into(),
        disabled.email.clone(),
        deleted.email.clone(),
        "plain@example.org".into(),
    ];
    let mut answers = Vec::new();
    for email in &kinds {
        let browser = site.visitor();
        browser.csrf();
        let mut answer = None;
        let statements = site.statements_of(|| answer = Some(ask(&browser, email)));
        answers.push((answer.unwrap().expect(200).readable(), statements));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert!(answers[0].0.contains("If somebody signs in here"));
    answered(&site);
    let mailed: Vec<(String, String)> =
        site.read(|conn| Ok(mails::table.select((mails::recipient, mails::kind)).load(conn)?));
    assert_eq!(mailed, [(known.email.clone(), Kind::Recovery.word().to_owned())]);
}

/// Somebody else who keeps asking does not fill a mailbox, nor void the link that its owner has just got for ever.
#[test]
fn asking_again_and_again_sends_three_mails_an_hour() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let browser = site.visitor();
    for _ in 0..20 {
        ask(&browser, &member.email).expect(200);
        answered(&site);
        site.post();
        site.wait(1_000);
    }
    assert_eq!(mailed(&site, &member.email).len(), 3);
    let late = ask(&browser, "nobody@example.org");
    assert_eq!((late.status, late.header("retry-after")), (429, Some("3600")));
    let kept: i64 = site.read(|conn| Ok(recovery_requests::table.count().get_result(conn)?));
    assert_eq!(kept, 20);
    site.wait(61 * MINUTE);
    ask(&browser, &member.email).expect(200);
    answered(&site);
    assert_eq!(mailed(&site, &member.email).len(), 4);
}

/// What a request says about hosts is in no mail.
#[test]
fn links_lead_to_the_public_url_whatever_the_request_says() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let browser = site.visitor();
    let form = browser.form("/login/forgot", &[("email", &member.email)]);
    let text = String::from_utf8(form).unwrap();
    for evil in [
        "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: http\r\nForwarded: host=evil.example\r\n",
        "X-Host: evil.example\r\nX-Original-URL: http://evil.example/\r\n",
    ] {
        let (line, rest) = text.split_once("\r\n").unwrap();
        exchange(site.address, format!("{line}\r\n{evil}{rest}").as_bytes()).expect(200);
        answered(&site);
        site.post();
    }
    let raw = request("GET", "/login/forgot", &[("Host", "evil.example")], b"");
    exchange(site.address, &raw);
    answered(&site);
    let all = mailed(&site, &member.email);
    assert_eq!(all.len(), 2);
    for mail in all {
        assert!(!mail.contains("evil"), "{mail}");
        link_in(&mail);
    }
}

/// A name cannot write headers, nor a second address.
#[test]
fn a_name_stays_a_name() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let id = member.id;
    site.database
        .execute(&format!(
            "UPDATE users SET name = 'Eve{0}Bcc: all@example.org{0}{0}<script>alert(1)</script>' WHERE id = {id}",
            "\r\n"
        ))
        .unwrap();
    ask(&site.visitor(), &member.email).expect(200);
    answered(&site);
    let mail = mailed(&site, &member.email).remove(0);
    let head = mail.split("\r\n\r\n").next().unwrap();
    assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
    let (_, page) = mail.split_once("Content-Type: text/html").unwrap();
    assert!(!page.contains("<script>") && page.contains("alert(1)"), "{mail}");
}

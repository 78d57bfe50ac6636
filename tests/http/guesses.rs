//! Guessing: counted before it is tested, in one place for all secrets, without locking out whom it is aimed at.

use muster::access::Origin;
use muster::access::session::Level;
use muster::features::sign_in;

use crate::support::{Answer, Member, PASSWORD, Person, Role, Site, encoded, exchange, together};

const HOUR: i64 = 3_600_000;
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn wrong(browser: &Person<'_>, email: &str) -> Answer {
    browser.post("/login", &[("email", email), ("password", "not the password")])
}

/// The same through a proxy, or by somebody who says so.
fn wrong_from(browser: &Person<'_>, email: &str, forwarded: &str) -> Answer {
    let token = browser.csrf();
    let body = encoded(&[("csrf", &token), ("email", email), ("password", "not the password")]);
    browser.send("POST", "/login", &[FORM, ("X-Forwarded-For", forwarded)], body.as_bytes())
}

/// A stranger who guesses until the account keeps everybody unknown waiting for half an hour.
fn besiege(member: &Member<'_>) {
    let stranger = member.site.visitor();
    for _ in 0..16 {
        member.site.app.clock.advance(HOUR);
        wrong(&stranger, &member.email).expect(422);
    }
}

#[test]
fn the_sixth_wrong_try_waits_whoever_it_is_about() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    for email in [member.email.as_str(), "nobody@example.org"] {
        let browser = site.visitor();
        for _ in 0..5 {
            wrong(&browser, email).expect(422);
        }
        let held = wrong(&browser, email).expect(429);
        assert_eq!(held.header("retry-after"), Some("1"));
        assert_eq!(held.field("email").as_deref(), Some(email));
        assert!(!held.text().contains("not the password"));
    }
    // The right one is not even tested meanwhile; a second later it is.
    let browser = site.visitor();
    member.types_password(&browser).expect(429);
    site.app.clock.advance(999);
    member.types_password(&browser).expect(429);
    site.app.clock.advance(1);
    member.types_password(&browser).expect(303);
    // It was right, but gives back none of the tries: a wrong code is the next failure, and costs more.
    browser.post("/login/code", &[("code", &member.wrong_code())]).expect(422);
    let held = member.types_code(&browser).expect(429);
    assert_eq!(held.header("retry-after"), Some("2"));
}

#[test]
fn all_secrets_of_an_account_share_one_count() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let stranger = site.visitor();
    let half = site.browser_of(member.id, Level::CodeDue);
    let full = site.browser_of(member.id, Level::Full);
    let code = member.wrong_code();
    let recovery = "0".repeat(24);
    let change = [("password_current", "not the password"), ("password", "violins under the snow")];
    let tries: [&dyn Fn() -> Answer; 5] = [
        &|| wrong(&stranger, &member.email),
        &|| half.post("/login/code", &[("code", &code)]),
        &|| half.post("/login/code", &[("code", &recovery)]),
        &|| full.post("/login/confirm", &[("code", &code)]),
        &|| full.post("/account/password", &change),
    ];
    for (n, attempt) in tries.iter().enumerate() {
        assert_eq!(attempt().status, 422, "{n}");
    }
    for (n, attempt) in tries.iter().enumerate() {
        let held = attempt();
        assert_eq!((held.status, held.header("retry-after")), (429, Some("1")), "{n}");
    }
    // Nor is anything right taken now.
    member.types_password(&site.visitor()).expect(429);
    member.types_code(&half).expect(429);
    full.post("/login/confirm", &[("code", &member.code())]).expect(429);
    half.post("/login/code", &[("code", &member.recovery_codes[0])]).expect(429);
    full.post("/account/password", &[("password_current", PASSWORD), change[1]]).expect(429);
    site.app.clock.advance(1_000);
    assert_eq!(member.types_code(&half).expect(303).location(), "/users");
}

#[test]
fn of_fifty_wrong_passwords_at_once_no_more_than_five_are_tested() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let form = site.visitor().form("/login", &[("email", &member.email), ("password", "not the password")]);
    let answers = together(50, |_| exchange(site.address, &form).status);
    let tested = answers.iter().filter(|status| **status == 422).count();
    assert!((1..=5).contains(&tested), "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 422 | 429 | 503)), "{answers:?}");
}

#[test]
fn the_users_own_browser_does_not_wait_for_strangers() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let other = site.member(Role::Technician(site.a));
    let (known, others) = (member.signed_in(), other.signed_in());
    known.post("/logout", &[]).expect(303);
    others.post("/logout", &[]).expect(303);
    besiege(&member);
    member.types_password(&site.visitor()).expect(429);
    // A browser is known for its own person only.
    member.types_password(&others).expect(429);
    assert_eq!(member.signs_in(&known).location(), "/users");
    member.types_password(&site.visitor()).expect(429);
    // Nor is it a place for guessing without end.
    known.post("/logout", &[]).expect(303);
    for _ in 0..5 {
        wrong(&known, &member.email).expect(422);
    }
    wrong(&known, &member.email).expect(429);
}

#[test]
fn there_are_never_more_than_a_hundred_guesses() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let known = member.signed_in();
    let stranger = site.visitor();
    let mut guesses = 0;
    let shut = loop {
        site.app.clock.advance(HOUR);
        let answer = wrong(&stranger, &member.email);
        if answer.status == 429 {
            break answer;
        }
        guesses += 1;
    };
    assert_eq!(guesses, 100);
    assert_eq!(shut.header("retry-after"), None);
    site.app.clock.advance(1_000 * HOUR);
    member.types_password(&stranger).expect(429);
    // Somebody else's code-guessing is over as well; the link that an administrator sends opens the account again.
    site.browser_of(member.id, Level::CodeDue).post("/login/code", &[("code", &member.code())]).expect(429);
    let (app, origin, id) = (site.app.clone(), Origin::console(site.now()), member.id);
    let link = site.write(move |conn| sign_in::actions::recovery_link(conn, &app, &origin, id));
    let path = link.strip_prefix("http://localhost:8080").unwrap();
    stranger.get(path).expect(303);
    let chosen = stranger.post("/login/link", &[("password", "violins under the snow")]).expect(303);
    assert_eq!(chosen.location(), "/login/code");
    assert_eq!(member.types_code(&stranger).expect(303).location(), "/users");
    drop(known);
}

/// One password on many accounts is slowed by where it comes from.
#[test]
fn an_address_that_tries_everybody_waits() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let known = member.signed_in();
    known.post("/logout", &[]).expect(303);
    let browser = site.visitor();
    // Whatever it says of itself: nobody is a trusted proxy here.
    for n in 0..31 {
        wrong_from(&browser, &format!("nobody{n}@example.org"), &format!("198.51.100.{n}")).expect(422);
    }
    let held = wrong_from(&browser, "nobody99@example.org", "198.51.100.99").expect(429);
    assert_eq!(held.header("retry-after"), Some("1"));
    member.types_password(&site.visitor()).expect(429);
    member.types_password(&known).expect(303);
}

#[test]
fn a_trusted_proxy_says_who_it_is_and_nobody_else_does() {
    let site = Site::start_with(&[("trusted_proxies", "127.0.0.1")]);
    let browser = site.visitor();
    let mut number = 0;
    let mut from = |forwarded: &str| {
        number += 1;
        wrong_from(&browser, &format!("nobody{number}@example.org"), forwarded).status
    };
    for _ in 0..31 {
        assert_eq!(from("198.51.100.1"), 422);
    }
    assert_eq!(from("198.51.100.1"), 429);
    assert_eq!(from("198.51.100.2"), 422);
    // What stands left of the address that the proxy saw is the client's own invention.
    assert_eq!(from("203.0.113.7, 198.51.100.1"), 429);
    // Garbage counts for the proxy itself, however it changes.
    for n in 0..31 {
        assert_eq!(from(&format!("garbage{n}")), 422);
    }
    assert_eq!(from("other garbage"), 429);
    assert_eq!(from("198.51.100.2, "), 429);
}

#[test]
fn links_are_guessed_no_faster() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let (app, origin, id) = (site.app.clone(), Origin::console(site.now()), member.id);
    let link = site.write(move |conn| sign_in::actions::recovery_link(conn, &app, &origin, id));
    let path = link.strip_prefix("http://localhost:8080").unwrap();
    for n in 0..31 {
        site.visitor().get(&format!("/links/{n:A<43}")).expect(404);
    }
    for path in [path.to_owned(), format!("/links/{:A<43}", 99)] {
        assert_eq!(site.visitor().get(&path).expect(429).header("retry-after"), Some("1"));
    }
    site.app.clock.advance(1_000);
    site.visitor().get(path).expect(303);
}

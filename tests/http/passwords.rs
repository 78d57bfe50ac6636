//! Passwords as they are stored: hashed at today's cost, and given for a while only when somebody else chose them.

use std::sync::Arc;

use muster::access::credentials::{self, NewPassword};
use muster::access::hashing::{Cost, HashingGate};
use muster::access::random::SystemRandom;
use muster::clock::{DAY, MINUTE};

use crate::support::{Answer, Member, PASSWORD, Person, Role, Site, hashed};

const GIVEN: &str = "given by somebody else";
const OWN: &str = "violins under the snow";

impl Site {
    /// The password of somebody as it lies in the database, and as it was hashed.
    fn stored_password(&self, id: i64) -> (Vec<u8>, String) {
        let found = self.read(|conn| credentials::find(conn, id)).unwrap();
        (found.password_hash.clone(), found.password(&self.app.keys).unwrap().to_string())
    }
}

#[test]
fn a_hash_of_less_cost_is_replaced_when_its_owner_signs_in() {
    let site = Site::start_at_full_cost();
    let member = site.member(Role::Technician(site.a));
    let (app, id) = (site.app.clone(), member.id);
    let weak = hashed(&HashingGate::new(Cost::for_tests(), Arc::new(SystemRandom)), PASSWORD);
    site.write(move |conn| credentials::refresh_password(conn, &app.keys, app.random.as_ref(), id, &weak));
    let before = site.stored_password(member.id);
    assert!(before.1.contains("$m=64,t=1,p=1$"), "{}", before.1);

    let browser = site.visitor();
    for wrong in ["not the password", ""] {
        browser.post("/login", &[("email", &member.email), ("password", wrong)]).expect(422);
        assert_eq!(site.stored_password(member.id), before);
    }
    assert_eq!(member.types_password(&browser).expect(303).location(), "/login/code");
    let after = site.stored_password(member.id);
    assert!(after.1.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", after.1);
    // It is still the same password, which changed nothing else; and what is good stays as it is.
    assert_eq!(site.user(member.id).password_changed_at, site.now());
    site.wait(MINUTE);
    member.signs_in(&browser);
    assert_eq!(site.stored_password(member.id), after);
    browser.post("/logout", &[]).expect(303);
    browser.post("/login", &[("email", &member.email), ("password", "not the password")]).expect(422);
    assert_eq!(site.stored_password(member.id), after);
}

/// Somebody whose password was set by an administrator, as it is by default.
fn with_given_password(site: &Site, role: Role) -> Member<'_> {
    let member = site.member(role);
    let (app, id, now) = (site.app.clone(), member.id, site.now());
    let hash = hashed(&site.app.gate, GIVEN);
    site.write(move |conn| {
        let new = NewPassword { hash: &hash, must_change: true, expires_at: now + DAY };
        credentials::set_password(conn, &app.keys, app.random.as_ref(), id, &new, now)
    });
    member
}

fn shows(browser: &Person<'_>, member: &Member<'_>, password: &str) -> Answer {
    browser.post("/login", &[("email", &member.email), ("password", password)])
}

#[test]
fn a_given_password_must_be_changed_before_anything_else() {
    let site = Site::start();
    let member = with_given_password(&site, Role::Technician(site.a));
    site.wait(DAY - 1);
    let browser = site.visitor();
    assert_eq!(shows(&browser, &member, GIVEN).expect(303).location(), "/login/code");
    assert_eq!(member.types_code(&browser).expect(303).location(), "/login/password");
    for path in ["/users", "/account", "/account/password", "/login/activation", "/login/code"] {
        assert_eq!(browser.get(path).expect(303).location(), "/login/password", "{path}");
    }
    browser.post("/account/password", &[("password_current", GIVEN), ("password", OWN)]).expect(303);
    for refused in [GIVEN, "short", ""] {
        browser.open("/login/password");
        browser.post("/login/password", &[("password", refused)]).expect(422);
    }
    // Elsewhere the given one still leads here and no further, until it is changed.
    let elsewhere = site.visitor();
    shows(&elsewhere, &member, GIVEN).expect(303);
    let chosen = browser.post("/login/password", &[("password", OWN)]).expect(303);
    assert_eq!(chosen.location(), "/users");
    browser.open("/users");
    assert!(elsewhere.get("/login/code").expect(303).location().starts_with("/login"), "ended by the new password");
    shows(&site.visitor(), &member, GIVEN).expect(422);
    // What one chose oneself is due no more, and dies by no clock.
    site.wait(400 * DAY);
    let later = site.visitor();
    shows(&later, &member, OWN).expect(303);
    assert_eq!(member.types_code(&later).expect(303).location(), "/users");
}

#[test]
fn a_given_password_dies_after_a_day() {
    let site = Site::start();
    let member = with_given_password(&site, Role::Technician(site.a));
    site.wait(DAY);
    let browser = site.visitor();
    let essence = |answer: Answer| {
        let (status, headers, page) = answer.expect(422).essence();
        (status, headers, page)
    };
    let wrong = essence(shows(&browser, &member, "not the password"));
    let before = site.app.gate.begun();
    // It looks, and costs, as if it were any wrong one; nor is it good in the place of a fresh code.
    assert_eq!(essence(shows(&browser, &member, GIVEN)), wrong);
    assert_eq!(site.app.gate.begun() - before, 1);
    let inside = site.browser_of(member.id, muster::access::session::Level::Full);
    inside.post("/account/password", &[("password_current", GIVEN), ("password", OWN)]).expect(422);
    assert!(inside.get("/users").status == 200 && site.stored_password(member.id).1.starts_with("$argon2id$"));
    site.wait(1_000 * DAY);
    shows(&site.visitor(), &member, GIVEN).expect(422);
}

#[test]
fn somebody_who_was_given_a_password_sets_up_2fa_with_their_own() {
    let site = Site::start();
    let member = with_given_password(&site, Role::Technician(site.a));
    let (id, due) = (member.id, site.now() + DAY);
    site.write(move |conn| credentials::reset_totp(conn, &[id], due));
    let browser = site.visitor();
    assert_eq!(shows(&browser, &member, GIVEN).expect(303).location(), "/login/password");
    assert_eq!(browser.get("/login/activation").expect(303).location(), "/login/password");
    assert_eq!(browser.post("/login/password", &[("password", OWN)]).expect(303).location(), "/login/activation");
    assert_eq!(browser.get("/users").expect(303).location(), "/login/activation");
}

/// How long one must be depends on whether it is all that is asked; how long it may be does not.
#[test]
fn the_length_that_is_promised_holds_wherever_one_is_chosen() {
    let twelve = "kelp drum 47";
    let longest = "quartz violin ".repeat(10)[..128].to_owned();
    for (forced, refused, taken) in [(true, "kelp drum 4", twelve), (false, "kelp drum 47 w", "kelp drum 47 wy")] {
        let site = Site::start();
        if !forced {
            site.database.execute("INSERT INTO settings (key, value) VALUES ('force_2fa', 'off')").unwrap();
        }
        let member = site.member(Role::Technician(site.a));
        let browser = member.signed_in();
        let change = |old: &str, new: &str| {
            site.wait(MINUTE);
            browser.post("/account/password", &[("password_current", old), ("password", new)])
        };
        change(PASSWORD, refused).expect(422);
        change(PASSWORD, &format!("{longest}x")).expect(422);
        change(PASSWORD, taken).expect(303);
        change(taken, &longest).expect(303);
        // All of it counts.
        shows(&site.visitor(), &member, &longest[..127]).expect(422);
        shows(&site.visitor(), &member, &format!("{longest}x")).expect(422);
        shows(&site.visitor(), &member, &longest).expect(303);
    }
}

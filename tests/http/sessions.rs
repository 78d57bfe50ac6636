//! Sessions: new at every step, and over at once when they have to be.

use muster::access::session::Level;
use muster::access::{BuiltIn, Origin};
use muster::features::sign_in;
use muster::features::users::input::{Email, Status};

use crate::support::{Member, PASSWORD, Person, Role, Site, code_of_key};

const MINUTE: i64 = 60_000;
const NEW: &str = "violins under the snow";

/// Whether this browser is signed out: pages of one's own send to `/login`.
#[track_caller]
fn is_out(browser: &Person<'_>) {
    let answer = browser.get("/account").expect(303);
    assert!(answer.location().starts_with("/login?next="), "{}", answer.location());
}

/// Whether a session's cookie is worth nothing, in whatever browser.
#[track_caller]
fn is_worthless(site: &Site, cookie: &str) {
    let thief = site.visitor();
    thief.plant("muster", cookie);
    is_out(&thief);
    assert_eq!(thief.get("/login/code").expect(303).location(), "/login");
}

#[test]
fn every_step_starts_a_new_session_and_ends_the_old() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let browser = site.visitor();
    // A cookie that somebody else put there.
    browser.plant("muster", &"A".repeat(43));
    let mut seen = vec!["A".repeat(43)];
    let mut renewed = |browser: &Person<'_>, step: &str| {
        let cookie = browser.cookie("muster").unwrap();
        assert!(!seen.contains(&cookie), "{step}");
        is_worthless(&site, seen.last().unwrap());
        seen.push(cookie);
    };
    member.types_password(&browser).expect(303);
    renewed(&browser, "password");
    member.types_code(&browser).expect(303);
    renewed(&browser, "code");
    member.confirms(&browser, "/users").expect(303);
    renewed(&browser, "step-up");
    browser.post("/account/password", &[("password_current", PASSWORD), ("password", NEW)]).expect(303);
    renewed(&browser, "new password");
    member.confirms(&browser, "/account").expect(303);
    renewed(&browser, "step-up again");
    let key = browser.open("/account/two-factor").one("#key").unwrap();
    browser.post("/account/two-factor", &[("code", &code_of_key(&key, site.now()))]).expect(200);
    renewed(&browser, "new factor");
    browser.open("/users");
    // Somebody who begins to sign in where another is signed in takes the other one's place.
    let other = site.member(Role::Technician(site.a));
    other.types_password(&browser).expect(303);
    renewed(&browser, "somebody else");
}

#[test]
fn twelve_hours_are_twelve_hours_however_often_one_confirms() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let browser = member.signed_in();
    let end = site.now() + 12 * 60 * MINUTE;
    while site.now() + 20 * MINUTE < end {
        site.app.clock.advance(19 * MINUTE);
        assert_eq!(member.confirms(&browser, "/account").expect(303).location(), "/account");
    }
    site.app.clock.advance(end - site.now() - 1);
    browser.open("/account");
    site.app.clock.advance(1);
    is_out(&browser);
}

/// Each way to take somebody's rights away, and what their sessions are worth on the next request.
#[test]
fn who_is_shut_out_is_out_at_once_and_stays_out() {
    let site = Site::start();
    let admin = site.admin();
    let technician = site.role(BuiltIn::Technician).to_string();
    let users = site.role(BuiltIn::Users).to_string();
    type Way<'w> = &'w dyn Fn(&Member<'_>);
    let ways: [(&str, Way<'_>); 4] = [
        ("disabled", &|member| {
            let path = format!("/users/{}/status", member.id);
            admin.post(&path, &[("status", "disabled")]).expect(303);
        }),
        ("enabled again", &|member| {
            let path = format!("/users/{}/status", member.id);
            admin.post(&path, &[("status", "disabled")]).expect(303);
            admin.post(&path, &[("status", "active")]).expect(303);
            assert_eq!(site.user(member.id).status(), Status::Active);
        }),
        ("deleted and restored", &|member| {
            let plan = admin.post("/users/deletions", &[("id", &member.id.to_string())]).expect(303);
            admin.post(plan.location(), &[]).expect(303);
            admin.post("/users/restorations", &[("id", &member.id.to_string())]).expect(303);
            assert_eq!(site.user(member.id).deleted_at, 0);
        }),
        ("without a role that may sign in, for a while", &|member| {
            let path = format!("/users/{}/roles", member.id);
            admin.post(&path, &[("role", &users)]).expect(303);
            let place = format!("{technician}:{}", site.a);
            admin.post(&path, &[("role", &technician), ("scope", &place)]).expect(303);
        }),
    ];
    for (way, shut_out) in ways {
        let member = site.member(Role::Technician(site.a));
        let (browser, half) = (member.signed_in(), site.browser_of(member.id, Level::CodeDue));
        browser.open("/users");
        let form = half.form("/login/code", &[("code", &member.recovery_codes[0])]);
        shut_out(&member);
        assert!(browser.get("/users").expect(303).location().starts_with("/login"), "{way}");
        is_out(&browser);
        let late = crate::support::exchange(site.address, &form);
        assert!(matches!(late.status, 303 | 403) && late.location() != "/users", "{way}: {}", late.status);
    }
}

#[test]
fn a_role_taken_away_is_gone_on_the_next_request() {
    let site = Site::start();
    let admin = site.admin();
    let member = site.member(Role::Administrators(site.a));
    let browser = member.signed_in();
    let victim = site.add_user(site.a);
    browser.open("/users/new");
    let token = browser.csrf();
    let technician = site.role(BuiltIn::Technician).to_string();
    let place = format!("{technician}:{}", site.a);
    let form = [("role", technician.as_str()), ("scope", place.as_str())];
    admin.post(&format!("/users/{}/roles", member.id), &form).expect(303);
    assert_eq!(browser.csrf(), token);
    browser.post(&format!("/users/{victim}/status"), &[("status", "disabled")]).expect(403);
    browser.get("/users/new").expect(403);
    browser.open("/users");
}

#[test]
fn a_new_password_ends_all_other_sessions() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let (here, there) = (member.signed_in(), member.signed_in());
    let half = site.browser_of(member.id, Level::CodeDue);
    let form = half.form("/login/code", &[("code", &member.recovery_codes[0])]);
    here.post("/account/password", &[("password_current", PASSWORD), ("password", NEW)]).expect(303);
    is_out(&there);
    assert_ne!(crate::support::exchange(site.address, &form).location(), "/users");
    here.open("/account");
    member.types_password(&site.visitor()).expect(422);
}

#[test]
fn a_new_factor_ends_all_other_sessions_and_the_old_codes() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let (there, here) = (member.signed_in(), member.signed_in());
    let key = here.open("/account/two-factor").one("#key").unwrap();
    // Nobody else gets the same key to see, and a code of the old app does not set up the new one.
    assert_ne!(site.browser_of(member.id, Level::Full).open("/account/two-factor").one("#key").unwrap(), key);
    here.post("/account/two-factor", &[("code", &member.code())]).expect(422);
    here.post("/account/two-factor", &[("code", &code_of_key(&key, site.now()))]).expect(200);
    is_out(&there);
    here.open("/account");
    site.app.clock.advance(30_000);
    for old in [member.code(), member.recovery_codes[0].clone()] {
        let half = site.browser_of(member.id, Level::CodeDue);
        half.post("/login/code", &[("code", &old)]).expect(422);
    }
    let half = site.browser_of(member.id, Level::CodeDue);
    half.post("/login/code", &[("code", &code_of_key(&key, site.now()))]).expect(303);
}

#[test]
fn a_factor_that_was_reset_ends_the_sessions_and_is_due_within_a_day() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let browser = member.signed_in();
    let (app, origin, email) = (site.app.clone(), Origin::console(site.now()), Email::parse(&member.email).unwrap());
    site.write(move |conn| sign_in::actions::recover(conn, &app, &origin, &email, true));
    is_out(&browser);
    let again = site.visitor();
    assert_eq!(member.types_password(&again).expect(303).location(), "/login/activation");
    site.app.clock.advance(24 * 60 * MINUTE);
    member.types_password(&site.visitor()).expect(403);
}

#[test]
fn ones_own_sessions_are_seen_and_ended() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let stranger = site.technician(site.a);
    let (one, two, three) = (member.signed_in(), member.signed_in(), member.signed_in());
    let action = |browser: &Person<'_>| {
        let all = browser.open("/account").attributes("form[action^='/account/sessions/']", "action");
        assert!(!all.is_empty());
        all
    };
    let others = action(&three);
    assert_eq!(others.len(), 2);
    // Somebody else's is not there, for whoever asks.
    stranger.post(&others[0], &[]).expect(404);
    one.open("/account");
    two.open("/account");
    three.post(&others[1], &[]).expect(303);
    is_out(&one);
    three.post(&others[1], &[]).expect(404);
    three.post("/account/sessions", &[]).expect(303);
    is_out(&two);
    three.open("/account");
}

#[test]
fn who_signs_out_is_out() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let (browser, elsewhere) = (member.signed_in(), member.signed_in());
    let cookie = browser.cookie("muster").unwrap();
    let form = browser.form("/account/sessions", &[]);
    assert_eq!(browser.post("/logout", &[]).expect(303).location(), "/login");
    assert_eq!(browser.cookie("muster"), None);
    is_out(&browser);
    is_worthless(&site, &cookie);
    assert!(matches!(crate::support::exchange(site.address, &form).status, 303 | 403));
    // Signing out elsewhere is another matter.
    elsewhere.open("/account");
    browser.post("/logout", &[]).expect(303);
}

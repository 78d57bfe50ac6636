//! What matters takes a fresh code, and nobody loses what they typed by it.

use diesel::prelude::*;
use muster::access::BuiltIn;
use muster::access::keyring::Context;
use muster::access::session::Level;
use muster::db::schema::{credentials, kept_forms, settings};

use crate::support::{PASSWORD, Person, Role, Site, exchange, together};

const MINUTE: i64 = 60_000;

/// The roles that the form of a user shows as ticked.
fn ticked(browser: &Person<'_>, path: &str) -> Vec<String> {
    browser.open(path).attributes("input[name=role][checked]", "value")
}

fn kept(site: &Site) -> Vec<(i64, Vec<u8>)> {
    site.read(|conn| Ok(kept_forms::table.select((kept_forms::user_id, kept_forms::body)).load(conn)?))
}

#[test]
fn roles_take_a_code_of_the_last_ten_minutes() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let browser = member.signed_in();
    let path = format!("/users/{}/roles", site.add_user(site.a));
    site.app.clock.advance(10 * MINUTE - 1);
    browser.open(&path);
    site.app.clock.advance(1);
    let asked = browser.get(&path).expect(303);
    assert!(asked.location().starts_with("/login/confirm?next="), "{}", asked.location());
    let page = browser.open(asked.location());
    let next = page.field("next").unwrap();
    let wrong = browser.post("/login/confirm", &[("code", &member.wrong_code()), ("next", &next)]).expect(422);
    assert_eq!(wrong.field("next").as_deref(), Some(next.as_str()));
    assert!(browser.get(&path).expect(303).location().starts_with("/login/confirm"));
    assert_eq!(member.confirms(&browser, &next).expect(303).location(), path);
    browser.open(&path);
}

#[test]
fn the_form_of_roles_comes_back_filled_in_once() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let browser = member.signed_in();
    let user = site.add_user(site.a);
    let path = format!("/users/{user}/roles");
    let (technician, users) = (site.role(BuiltIn::Technician).to_string(), site.role(BuiltIn::Users).to_string());
    let place = format!("{technician}:{}", site.a);
    browser.open(&path);
    site.app.clock.advance(11 * MINUTE);
    let before = site.fingerprint();
    let form = [
        ("page", path.as_str()),
        ("role", technician.as_str()),
        ("scope", place.as_str()),
        ("password", "a secret of theirs"),
        ("password_current", "a secret of theirs"),
        ("code", "a secret of theirs"),
    ];
    let asked = browser.post(&path, &form).expect(303);
    assert!(asked.location().starts_with("/login/confirm"), "{}", asked.location());
    assert_eq!(before, site.fingerprint());
    // What is kept is sealed, and the secrets are not among it.
    let [(owner, sealed)] = kept(&site).try_into().unwrap();
    assert_eq!(owner, member.id);
    let place_of = Context { table: "kept_forms", column: "body", row: owner };
    let plain = String::from_utf8(site.app.keys.open(&place_of, &sealed).unwrap().to_vec()).unwrap();
    assert!(plain.contains(&place) && !plain.contains("secret of theirs") && !plain.contains("csrf"), "{plain}");
    assert!(!String::from_utf8_lossy(&sealed).contains(&place));

    assert_eq!(member.confirms(&browser, "").expect(303).location(), path);
    assert_eq!(ticked(&browser, &path), [technician]);
    assert_eq!(before, site.fingerprint());
    assert_eq!(ticked(&browser, &path), [users]);
    assert!(kept(&site).is_empty());
}

#[test]
fn a_form_that_came_too_late_comes_back_to_its_sender() {
    let site = Site::start();
    let (member, other) = (site.member(Role::Administrators(site.a)), site.member(Role::Administrators(site.a)));
    let user = site.add_user(site.a);
    let (path, edit) = (format!("/users/{user}"), format!("/users/{user}/edit"));
    let stored = site.user(user);
    let version = stored.changed_at.to_string();
    let form = [
        ("page", edit.as_str()),
        ("name", "Typed at length"),
        ("email", stored.email.as_str()),
        ("version", version.as_str()),
    ];
    // A browser whose session has ended while somebody typed.
    let late = || {
        let browser = member.signed_in();
        browser.csrf();
        site.app.clock.advance(31 * MINUTE);
        let asked = browser.post(&path, &form).expect(303);
        assert!(asked.location().starts_with("/login"), "{}", asked.location());
        assert_eq!(site.user(user).name, stored.name);
        browser
    };
    let name = |browser: &Person<'_>| browser.open(&edit).field("name").unwrap();

    let browser = late();
    assert_eq!(member.signs_in(&browser).location(), edit);
    assert_eq!(name(&browser), "Typed at length");
    assert_eq!(name(&browser), stored.name, "only once");

    // Somebody else at the same screen does not learn what was typed.
    let browser = late();
    assert_eq!(other.signs_in(&browser).location(), "/users");
    assert_eq!(name(&browser), stored.name);
    // Nor does the same person in another browser, or after a quarter of an hour.
    assert_eq!(name(&member.signed_in()), stored.name);
    let browser = late();
    site.app.clock.advance(15 * MINUTE);
    assert_eq!(member.signs_in(&browser).location(), "/users");
    assert_eq!(name(&browser), stored.name);
}

#[test]
fn a_late_form_without_its_token_is_kept_nowhere() {
    let site = Site::start();
    let member = site.member(Role::Administrators(site.a));
    let browser = member.signed_in();
    let edit = format!("/users/{}/edit", site.add_user(site.a));
    site.app.clock.advance(31 * MINUTE);
    let body = crate::support::encoded(&[("csrf", "wrong"), ("page", &edit), ("name", "x")]);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    browser.send("POST", edit.trim_end_matches("/edit"), &[form], body.as_bytes()).expect(403);
    assert!(kept(&site).is_empty());
}

#[test]
fn one_code_confirms_once_for_fifty_at_the_same_moment() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let browsers: Vec<Person<'_>> = (0..5).map(|_| site.browser_of(member.id, Level::Full)).collect();
    let forms: Vec<Vec<u8>> = browsers
        .iter()
        .map(|browser| browser.form("/login/confirm", &[("code", &member.code()), ("next", "/account")]))
        .collect();
    let answers = together(50, |n| exchange(site.address, &forms[n % 5]));
    assert_eq!(answers.iter().filter(|answer| answer.location() == "/account").count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 303 | 422 | 429 | 503)));
}

#[test]
fn a_recovery_code_confirms_once_and_its_owner_is_told() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let browser = member.signed_in();
    let code = &member.recovery_codes[0];
    browser.post("/login/confirm", &[("code", code), ("next", "/account")]).expect(303);
    let told = |kind: &str| -> Vec<String> {
        use diesel::prelude::*;
        use muster::db::schema::mails;
        let told = mails::table.filter(mails::kind.eq(kind)).select(mails::recipient);
        site.read(|conn| Ok(told.load(conn)?))
    };
    assert_eq!(told("recovery-code-used"), std::slice::from_ref(&member.email));
    let audit = site.admin().open("/audit?action=user.recovery-code-used").readable();
    assert!(audit.contains(&site.user(member.id).name), "{audit}");
    browser.post("/login/confirm", &[("code", code), ("next", "/account")]).expect(422);
}

#[test]
fn who_has_no_factor_confirms_with_the_password() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let id = member.id;
    site.write(move |conn| {
        diesel::insert_into(settings::table)
            .values((settings::key.eq("force_2fa"), settings::value.eq("off")))
            .execute(conn)?;
        diesel::update(credentials::table.find(id)).set(credentials::totp_secret.eq(Vec::<u8>::new())).execute(conn)?;
        Ok(())
    });
    let browser = site.visitor();
    assert_eq!(member.types_password(&browser).expect(303).location(), "/users");
    let path = format!("/users/{}/roles", site.add_user(site.a));
    browser.open(&path);
    site.app.clock.advance(11 * MINUTE);
    browser.get(&path).expect(303);
    let wrong = browser.post("/login/confirm", &[("password", "not the password"), ("next", &path)]).expect(422);
    assert!(!wrong.text().contains("not the password"));
    // Recovery codes stand in for an app; without one they are nothing.
    browser.post("/login/confirm", &[("code", &member.recovery_codes[0]), ("next", &path)]).expect(422);
    let confirmed = browser.post("/login/confirm", &[("password", PASSWORD), ("next", &path)]).expect(303);
    assert_eq!(confirmed.location(), path);
    browser.open(&path);
}

//! Signing in: what lets somebody in, what does not, and where they end up.

use diesel::prelude::*;
use muster::access::session::{self, Level};
use muster::db::schema::sessions;

use crate::support::{Answer, Member, PASSWORD, Person, Role, Site, UserSample, exchange, together};

/// Places outside the house, as people write them who want somebody to go there.
const OUTSIDE: [&str; 9] = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "javascript:alert(1)",
    "evil.example",
    " //evil.example/",
];

fn stays(answer: &Answer) {
    let to = answer.location();
    assert!(to.starts_with('/') && !to.starts_with("//") && !to.contains("evil"), "{to}");
}

fn full_sessions(site: &Site, id: i64) -> i64 {
    site.read(|conn| {
        let full = sessions::table.filter(sessions::user_id.eq(id)).filter(sessions::level.eq(Level::Full.number()));
        Ok(full.count().get_result(conn)?)
    })
}

#[test]
fn a_password_and_a_code_let_somebody_in() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let browser = site.visitor();
    let asked = browser.get("/users?sort=-email").expect(303);
    assert_eq!(asked.location(), "/login?next=%2Fusers%3Fsort%3D-email");
    let form = browser.open(asked.location());
    let next = form.field("next").unwrap();
    let half = browser
        .post("/login", &[("email", &member.email.to_uppercase()), ("password", PASSWORD), ("next", &next)])
        .expect(303);
    assert_eq!(half.location(), "/login/code");
    assert!(browser.get("/users").expect(303).location().starts_with("/login/code"));
    let wrong = browser.post("/login/code", &[("code", &member.wrong_code())]).expect(422);
    assert_eq!(wrong.errors().len(), 1);
    let done = member.types_code(&browser).expect(303);
    assert_eq!(done.location(), "/users?sort=-email");
    browser.open("/users");
    assert!(site.audit().iter().any(|row| row.action == "sign-in" && row.object_id == member.id));
}

#[test]
fn whoever_may_not_come_in_gets_the_same_answer() {
    let site = Site::start();
    let admin = site.admin();
    let member = site.member(Role::Technician(site.a));
    let disabled = site.member(Role::Technician(site.a));
    let deleted = site.member(Role::Technician(site.a));
    let without_role = site.member(Role::Users(site.a));
    let without_password = "plain@example.org";
    site.add(vec![UserSample::new("Plain", without_password, site.a)]);
    admin.post(&format!("/users/{}/status", disabled.id), &[("status", "disabled")]).expect(303);
    site.delete(deleted.id);
    let browser = site.visitor();
    let answer = |email: &str, password: &str| {
        let answer = browser.post("/login", &[("email", email), ("password", password)]).expect(422);
        let (status, headers, page) = answer.essence();
        let headers: Vec<_> = headers.into_iter().filter(|(name, _)| name != "content-length").collect();
        (status, headers, page.replace(email, "EMAIL"))
    };
    let reference = answer(&member.email, "not the password");
    for (email, password) in [
        ("nobody@example.org", PASSWORD),
        (disabled.email.as_str(), PASSWORD),
        (deleted.email.as_str(), PASSWORD),
        (without_role.email.as_str(), PASSWORD),
        (without_password, PASSWORD),
        ("not an address", PASSWORD),
    ] {
        assert_eq!(answer(email, password), reference, "{email}");
    }
}

#[test]
fn a_code_is_good_for_its_step_and_the_next_and_once() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let half = || site.browser_of(member.id, Level::CodeDue);
    let show = |code: &str| half().post("/login/code", &[("code", code)]);
    show(&member.code_in(1)).expect(422);
    show(&member.code_in(-2)).expect(422);
    let spaced = member.code_in(-1);
    show(&format!(" {} {} ", &spaced[..3], &spaced[3..])).expect(303);
    show(&member.code()).expect(303);
    // Neither that one again nor the one before it, in no place.
    show(&member.code()).expect(422);
    show(&member.code_in(-1)).expect(422);
    let full = site.browser_of(member.id, Level::Full);
    full.post("/login/confirm", &[("code", &member.code())]).expect(422);
    site.app.clock.advance(30_000);
    show(&member.code()).expect(303);
}

/// Fifty requests at one moment, from ten browsers that have all shown the password.
fn rush(site: &Site, member: &Member<'_>, code: &str) {
    let halves: Vec<Person<'_>> = (0..10).map(|_| site.browser_of(member.id, Level::CodeDue)).collect();
    let forms: Vec<Vec<u8>> = halves.iter().map(|half| half.form("/login/code", &[("code", code)])).collect();
    let answers = together(50, |n| exchange(site.address, &forms[n % 10]));
    let inside: Vec<&Answer> = answers.iter().filter(|answer| answer.location() == "/users").collect();
    assert_eq!(inside.len(), 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| matches!(answer.status, 303 | 422 | 429 | 503)));
    assert_eq!(full_sessions(site, member.id), 1);
}

#[test]
fn a_code_works_once_for_fifty_at_the_same_moment() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    rush(&site, &member, &member.code());
}

#[test]
fn a_recovery_code_works_once_for_fifty_at_the_same_moment() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    rush(&site, &member, &member.recovery_codes[0]);
}

#[test]
fn a_recovery_code_stands_in_for_the_app_once() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let other = site.member(Role::Technician(site.a));
    let half = || site.browser_of(member.id, Level::CodeDue);
    let code = member.recovery_codes[3].to_lowercase().replace('-', " ");
    half().post("/login/code", &[("code", &other.recovery_codes[3])]).expect(422);
    let browser = half();
    assert_eq!(browser.post("/login/code", &[("code", &code)]).expect(303).location(), "/users");
    assert!(browser.open("/account").readable().contains("9 of 10"));
    assert!(site.audit().iter().any(|row| row.action == "user.recovery-code-used" && row.object_id == member.id));
    half().post("/login/code", &[("code", &member.recovery_codes[3])]).expect(422);
    // New ones take the place of all older ones.
    let page = browser.post("/account/recovery-codes", &[]).expect(200);
    let renewed = page.all("#codes li");
    assert_eq!(renewed.len(), 10);
    half().post("/login/code", &[("code", &member.recovery_codes[5])]).expect(422);
    half().post("/login/code", &[("code", &renewed[0])]).expect(303);
}

#[test]
fn who_used_a_recovery_code_hears_how_many_are_left() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let browser = site.browser_of(member.id, Level::CodeDue);
    let answer = browser.post("/login/code", &[("code", &member.recovery_codes[0])]).expect(303);
    let said = browser.follow(&answer).flash().unwrap();
    assert!(said.contains("9 of 10 are left"), "{said}");
}

#[test]
fn who_is_out_hears_why() {
    let site = Site::start();
    let browser = site.technician(site.a);
    browser.open("/users");
    site.app.clock.advance(31 * 60_000);
    let late = browser.get("/users").expect(303);
    assert_eq!(browser.follow(&late).flash().as_deref(), Some("Your session has ended. Sign in again."));
    assert_eq!(site.visitor().open("/login").flash(), None);
}

#[test]
fn half_a_sign_in_reaches_nothing() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let victim = site.add_user(site.a);
    let steps = [
        (Level::CodeDue, "/login/code"),
        (Level::ActivationDue, "/login/activation"),
        (Level::NewPasswordDue, "/login/password"),
    ];
    let before = site.fingerprint();
    for (level, step) in steps {
        let half = site.browser_of(member.id, level);
        for path in ["/users", "/users/new", "/account", "/account/password", "/account/two-factor", "/login/confirm"] {
            assert_eq!(half.get(path).expect(303).location(), step, "{path}");
        }
        for (path, fields) in [
            (format!("/users/{victim}/status"), vec![("status", "disabled")]),
            (format!("/users/{victim}/roles"), vec![]),
            ("/account/password".to_owned(), vec![("password_current", PASSWORD), ("password", "another good one 1")]),
            ("/account/recovery-codes".to_owned(), vec![]),
            ("/account/sessions".to_owned(), vec![]),
            ("/login/confirm".to_owned(), vec![("code", member.recovery_codes[0].as_str())]),
        ] {
            assert_eq!(half.post(&path, &fields).expect(303).location(), step, "{path}");
        }
        // No step can be left out by going to another one: least of all the code, by setting up a new factor.
        for (_, other) in steps.iter().filter(|(_, other)| *other != step) {
            assert_eq!(half.get(other).expect(303).location(), step);
            let fields = [("code", "123456"), ("password", "another good one 1")];
            assert_eq!(half.post(other, &fields).expect(303).location(), step, "{other}");
        }
    }
    assert_eq!(before, site.fingerprint());
    assert_eq!(full_sessions(&site, member.id), 0);
}

#[test]
fn nobody_is_led_out_of_the_house() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let (visitor, inside) = (site.visitor(), site.technician(site.a));
    for place in OUTSIDE {
        let query: String = url::form_urlencoded::byte_serialize(place.as_bytes()).collect();
        let form = visitor.open(&format!("/login?next={query}"));
        assert_eq!(form.field("next").unwrap_or_default(), "", "{place}");
        stays(&inside.get(&format!("/login?next={query}")).expect(303));
        let confirm = inside.open(&format!("/login/confirm?next={query}"));
        assert_eq!(confirm.field("next").unwrap_or_default(), "", "{place}");
    }
    // In the form, in the cookie that remembers it, and with the step-up.
    for place in ["//evil.example/", "/\\evil.example/", "https://evil.example/"] {
        site.app.clock.advance(30_000);
        let browser = site.visitor();
        let half = browser.post("/login", &[("email", &member.email), ("password", PASSWORD), ("next", place)]);
        stays(&half.expect(303));
        browser.plant("muster-next", &data_encoding::BASE64URL_NOPAD.encode(place.as_bytes()));
        let done = member.types_code(&browser).expect(303);
        assert_eq!(done.location(), "/users", "{place}");
        assert_eq!(member.confirms(&browser, place).expect(303).location(), "/users", "{place}");
    }
    // What is no header's business is no fault either.
    for place in ["/users?q=Zo\u{eb}", "/users?q=\u{1f600}", "/users\r\nX-Evil: 1"] {
        let query: String = url::form_urlencoded::byte_serialize(place.as_bytes()).collect();
        let answer = inside.get(&format!("/login?next={query}")).expect(303);
        assert!(answer.header("x-evil").is_none());
    }
}

#[test]
fn cookies_are_kept_from_scripts_and_other_sites() {
    for (url, prefix) in [("http://localhost:8080", ""), ("https://muster.example.org", "__Host-")] {
        let site = Site::start_with(&[("public_url", url)]);
        let member = site.member(Role::Technician(site.a));
        let browser = site.visitor();
        let first = browser.open("/login");
        let half = browser
            .post("/login", &[("email", &member.email), ("password", PASSWORD), ("next", "/users?q=x")])
            .expect(303);
        let whole = member.types_code(&browser).expect(303);
        let out = browser.post("/logout", &[]).expect(303);
        let lines: Vec<String> =
            [&first, &half, &whole, &out].iter().flat_map(|answer| answer.cookies().map(str::to_owned)).collect();
        for name in ["muster", "muster-seed", "muster-next", "muster-browser", "muster-flash"] {
            assert!(lines.iter().any(|line| line.starts_with(&format!("{prefix}{name}="))), "{name}: {lines:?}");
        }
        for line in &lines {
            assert!(line.starts_with(prefix), "{line}");
            for part in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                assert!(line.contains(part), "{part}: {line}");
            }
            assert_eq!(line.contains("; Secure"), !prefix.is_empty(), "{line}");
            assert!(!line.contains("Domain"), "{line}");
        }
        // The session goes with the browser; no value is the same as what the database holds.
        let session = whole.cookies().find(|line| line.starts_with(&format!("{prefix}muster="))).unwrap();
        assert!(!session.contains("Max-Age") && !session.contains("Expires"), "{session}");
        assert_eq!(session.split(['=', ';']).nth(1).unwrap().len(), 43, "256 bits: {session}");
    }
}

#[test]
fn half_a_sign_in_ends_by_itself() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let half = site.browser_of(member.id, Level::CodeDue);
    site.app.clock.advance(session::IDLE);
    let form = half.form("/login/code", &[("code", &member.code())]);
    let late = exchange(site.address, &form);
    assert!(matches!(late.status, 303 | 403), "{}", late.status);
    assert_ne!(late.location(), "/users");
    assert_eq!(full_sessions(&site, member.id), 0);
}

//! Settings: who may change them, what a change does and to whom, what is refused, what the audit says; and that pages ask the database nothing for them.

use diesel::prelude::*;
use muster::access::session::Level;
use muster::access::{BuiltIn, credentials};
use muster::clock::{MINUTE, SECOND};
use muster::db::schema::users;
use muster::features::users::input::TfaStatus;
use muster::features::users::model::Stored;

use crate::support::{Answer, PASSWORD, Part, Person, Role, Site, multipart};

const SECURITY: &str = "/settings/account-security";
const MAIL: &str = "/settings/mail";
const PAGES: [&str; 5] = [SECURITY, "/settings/sessions", "/settings/passwords", "/settings/branding", MAIL];

/// Sends the form of a page as it is drawn, with some of its fields changed.
fn saves(actor: &Person<'_>, path: &str, changed: &[(&str, &str)]) -> Answer {
    let drawn = actor.open(path).form(&format!("form[action='{path}']"));
    let mut form: Vec<(&str, &str)> = drawn
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !changed.iter().any(|(other, _)| other == name))
        .collect();
    form.extend_from_slice(changed);
    actor.post(path, &form)
}

/// Demands 2FA: looks at the effect, then saves.
fn forces(actor: &Person<'_>, force: &str, roles: &[i64]) -> Answer {
    let roles: Vec<String> = roles.iter().map(ToString::to_string).collect();
    let seen = actor.open(SECURITY).field("seen").unwrap();
    let mut form = vec![("force", force), ("seen", seen.as_str())];
    form.extend(roles.iter().map(|id| ("role", id.as_str())));
    let look = actor.post(SECURITY, &form).expect(200);
    let shown = look.field("shown").unwrap();
    form.push(("shown", &shown));
    actor.post(SECURITY, &form)
}

/// What the audit says of changes of settings, the last first.
fn told(site: &Site) -> Vec<String> {
    let all = site.audit().into_iter().rev();
    all.filter(|row| row.action == "installation.settings").map(|row| row.data).collect()
}

/// Somebody with a password and no second factor.
fn without_factor(site: &Site, role: Role) -> (i64, String) {
    let member = site.member(role);
    let id = member.id;
    site.write(move |conn| {
        credentials::reset_totp(conn, &[id], 0)?;
        let never = users::tfa.eq(TfaStatus::NotActive.number());
        Ok(diesel::update(users::table.find(id)).set(never).execute(conn)?)
    });
    (id, member.email)
}

fn signs_in(site: &Site, email: &str) -> String {
    let answer = site.visitor().post("/login", &[("email", email), ("password", PASSWORD)]);
    answer.expect(303).location().to_owned()
}

#[test]
fn settings_are_for_who_holds_the_whole_installation() {
    let site = Site::start();
    let (admin, administrator, some) = (site.admin(), site.administrator(site.a), site.all_in(site.a));
    for path in PAGES {
        admin.open(path);
        for person in [&administrator, &some] {
            person.get(path).expect(403);
            person.post(path, &[]).expect(403);
        }
    }
    assert!(admin.open("/users").all("nav a").contains(&"Portal Management".to_owned()));
    for person in [&administrator, &some] {
        assert!(!person.open("/users").all("nav a").contains(&"Portal Management".to_owned()));
        person.get("/settings").expect(403);
        person.post("/settings/branding/logo/removal", &[]).expect(403);
    }
    assert!(told(&site).is_empty());
}

/// What a variable sets is shown with its name, can be changed nowhere, and a password is not shown.
#[test]
fn mail_is_shown_as_it_is_set() {
    let site = Site::start_with(&[("smtp_url", "smtps://postmaster:hunter-two-two@mail.example.org:465")]);
    let page = site.admin().open(MAIL);
    let text = page.readable();
    for said in ["mail.example.org:465", "postmaster", "MUSTER_SMTP_URL", "read-only"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!page.text().contains("hunter-two-two") && page.all("main form").is_empty());
    site.administrator(site.a).get(MAIL).expect(403);
    let elsewhere = [("host", "elsewhere.example"), ("encryption", "tls")];
    assert!(
        site.admin().post(MAIL, &elsewhere).expect(409).readable().contains("MUSTER_SMTP_URL names the mail server")
    );
    let site = Site::start_with(&[("mail_from", "desk@example.org")]);
    let page = site.admin().open(MAIL);
    assert!(page.readable().contains("desk@example.org") && page.all("#sender").is_empty());
    assert_eq!(saves(&site.admin(), MAIL, &[("sender", "other@example.org")]).expect(303).location(), MAIL);
    assert_eq!(muster::features::mail::actions::sender(&site.app), "desk@example.org");
}

/// The server that mails go to is chosen here; its password is kept sealed, shown nowhere, and sent to no other server than it was typed for.
#[test]
fn a_mail_server_is_set_and_keeps_its_password_to_itself() {
    let site = Site::start();
    let admin = site.admin();
    assert!(admin.open(MAIL).readable().contains("No server is set"));
    let server = [
        ("host", "Mail.Example.org"),
        ("port", ""),
        ("encryption", "starttls"),
        ("login", "postmaster"),
        ("password", "hunter-two-two"),
        ("sender", "desk@example.org"),
    ];
    saves(&admin, MAIL, &server).expect(303);
    let page = admin.open(MAIL);
    assert_eq!((page.field("host").as_deref(), page.field("port").as_deref()), (Some("mail.example.org"), Some("587")));
    assert!(!page.text().contains("hunter-two-two") && page.readable().contains("handed to a server"));
    let log = told(&site);
    assert!(log[0].contains("mail.example.org:587, starttls") && log[0].contains("another one"), "{log:?}");
    assert!(!log[0].contains("hunter-two-two"));
    let stored = site.read(|conn| muster::app::App::stored(conn, "mail")).unwrap();
    assert!(!stored.contains("hunter-two-two"), "{stored}");
    // As it is it can be saved again, with another sender too; for another server the password has to be typed.
    saves(&admin, MAIL, &[("sender", "help@example.org")]).expect(303);
    assert_eq!(muster::features::mail::actions::sender(&site.app), "help@example.org");
    let stolen = saves(&admin, MAIL, &[("host", "mail.attacker.example")]).expect(422);
    assert!(stolen.errors().iter().any(|error| error.contains("Type the password")), "{:?}", stolen.errors());
    let stolen = saves(&admin, MAIL, &[("login", "somebody")]).expect(422);
    assert!(stolen.errors().iter().any(|error| error.contains("Type the password")), "{:?}", stolen.errors());
    saves(&admin, MAIL, &[("host", "mail.attacker.example"), ("login", "")]).expect(303);
    assert!(!site.read(|conn| muster::app::App::stored(conn, "mail")).unwrap().contains("postmaster"));
    saves(&admin, MAIL, &[("host", "")]).expect(303);
    assert!(admin.open(MAIL).readable().contains("No server is set"));
}

#[test]
fn a_mail_server_that_cannot_be_is_refused_by_field() {
    let site = Site::start();
    let admin = site.admin();
    for (field, value) in [
        ("host", "not a host"),
        ("host", "mail.example.org\r\nRCPT TO:<x@y>"),
        ("port", "0"),
        ("port", "99999"),
        ("encryption", "rot13"),
        ("encryption", "none"),
        ("login", "a\nb"),
        ("sender", "nobody"),
        ("sender", "a@b.example\r\nBcc: all@example.org"),
    ] {
        let mut form = vec![("host", "mail.example.org"), ("encryption", "tls")];
        form.retain(|(name, _)| *name != field);
        form.push((field, value));
        let page = saves(&admin, MAIL, &form).expect(422);
        assert_eq!(page.errors().len(), 1, "{field}: {:?}", page.errors());
        assert!(told(&site).is_empty());
    }
    // This machine itself may go without.
    saves(&admin, MAIL, &[("host", "127.0.0.1"), ("encryption", "none")]).expect(303);
}

#[test]
fn a_change_takes_a_fresh_code_and_comes_back_filled_in() {
    let site = Site::start();
    let chief = site.member(Role::AccountAdmin);
    let browser = chief.signed_in();
    site.wait(10 * MINUTE);
    let page = browser.open("/settings/sessions");
    let seen = page.field("seen").unwrap();
    let form = [("idle_minutes", "10"), ("hours", "8"), ("seen", &seen), ("page", "/settings/sessions")];
    assert!(browser.post("/settings/sessions", &form).expect(303).location().starts_with("/login/confirm"));
    assert_eq!(chief.confirms(&browser, "").expect(303).location(), "/settings/sessions");
    let back = browser.open("/settings/sessions");
    assert!(back.flash().unwrap().contains("press “Save” again"));
    assert_eq!((back.field("idle_minutes").as_deref(), back.field("hours").as_deref()), (Some("10"), Some("8")));
    assert!(told(&site).is_empty());
}

#[test]
fn two_factor_is_forced_for_all_for_some_roles_or_for_nobody() {
    let site = Site::start();
    let admin = site.browser_of(site.member(Role::AccountAdmin).id, Level::Full);
    let technician = site.role(BuiltIn::Technician);
    let (one, one_mail) = without_factor(&site, Role::Technician(site.a));
    let (other, other_mail) = without_factor(&site, Role::Administrators(site.a));
    // It comes as it is promised: of everybody.
    assert_eq!(admin.open(SECURITY).all("input[name=force][checked]").len(), 1);
    assert_eq!(signs_in(&site, &one_mail), "/login/activation");

    forces(&admin, "off", &[]).expect(303);
    assert_eq!((signs_in(&site, &one_mail).as_str(), signs_in(&site, &other_mail).as_str()), ("/users", "/users"));
    let title = |id: i64| admin.open(&format!("/users/{id}")).readable();
    assert!(title(one).contains("not required"), "{}", title(one));

    // What it does is shown first, and nothing is done by looking.
    let inside = site.browser_of(one, Level::Full);
    let elsewhere = site.browser_of(other, Level::Full);
    let seen = admin.open(SECURITY).field("seen").unwrap();
    let id = technician.to_string();
    let look = admin.post(SECURITY, &[("force", "roles"), ("role", &id), ("seen", &seen)]).expect(200);
    assert!(look.readable().contains("1 person would have to set up 2FA"), "{}", look.readable());
    inside.open("/users");
    let done = admin.post(
        SECURITY,
        &[("force", "roles"), ("role", &id), ("seen", &seen), ("shown", &look.field("shown").unwrap())],
    );
    done.expect(303);
    // Those of the role are signed out and set it up; others go on without.
    assert!(inside.get("/users").expect(303).location().starts_with("/login"));
    elsewhere.open("/users");
    assert_eq!(
        (signs_in(&site, &one_mail).as_str(), signs_in(&site, &other_mail).as_str()),
        ("/login/activation", "/users")
    );
    let listed = admin.open("/users?tfa=not-active");
    assert!(listed.text().contains(&one_mail) && listed.text().contains(&other_mail));
    // In the list the tooltip tells the two apart.
    assert!(listed.text().contains("required at the next sign-in") && listed.text().contains("not required"));
    assert!(title(one).contains("required at the next sign-in") && title(other).contains("not required"));

    let all = told(&site);
    assert!(all[0].contains("Technician") && all[0].contains("nobody") && all[1].contains("everybody"), "{all:?}");
    // Whose password is all that is asked needs a longer one.
    let browser = site.browser_of(other, Level::Full);
    let change = |new: &str| browser.post("/account/password", &[("password_current", PASSWORD), ("password", new)]);
    change("kelp drum 47").expect(422);
    change("kelp drum 47 wy").expect(303);
}

#[test]
fn what_moved_meanwhile_is_shown_again_and_nobody_shuts_themselves_out() {
    let site = Site::start();
    let admin = site.browser_of(site.member(Role::AccountAdmin).id, Level::Full);
    forces(&admin, "off", &[]).expect(303);
    let (chief, _) = without_factor(&site, Role::AccountAdmin);
    let chief = site.browser_of(chief, Level::Full);
    // It would be demanded of them, too.
    assert!(forces(&chief, "all", &[]).expect(422).errors()[0].contains("for yourself first"));
    let seen = admin.open(SECURITY).field("seen").unwrap();
    let look = admin.post(SECURITY, &[("force", "all"), ("seen", &seen)]).expect(200);
    let shown = look.field("shown").unwrap();
    without_factor(&site, Role::Technician(site.b));
    let again = admin.post(SECURITY, &[("force", "all"), ("seen", &seen), ("shown", &shown)]).expect(200);
    assert!(again.readable().contains("2 people would have to"), "{}", again.readable());
    // Somebody else's change in between is not overwritten unseen.
    forces(
        &site.browser_of(site.member(Role::AccountAdmin).id, Level::Full),
        "roles",
        &[site.role(BuiltIn::AccountAdmin)],
    )
    .expect(303);
    let shown = again.field("shown").unwrap();
    let late = admin.post(SECURITY, &[("force", "all"), ("seen", &seen), ("shown", &shown)]);
    assert!(matches!(late.status, 200 | 409), "{}", late.status);
    for bad in [&[("force", "roles")][..], &[("force", "everyone")], &[("force", "roles"), ("role", "987654321")], &[]]
    {
        admin.post(SECURITY, bad).expect(422);
    }
    // "Users" may not sign in, so nothing can be demanded of it.
    admin.post(SECURITY, &[("force", "roles"), ("role", &site.role(BuiltIn::Users).to_string())]).expect(422);
}

#[test]
fn session_times_count_at_once_and_never_longer_than_promised() {
    let site = Site::start();
    let admin = site.admin();
    let (idle, old) = (site.technician(site.a), site.technician(site.a));
    site.wait(6 * MINUTE);
    old.open("/users");
    saves(&admin, "/settings/sessions", &[("idle_minutes", "5"), ("hours", "1")]).expect(303);
    assert!(idle.get("/users").expect(303).location().starts_with("/login"), "idle for six minutes");
    old.open("/users");
    for _ in 0..14 {
        site.wait(4 * MINUTE);
        old.get("/users");
    }
    assert!(old.get("/users").expect(303).location().starts_with("/login"), "an hour is over");
    assert!(told(&site)[0].contains("30") && told(&site)[0].contains("12"), "{:?}", told(&site));
    let admin = site.admin();
    for bad in [("idle_minutes", "60"), ("hours", "24"), ("idle_minutes", "0"), ("hours", "-1"), ("hours", "")] {
        saves(&admin, "/settings/sessions", &[bad]).expect(422);
    }
    // Written into the database, they are cut to what always holds.
    site.database
        .execute(r#"UPDATE settings SET value = '{"idle_minutes":100000,"hours":100000}' WHERE key = 'sessions'"#)
        .unwrap();
    let other = site.beside().unwrap();
    let late = other.technician(other.a);
    other.wait(30 * MINUTE);
    assert!(late.get("/users").expect(303).location().starts_with("/login"));
}

#[test]
fn password_rules_are_only_ever_made_stricter() {
    let site = Site::start();
    let admin = site.admin();
    let page = "/settings/passwords";
    for (field, value) in
        [("with_second_factor", "11"), ("alone", "14"), ("alone", "65"), ("alone", "x"), ("words", "ab")]
    {
        let answer = saves(&admin, page, &[(field, value)]).expect(422);
        assert_eq!(answer.attributes(&format!("[name={field}]"), "aria-invalid"), ["true"], "{field} {value}");
    }
    assert!(told(&site).is_empty());
    saves(&admin, page, &[("with_second_factor", "20"), ("words", "Lanternworks\nKettle & Co")]).expect(303);
    assert!(told(&site)[0].contains("Lanternworks, Kettle & Co"));
    let member = site.member(Role::Technician(site.a));
    let change = |new: &str| {
        let form = [("password", new)];
        admin.post(&format!("/users/{}/password", member.id), &form)
    };
    assert!(change("gravel pigeon 4711").expect(422).errors()[0].contains("at least 20 characters"));
    assert!(change("Lanternworks lanternworks!").expect(422).errors()[0].contains("Don't build it"));
    change("gravel pigeon harmonica").expect(303);
}

#[test]
fn a_name_and_a_legible_colour_show_everywhere() {
    let site = Site::start();
    let admin = site.admin();
    let page = "/settings/branding";
    for (field, value) in
        [("name", ""), ("name", &"x".repeat(61)), ("accent", "#ffcc00"), ("accent", "blue"), ("accent", "#fff")]
    {
        let answer = saves(&admin, page, &[(field, value)]).expect(422);
        assert_eq!(answer.field(field).as_deref(), Some(value), "nothing typed is lost");
        assert!(!answer.errors().is_empty());
    }
    let before = site.visitor().open("/login");
    assert!(before.text().contains("Muster</title>") && before.attributes("link[rel=stylesheet]", "href").len() == 1);
    saves(&admin, page, &[("name", "Northwind <IT> & \"Co\""), ("accent", "#7a0030")]).expect(303);
    let outside = site.visitor().open("/login");
    assert_eq!(outside.one(".brand span").as_deref(), Some("Northwind <IT> & \"Co\""));
    let style = outside.attributes("link[rel=stylesheet]", "href").pop().unwrap();
    let sheet = site.visitor().open(&style);
    assert!(sheet.text().contains("--accent: light-dark(#7a0030,"), "{}", sheet.text());
    assert_eq!(sheet.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(sheet.header("cache-control").unwrap().contains("immutable"));
    assert!(!sheet.cookies().any(|_| true));
    // An older page gets what there is, and keeps it not.
    let older = site.visitor().open("/branding/1/accent.css");
    assert_eq!(older.header("cache-control"), Some("no-store"));
    assert!(told(&site)[0].contains("#7a0030") && told(&site)[0].contains("Muster"));
    // The authenticator app is told the name, and no password is made of it.
    let member = site.member(Role::Technician(site.a));
    let refused = admin.post(&format!("/users/{}/password", member.id), &[("password", "Northwind northwind 1")]);
    assert!(refused.expect(422).errors()[0].contains("Don't build it"));
    saves(&admin, page, &[("accent", "")]).expect(303);
    site.visitor().get(&style).expect(404);
}

fn sends(actor: &Person<'_>, name: &str, content: &[u8]) -> Answer {
    let token = actor.csrf();
    let body = multipart(&[Part::Text("csrf", &token), Part::File(name, content)]);
    let kind = format!("multipart/form-data; boundary={}", crate::support::BOUNDARY);
    actor.send("POST", "/settings/branding/logo", &[("Content-Type", &kind)], &body)
}

/// One point, as small as a PNG gets.
fn dot() -> Vec<u8> {
    data_encoding::BASE64
        .decode(b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
        .unwrap()
}

#[test]
fn a_logo_is_written_anew_and_what_is_none_is_refused() {
    let site = Site::start();
    let admin = site.admin();
    let bad: [(&str, Vec<u8>); 4] = [
        ("logo.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec()),
        ("logo.png", dot()[..40].to_vec()),
        ("logo.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec()),
        ("logo.png", [dot(), vec![0; 1024 * 1024]].concat()),
    ];
    for (name, content) in bad {
        let answer = sends(&admin, name, &content).expect(422);
        assert_eq!(answer.errors().len(), 1, "{}", answer.readable());
    }
    assert!(told(&site).is_empty());
    let sent = [dot(), b"<script>behind the end</script>".to_vec()].concat();
    sends(&admin, "../../logo.svg", &sent).expect(303);
    let page = site.visitor().open("/login");
    let src = page.attributes("img.brand-logo", "src").pop().unwrap();
    let logo = site.visitor().open(&src);
    assert_eq!(logo.header("content-type"), Some("image/png"));
    assert!(logo.body.starts_with(b"\x89PNG") && !logo.body.windows(7).any(|part| part == b"<script"));
    site.administrator(site.a).send("POST", "/settings/branding/logo", &[], b"").expect(403);
    admin.post("/settings/branding/logo/removal", &[]).expect(303);
    site.visitor().get(&src).expect(404);
    assert_eq!(told(&site).len(), 2);
}

#[test]
fn somebody_elses_change_is_not_overwritten_unseen() {
    let site = Site::start();
    let (one, two) = (site.admin(), site.admin());
    for (path, mine, theirs) in [
        ("/settings/sessions", ("hours", "8"), ("hours", "4")),
        ("/settings/passwords", ("alone", "20"), ("alone", "30")),
        ("/settings/branding", ("name", "Mine"), ("name", "Theirs")),
        (MAIL, ("sender", "mine@example.org"), ("sender", "theirs@example.org")),
    ] {
        let drawn = one.open(path).form(&format!("form[action='{path}']"));
        saves(&two, path, &[theirs]).expect(303);
        let form: Vec<(&str, &str)> = drawn
            .iter()
            .map(|(name, value)| if name == mine.0 { mine } else { (name.as_str(), value.as_str()) })
            .collect();
        let answer = one.post(path, &form).expect(409);
        assert_eq!(answer.field(mine.0).as_deref(), Some(mine.1), "nothing is lost");
        // Now it was seen.
        let again = answer.form(&format!("form[action='{path}']"));
        let again: Vec<(&str, &str)> = again.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        one.post(path, &again).expect(303);
    }
}

#[test]
fn another_instance_follows_within_seconds_and_pages_pay_nothing() {
    let site = Site::start();
    let admin = site.admin();
    let other = site.beside().unwrap();
    saves(&admin, "/settings/branding", &[("name", "Northwind")]).expect(303);
    assert_eq!(site.visitor().open("/login").one(".brand span").as_deref(), Some("Northwind"));
    if crate::support::on_postgres() {
        other.wait(3 * SECOND);
        assert_eq!(other.visitor().open("/login").one(".brand span").as_deref(), Some("Northwind"));
    }
    // Neither the name nor the session times are read for a page.
    let reader = site.technician(site.a);
    reader.open("/users");
    let plain = site.statements_of(|| drop(reader.open("/users")));
    saves(&admin, "/settings/sessions", &[("hours", "8")]).expect(303);
    reader.open("/users");
    assert_eq!(site.statements_of(|| drop(reader.open("/users"))), plain);
}

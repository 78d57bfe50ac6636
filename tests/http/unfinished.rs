//! A form that was held up by a step-up or a late session is never carried out by itself, and never lost without a word.

use crate::support::{Answer, Member, Person, Role, Site};
use muster::access::BuiltIn;

const MINUTE: i64 = 60_000;

/// What the page that asks for one more press would send: its address and its fields.
fn waiting(page: &Answer) -> (String, Vec<(String, String)>) {
    let action = page.attributes("main form", "action").remove(0);
    (action, page.form("main form"))
}

#[track_caller]
fn press(browser: &Person<'_>, page: &Answer) -> Answer {
    let (action, fields) = waiting(page);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&action, &fields)
}

/// Shows a code where the answer to a form leads, and gives the page that comes after it.
#[track_caller]
fn confirmed(member: &Member<'_>, browser: &Person<'_>, asked: &Answer) -> Answer {
    assert!(asked.location().starts_with("/login/confirm"), "{}", asked.location());
    let answer = member.confirms(browser, "");
    browser.follow(&answer)
}

#[test]
fn a_form_without_fields_takes_one_more_press() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let browser = member.signed_in();
    browser.csrf();
    site.app.clock.advance(11 * MINUTE);
    let asked = browser.post("/account/recovery-codes", &[("page", "/account")]).expect(303);
    let page = confirmed(&member, &browser, &asked);
    assert_eq!(page.one("h1").as_deref(), Some("Nothing was done yet"));
    assert!(page.readable().contains("New recovery codes") && page.readable().contains("dead"), "{}", page.readable());
    // Looking at it did nothing: the old codes are good.
    assert!(browser.open("/account").readable().contains("10 of 10"));
    let codes = press(&browser, &page).expect(200);
    assert_eq!(codes.all("#codes li").len(), 10);
    // Shown once: nobody comes back to it.
    assert_eq!(browser.get("/login/unfinished").expect(303).location(), "/account");
}

#[test]
fn a_form_that_is_drawn_again_says_that_nothing_was_done() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let browser = member.signed_in();
    browser.csrf();
    site.app.clock.advance(11 * MINUTE);
    let technician = site.role(BuiltIn::Technician).to_string();
    let customer = site.a.to_string();
    let people = site.people();
    let form = [
        ("page", "/users/new"),
        ("name", "Ada"),
        ("email", "ada@example.org"),
        ("customer", customer.as_str()),
        ("role", technician.as_str()),
    ];
    let asked = browser.post("/users", &form).expect(303);
    let page = confirmed(&member, &browser, &asked);
    assert_eq!(page.flash().as_deref(), Some("Confirmed. Nothing was done yet: press “Create User” again."));
    assert_eq!(page.field("email").as_deref(), Some("ada@example.org"));
    assert_eq!(site.people(), people);
}

#[test]
fn what_was_ticked_before_the_session_ended_is_named_again() {
    let site = Site::start();
    let member = site.member(Role::Administrators(site.a));
    let browser = member.signed_in();
    browser.csrf();
    let (one, two) = (site.add_user(site.a).to_string(), site.add_user(site.a).to_string());
    site.app.clock.advance(31 * MINUTE);
    let form = [("page", "/users?sort=name"), ("id", one.as_str()), ("id", two.as_str())];
    let asked = browser.post("/users/deletions", &form).expect(303);
    assert!(asked.location().starts_with("/login"), "{}", asked.location());
    let answer = member.signs_in(&browser);
    let page = browser.follow(&answer);
    assert!(page.readable().contains("Deletes 2 users"), "{}", page.readable());
    assert_eq!(page.attributes(".button-quiet", "href"), ["/users?sort=name"]);
    let question = press(&browser, &page).expect(303);
    assert!(browser.follow(&question).readable().contains("Delete 2 users?"));
    assert!(site.user(one.parse().unwrap()).deleted_at == 0);
}

/// What was kept for one person is nobody else's to press.
#[test]
fn nobody_finishes_what_another_began() {
    let site = Site::start();
    let (member, other) = (site.member(Role::AccountAdmin), site.member(Role::AccountAdmin));
    let browser = member.signed_in();
    browser.csrf();
    site.app.clock.advance(31 * MINUTE);
    browser.post("/account/sessions", &[("page", "/account")]).expect(303);
    assert_eq!(other.signs_in(&browser).location(), "/users");
    assert_eq!(browser.get("/login/unfinished").expect(303).location(), "/account");
}

#[test]
fn new_recovery_codes_say_first_that_the_old_ones_die() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let browser = member.signed_in();
    assert_eq!(browser.open("/account").attributes(".panel-body a.button", "href"), ["/account/recovery-codes"]);
    let question = browser.open("/account/recovery-codes");
    assert!(question.readable().contains("The 10 that you have left are dead"), "{}", question.readable());
    assert!(browser.open("/account").readable().contains("10 of 10"), "asking makes none");
    let codes = press(&browser, &question).expect(200);
    assert!(codes.readable().contains("you had before are dead"), "{}", codes.readable());
    // What loses them is neither the first nor the loudest thing to press, and they can be taken along.
    let buttons = codes.all("a.button");
    assert_eq!(buttons, ["Download", "Continue"]);
    let file = codes.attributes("a[download]", "href").remove(0);
    let text = data_encoding::BASE64.decode(file.split_once("base64,").unwrap().1.as_bytes()).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(codes.all("#codes li").iter().all(|code| text.contains(code.as_str())), "{text}");
}

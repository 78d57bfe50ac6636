//! The first administrator comes in by the link that the server prints, and by nothing else.

use muster::access::{BuiltIn, Origin};
use muster::features::sign_in;

use crate::support::{PASSWORD, Person, Site, code_of_key, exchange, together};

const DAY: i64 = 24 * 3_600_000;

/// The path of the link that `muster serve` prints when it starts; None when it prints none.
fn printed(site: &Site) -> Option<String> {
    let (app, origin) = (site.app.clone(), Origin::console(site.now()));
    let link = site.write(move |conn| sign_in::actions::set_up_link(conn, &app, &origin));
    link.map(|link| link.strip_prefix("http://localhost:8080").expect("a link to this installation").to_owned())
}

fn details(email: &str) -> [(&'static str, &str); 3] {
    [("name", "Ada"), ("email", email), ("password", PASSWORD)]
}

/// A browser in which a link was opened.
fn opened<'s>(site: &'s Site, path: &str) -> Person<'s> {
    let browser = site.visitor();
    assert_eq!(browser.get(path).expect(303).location(), "/setup");
    browser
}

/// Sets the second factor up, which is what makes an administrator of the first one.
fn activate(site: &Site, browser: &Person<'_>) {
    let key = browser.open("/login/activation").one("#key").unwrap();
    let codes = browser.post("/login/activation", &[("code", &code_of_key(&key, site.now()))]).expect(200);
    assert_eq!(codes.all("#codes li").len(), 10);
}

#[test]
fn from_the_printed_link_to_the_user_list() {
    let site = Site::start();
    let path = printed(&site).expect("a link, as nobody is here");
    let browser = opened(&site, &path);
    // Looking at it, here or elsewhere, spends nothing.
    for _ in 0..3 {
        opened(&site, &path).open("/setup");
    }
    assert_eq!(site.send("HEAD", &path, &[], b"").status, 303);
    let weak = browser.post("/setup", &[("name", "Ada"), ("email", "ada@example.org"), ("password", "a")]).expect(422);
    assert_eq!(weak.field("email").as_deref(), Some("ada@example.org"));
    assert!(!weak.errors().is_empty());

    let half = browser.post("/setup", &details("ada@example.org")).expect(303);
    assert_eq!(half.location(), "/login/activation");
    assert!(browser.get("/users").expect(303).location().starts_with("/login/activation"));
    activate(&site, &browser);
    browser.open("/users");
    assert_eq!(site.holders(BuiltIn::AccountAdmin), 1);

    assert_eq!(printed(&site), None);
    let late = site.visitor();
    late.get(&path).expect(404);
    late.get("/setup").expect(404);
    late.post("/setup", &details("eve@example.org")).expect(404);
    browser.get("/setup").expect(404);
    assert_eq!(site.holders(BuiltIn::AccountAdmin), 1);
}

#[test]
fn a_second_link_voids_the_first() {
    let site = Site::start();
    let first = printed(&site).unwrap();
    let early = opened(&site, &first);
    let second = printed(&site).unwrap();
    early.get("/setup").expect(404);
    early.post("/setup", &details("early@example.org")).expect(404);
    site.visitor().get(&first).expect(404);
    opened(&site, &second).open("/setup");
}

#[test]
fn a_link_that_waited_while_another_made_the_administrator_is_void() {
    let site = Site::start();
    let browser = opened(&site, &printed(&site).unwrap());
    browser.post("/setup", &details("ada@example.org")).expect(303);
    // The server was started again before she had set up her second factor.
    let another = printed(&site).expect("a link, as nobody can administer yet");
    let waiting = opened(&site, &another);
    activate(&site, &browser);
    waiting.get("/setup").expect(404);
    waiting.post("/setup", &details("eve@example.org")).expect(404);
    site.visitor().get(&another).expect(404);
    assert_eq!(site.holders(BuiltIn::AccountAdmin), 1);
}

#[test]
fn a_link_lasts_a_day() {
    let site = Site::start();
    let path = printed(&site).unwrap();
    site.app.clock.advance(DAY - 1);
    let browser = opened(&site, &path);
    site.app.clock.advance(1);
    browser.get("/setup").expect(404);
    browser.post("/setup", &details("late@example.org")).expect(404);
    assert_eq!(site.holders(BuiltIn::AccountAdmin), 0);
}

#[test]
fn of_fifty_at_once_one_becomes_the_administrator() {
    let site = Site::start();
    let browser = opened(&site, &printed(&site).unwrap());
    let forms: Vec<Vec<u8>> =
        (0..50).map(|n| browser.form("/setup", &details(&format!("first{n}@example.org")))).collect();
    let answers = together(50, |n| exchange(site.address, &forms[n]).status);
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 303 | 404 | 429 | 503)), "{answers:?}");
    assert_eq!(site.holders(BuiltIn::AccountAdmin), 1);
}

//! What every answer of the site map has in common.

use std::collections::BTreeSet;

use muster::access::BuiltIn;
use muster::routes::site as routes;

use crate::support::{Answer, Person, Role, Site, code_of_key, exchange, request};

/// Every page that can be read without an id.
fn readable() -> BTreeSet<&'static str> {
    let pages = routes().into_iter().filter(|route| route.method == "GET" && !route.path.contains('{'));
    pages.map(|route| route.path).collect()
}

fn head(person: &Person<'_>, path: &str) -> Answer {
    person.send("HEAD", path, &[], b"")
}

/// What may differ between two answers to the same: cookies that are set once, and the length of pages with times in them.
fn kept(answer: &Answer) -> (u16, Vec<String>) {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id" | "set-cookie"))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    headers.sort();
    (answer.status, headers)
}

#[test]
fn head_answers_like_get_without_a_body() {
    let site = Site::start();
    let (admin, visitor) = (site.admin(), site.visitor());
    let id = site.add_user(site.a);
    let style = format!("{}/css/main.css", site.app.assets.base());
    let mut paths: Vec<String> = readable().into_iter().map(str::to_owned).collect();
    paths.extend([style, format!("/users/{id}"), "/users/987654321".into(), "/nothing/here".into()]);
    assert!(paths.len() > 15, "{paths:?}");
    for path in &paths {
        for person in [&admin, &visitor] {
            let (got, headed) = (person.get(path), head(person, path));
            assert_eq!(kept(&headed), kept(&got), "{path}");
            assert!(headed.body.is_empty(), "{path}: {}", headed.text());
        }
    }
}

/// Nothing that looks like an API of ours is a page, and nothing here takes a token of one.
#[test]
fn pages_take_only_the_cookie() {
    let site = Site::start();
    let admin = site.admin();
    let cookie = admin.cookie("muster").unwrap();
    for value in [format!("Bearer {cookie}"), format!("Basic {}", data_encoding::BASE64.encode(cookie.as_bytes()))] {
        let answer = site.send("GET", "/users", &[("Authorization", &value)], b"");
        assert!(answer.expect(303).location().starts_with("/login"), "{value}");
    }
    for path in [format!("/users?muster={cookie}"), format!("/users?session={cookie}")] {
        assert!(site.send("GET", &path, &[], b"").expect(303).location().starts_with("/login"));
    }
}

/// What a request says about where it was sent to decides nothing: links come from the settings alone.
#[test]
fn links_are_made_from_the_settings_whatever_a_request_says() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a).to_string();
    let technician = site.role(BuiltIn::Technician).to_string();
    let place = format!("{technician}:{}", site.a);
    let invite = [("role", technician.as_str()), ("scope", place.as_str())];
    let requests = [
        admin.form(&format!("/users/{id}/roles"), &invite),
        admin.form(&format!("/users/{id}/activation"), &[]),
        admin.form("/users", &[("name", ""), ("email", "")]),
        site.visitor().form("/login", &[("email", ""), ("password", "")]),
        request("GET", "/users", &[], b""),
        request("GET", "/nothing/here", &[], b""),
    ];
    let forwarded =
        "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\nForwarded: host=evil.example;proto=gopher";
    for bytes in &requests {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let answer = exchange(
            site.address,
            text.replacen("Host: localhost", &format!("Host: evil.example\r\n{forwarded}"), 1).as_bytes(),
        );
        assert_ne!(answer.status, 500);
        let all = format!("{:?}{}", answer.headers, answer.text());
        assert!(!all.contains("evil.example") && !all.contains("gopher"), "{text}\n{all}");
        if let Some(link) = answer.one("#activation-link") {
            assert!(link.starts_with("http://localhost:8080/links/"), "{link}");
        }
    }
}

#[test]
fn reading_any_page_changes_nothing() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let (before, evidence) = (site.fingerprint(), site.audit());
    let pages: Vec<String> = routes()
        .into_iter()
        .filter(|route| route.method == "GET" && !route.path.starts_with("/static/"))
        .map(|route| route.path.replace("{id}", &id.to_string()).replace("{secret}", &"A".repeat(43)))
        .collect();
    for path in &pages {
        for person in [&admin, &site.visitor()] {
            person.get(&format!("{path}?status=disabled&role=1&id={id}"));
            head(person, path);
        }
    }
    assert_eq!((before, evidence), (site.fingerprint(), site.audit()));
}

/// Somebody else holds the database: pages are read all the while, writes are refused at once, and it is over by itself.
#[test]
fn without_writing_reading_goes_on() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let path = format!("/users/{id}/status");
    admin.csrf();
    let before = site.fingerprint();
    // On PostgreSQL that cuts connections, and whoever draws one that was cut is told to come back.
    let settle = || (0..20).for_each(|_| drop(admin.get("/users")));
    site.database.while_it_is_read_only(|| {
        settle();
        let refused = admin.post(&path, &[("status", "disabled")]).expect(503);
        assert_eq!(refused.header("retry-after"), Some("2"));
        admin.open("/users");
        admin.open(&format!("/users/{id}"));
        site.visitor().get("/healthz").expect(200);
    });
    settle();
    assert_eq!(before, site.fingerprint());
    admin.post(&path, &[("status", "disabled")]).expect(303);
}

#[test]
fn a_head_that_is_too_large_is_named() {
    let site = Site::start();
    let many = "X-Many: 1\r\n".repeat(3_000);
    let long = format!("X-Long: {}\r\n", "a".repeat(200_000));
    for (what, lines) in [("many", many), ("long", long)] {
        let bytes = format!("GET /login HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n");
        let answer = exchange(site.address, bytes.as_bytes());
        assert_eq!(answer.status, 431, "{what}");
    }
}

/// The key of the app is shown while it is set up, and on no page ever after.
#[test]
fn the_key_of_the_app_is_not_shown_again() {
    let site = Site::start();
    let admin = site.admin();
    let member = site.member(Role::Technician(site.a));
    let browser = member.signed_in();
    let key = browser.open("/account/two-factor").one("#key").unwrap();
    browser.post("/account/two-factor", &[("code", &code_of_key(&key, site.now()))]).expect(200);
    let pages = routes().into_iter().filter(|route| route.method == "GET" && !route.path.starts_with("/static/"));
    for path in pages.map(|route| route.path.replace("{id}", &member.id.to_string())) {
        for person in [&browser, &admin] {
            let text = person.get(&path).text();
            assert!(!text.contains(&key) && !text.contains(&key.replace(' ', "")), "{path}");
        }
    }
}

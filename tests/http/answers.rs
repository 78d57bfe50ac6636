//! What every answer of the site map has in common.

use std::collections::BTreeSet;

use muster::routes::site as routes;

use crate::support::{Answer, Person, Site};

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

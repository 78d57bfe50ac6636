//! Whatever is sent to whichever route, the answer is never a 500, and nobody hangs up.

use muster::routes::site as routes;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Answer, Person, Site, encoded};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Every name that a form or a query of ours has.
const NAMES: [&str; 20] = [
    "q", "sort", "limit", "after", "before", "from", "columns", "tfa", "status", "role", "customer", "source", "login",
    "name", "email", "phone", "version", "id", "scope", "page",
];

fn values() -> Vec<String> {
    let mut values: Vec<String> = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{1}\u{7f}\u{85}\u{a0}",
        "\r\nSet-Cookie: x=y",
        "' OR 1=1 --",
        "%",
        "_%_",
        "\\",
        "*",
        "\"",
        "a\"b\"c",
        "(((",
        "AND",
        "abc NEAR def",
        "search:abc",
        "^abc",
        "abc*",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "\u{202e}gnp.exe",
        "\u{feff}",
        "\u{10ffff}",
        "-1",
        "0",
        "1",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "1e999",
        "NaN",
        "1:all",
        "1:999999999",
        "99:1",
        "1:9223372036854775807",
        ":",
        "all",
        "-name",
        "--name",
        "name,name,email",
        "end",
        "//evil.example",
        "/\\evil.example",
        "a@b",
        "محمد",
        "e\u{301}\u{301}\u{301}",
        "WyJhIiwxXQ",
        "WzEsMV0",
        "W251bGwsMV0",
        "WyJhIiw5MjIzMzcyMDM2ODU0Nzc1ODA3XQ",
        "W3sieCI6MX0sMV0",
        "WzEuNSwxXQ",
    ]
    .map(str::to_owned)
    .to_vec();
    values.push("a".repeat(100_000));
    values.push("😀".repeat(3_000));
    values.push("ab ".repeat(3_000));
    values
}

const RAW: [&str; 10] = [
    "%",
    "%zz=%",
    "q=%ff%fe",
    "q=%00",
    "&&&===&=",
    "=",
    "q=a&q=b&q=c",
    "sort=%F0%9F",
    "columns=&columns=&columns=",
    "id=1&id=x",
];

#[track_caller]
fn survived(answer: &Answer, what: &str) {
    let shown: String = what.chars().take(160).collect();
    assert!((200..500).contains(&answer.status), "{shown:?}: {}\n{}", answer.status, answer.readable());
}

/// The paths of a route, with ids that are and that are not.
fn paths(site: &Site, path: &str) -> Vec<String> {
    let path = path.replace("{hash}", "x").replace("{path:.*}", "../../etc/passwd");
    if !path.contains('{') {
        return vec![path];
    }
    let ids = [
        site.add_user(site.a).to_string(),
        "abc".into(),
        "-1".into(),
        "9223372036854775808".into(),
        "%00".into(),
        "%ff".into(),
        "1%2f2".into(),
        "..".into(),
        "%2e%2e".into(),
        "a".repeat(5_000),
    ];
    ids.iter().map(|id| path.replace("{id}", id).replace("{secret}", id)).collect()
}

#[test]
fn hostile_addresses_and_queries() {
    let site = Site::start();
    let admin = site.admin();
    for route in routes().iter().filter(|route| route.method == "GET") {
        for path in paths(&site, route.path) {
            survived(&admin.get(&path), &path);
            for raw in RAW {
                survived(&admin.get(&format!("{path}?{raw}")), &format!("{path}?{raw}"));
            }
        }
        let path = route.path.replace("{id}", "1");
        for value in values() {
            let value: String = value.chars().take(1_500).collect();
            let query = encoded(&NAMES.map(|name| (name, value.as_str())));
            survived(&admin.get(&format!("{path}?{query}")), &query);
        }
    }
    // The list has the most to say, so there each is tried alone, in each order.
    for name in &NAMES[..13] {
        for value in values() {
            let value: String = value.chars().take(4_000).collect();
            let query = encoded(&[(name, &value)]);
            survived(&admin.get(&format!("/users?{query}")), &query);
        }
    }
    for sort in
        ["name", "-email", "phone", "-devices", "tfa", "-last-login", "customer", "-status", "source", "created"]
    {
        for cursor in [
            "WyJhIiwxXQ",
            "WzEsMV0",
            "WyJhIiw5MjIzMzcyMDM2ODU0Nzc1ODA3XQ",
            "Wy0xLC0xXQ",
            "WyIiLDBd",
            "Wzk5OTk5OTk5OSwxXQ",
        ] {
            for place in ["after", "before", "from"] {
                let query = encoded(&[("sort", sort), (place, cursor)]);
                survived(&admin.get(&format!("/users?{query}")), &query);
            }
        }
    }
}

#[test]
fn hostile_forms() {
    let site = Site::start();
    let _keeper = site.admin();
    for route in routes().iter().filter(|route| route.method == "POST") {
        // A form may end the session it is sent with.
        let admin = site.admin();
        for path in paths(&site, route.path) {
            survived(&admin.post(&path, &[]), &path);
        }
        for value in values() {
            let path = route.path.replace("{id}", &site.add_user(site.a).to_string());
            survived(
                &admin.post(
                    &path,
                    &NAMES.map(|name| (name, if value.len() > 20_000 { &value[..12_000] } else { &value })),
                ),
                &format!("{path} {value:?}"),
            );
            // Alone among good ones, too: there it gets further. What is merely long or foreign has been tried above.
            if value.len() > 24
                || value.is_empty()
                || !(value.contains([':', '\0', '9', '\\']) || value.starts_with('-'))
            {
                continue;
            }
            for name in ["name", "email", "phone", "customer", "role", "scope", "version", "status", "id"] {
                let mut form = vec![("name", "A Name"), ("email", "a.name@example.org"), ("phone", ""), ("role", "1")];
                form.retain(|(key, _)| *key != name);
                form.push((name, &value));
                survived(&admin.post(&path, &form), &format!("{path} {name}={value:?}"));
            }
        }
    }
}

#[test]
fn anything_at_all() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let targets: Vec<(String, String)> = routes()
        .iter()
        .filter(|route| route.path != "/logout")
        .map(|route| (route.method.to_string(), route.path.replace("{id}", &id.to_string())))
        .collect();
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let strategy = (0..targets.len(), prop::collection::vec(any::<u8>(), 0..300), ".{0,80}");
    runner
        .run(&strategy, |(target, bytes, text)| {
            let (method, path) = &targets[target];
            send(&admin, method, path, &bytes, &text);
            Ok(())
        })
        .unwrap();
}

fn send(person: &Person<'_>, method: &str, path: &str, bytes: &[u8], text: &str) {
    let query = encoded(&[("q", text), ("after", text)]);
    if method == "GET" {
        survived(&person.get(&format!("{path}?{query}")), &query);
        let raw: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
        survived(&person.get(&format!("{path}?{raw}")), &raw);
    } else {
        let token = person.csrf();
        let mut body = format!("csrf={token}&name=").into_bytes();
        body.extend_from_slice(bytes);
        survived(&person.send("POST", path, &[FORM], &body), &format!("{path} {bytes:?}"));
        survived(&person.post(path, &[("name", text), ("email", text), ("id", "1")]), text);
    }
}

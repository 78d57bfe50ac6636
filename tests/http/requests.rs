//! The frame around every request: headers, where a form comes from, and what is refused before anybody looks at it.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Answer, Site, encoded, exchange, request};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// One answer of each kind.
fn all_kinds(site: &Site) -> Vec<(&'static str, Answer)> {
    let (admin, nobody, visitor) = (site.admin(), site.nobody(site.a), site.visitor());
    let large = vec![b'a'; 300 * 1024];
    vec![
        ("a page", admin.get("/users")),
        ("healthz", visitor.get("/healthz")),
        ("a style sheet", visitor.get(&format!("{}/css/main.css", site.app.assets.base()))),
        ("303 to sign in", visitor.get("/users")),
        ("303 after a form", admin.post("/users/deletions", &[("id", &site.add_user(site.a).to_string())])),
        ("403", nobody.get("/users")),
        ("403 by token", admin.send("POST", "/users", &[FORM], b"csrf=wrong")),
        ("404 path", admin.get("/nothing/here")),
        ("404 asset", visitor.get(&format!("{}/css/nothing.css", site.app.assets.base()))),
        ("404 id", admin.get("/users/987654321")),
        ("405", admin.send("DELETE", "/users", &[], b"")),
        ("413", admin.send("POST", "/users", &[FORM], &large)),
        ("415", admin.send("POST", "/users", &[("Content-Type", "application/json")], b"{}")),
        ("422", admin.post("/users", &[("name", ""), ("email", "")])),
        ("422 without a form", admin.post("/users/deletions", &[])),
        ("HEAD", admin.send("HEAD", "/users", &[], b"")),
    ]
}

#[test]
fn every_answer_has_the_headers_that_guard_it() {
    let site = Site::start();
    let mut ids = BTreeSet::new();
    for (what, answer) in all_kinds(&site) {
        let header = |name: &str| answer.header(name).unwrap_or_else(|| panic!("{what}: no {name}"));
        let csp = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "base-uri 'none'",
        ] {
            assert!(csp.split("; ").any(|rule| rule == part), "{what}: {csp}");
        }
        assert!(!csp.contains("unsafe") && !csp.contains('*'), "{what}: {csp}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(header("referrer-policy"), "same-origin", "{what}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{what}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{what}");
        assert!(header("permissions-policy").contains("camera=()"), "{what}");
        let asset = what == "a style sheet";
        assert_eq!(
            header("cache-control"),
            if asset { "public, max-age=31536000, immutable" } else { "no-store" },
            "{what}"
        );
        assert!(ids.insert(header("x-request-id").to_owned()), "{what}: a request id came twice");
        assert!(answer.header("server").is_none() && answer.header("x-powered-by").is_none(), "{what}");
        assert!(answer.header("strict-transport-security").is_none(), "{what}: this site is plain http");
        for cookie in answer.cookies() {
            assert!(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=") && cookie.contains("Path=/"),
                "{what}: {cookie}"
            );
        }
        let number = what.split(' ').next().and_then(|word| word.parse::<u16>().ok());
        assert!(number.is_none_or(|number| number == answer.status), "{what}: {}", answer.status);
        if answer.status >= 400 {
            assert!(header("content-type").starts_with("text/html"), "{what}");
            let page = answer.text();
            assert!(!page.contains("panicked") && !page.contains("diesel") && !page.contains("src/"), "{what}: {page}");
        }
    }
}

#[test]
fn behind_https_cookies_and_transport_are_tight() {
    let site = Site::start_with(&[("public_url", "https://muster.example.org")]);
    let answer = site.send("GET", "/users", &[], b"");
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    assert!(answer.cookies().count() > 0);
    for cookie in answer.cookies() {
        assert!(cookie.starts_with("__Host-") && cookie.contains("; Secure") && !cookie.contains("Domain"), "{cookie}");
    }
}

#[test]
fn a_form_without_the_right_token_is_refused() {
    let site = Site::start();
    let (admin, other) = (site.admin(), site.admin());
    let id = site.add_user(site.a);
    let before = site.fingerprint();
    let stranger = other.csrf();
    for token in ["", "wrong", stranger.as_str(), "\0", &"a".repeat(10_000)] {
        let body = encoded(&[("csrf", token), ("status", "disabled")]);
        admin.send("POST", &format!("/users/{id}/status"), &[FORM], body.as_bytes()).expect(403);
    }
    admin.send("POST", &format!("/users/{id}/status"), &[FORM], b"status=disabled").expect(403);
    admin.send("POST", &format!("/users/{id}/status"), &[FORM], b"").expect(403);
    // The first token counts, so a second cannot be slipped in behind it.
    let body = format!("csrf=wrong&csrf={}&status=disabled", admin.csrf());
    admin.send("POST", &format!("/users/{id}/status"), &[FORM], body.as_bytes()).expect(403);
    // Nor in the address.
    admin.send("POST", &format!("/users/{id}/status?csrf={}", admin.csrf()), &[FORM], b"status=disabled").expect(403);
    assert_eq!(before, site.fingerprint());
    admin.post(&format!("/users/{id}/status"), &[("status", "disabled")]).expect(303);
}

#[test]
fn a_form_from_another_site_is_refused() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let body = encoded(&[("csrf", &admin.csrf()), ("status", "disabled")]);
    let before = site.fingerprint();
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "something-new"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://localhost.evil.example"),
        ("Origin", "http://localhost:9"),
    ] {
        let answer = admin.send("POST", &format!("/users/{id}/status"), &[FORM, (name, value)], body.as_bytes());
        assert_eq!(answer.status, 403, "{name}: {value}");
    }
    assert_eq!(before, site.fingerprint());
    let same = [FORM, ("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost:8080")];
    admin.send("POST", &format!("/users/{id}/status"), &same, body.as_bytes()).expect(303);
    // Following a link from anywhere is what links are for.
    admin.send("GET", "/users", &[("Sec-Fetch-Site", "cross-site")], b"").expect(200);
}

#[test]
fn reading_changes_nothing() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let (before, evidence) = (site.fingerprint(), site.audit());
    for method in ["GET", "HEAD"] {
        for path in [
            "/users",
            "/users/new",
            "/users/deleted",
            &format!("/users/{id}"),
            &format!("/users/{id}/edit"),
            &format!("/users/{id}/roles"),
        ] {
            assert_eq!(admin.send(method, path, &[], b"").status, 200, "{method} {path}");
        }
    }
    assert_eq!((before, evidence), (site.fingerprint(), site.audit()));
}

#[test]
fn the_wrong_method_or_content_is_named() {
    let site = Site::start();
    let admin = site.admin();
    for (method, path) in [
        ("PUT", "/users"),
        ("DELETE", "/users/1"),
        ("PATCH", "/users/1"),
        ("POST", "/users/new"),
        ("GET", "/users/deletions"),
        ("TRACE", "/users"),
    ] {
        admin.send(method, path, &[], b"").expect(405);
    }
    for kind in
        ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded2", ""]
    {
        admin.send("POST", "/users", &[("Content-Type", kind)], b"a=b").expect(415);
    }
    admin.send("POST", "/users", &[FORM, ("Content-Encoding", "gzip")], b"a=b").expect(415);
    admin.send("POST", "/users", &[FORM], &vec![b'a'; 256 * 1024 + 1]).expect(413);
    let many = format!("csrf={}{}", admin.csrf(), "&a=b".repeat(5_001));
    admin.send("POST", "/users", &[FORM], many.as_bytes()).expect(413);
    // What a field of numbers cannot hold.
    admin.post("/users/deletions", &[("id", "seven")]).expect(400);
}

#[test]
fn malformed_heads_are_refused() {
    let site = Site::start();
    let long = "a".repeat(300_000);
    for bytes in [
        "GET /users\r\n\r\n".to_owned(),
        "GET /users HTTP/9.9\r\n\r\n".to_owned(),
        "GET  /users HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n".to_owned(),
        "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n".to_owned(),
        "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            .to_owned(),
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-Many: 1\r\n".repeat(3_000)),
        "\0\0\0\0\r\n\r\n".to_owned(),
    ] {
        let answer = exchange(site.address, bytes.as_bytes());
        let shown: String = bytes.chars().take(60).collect();
        // 0: the server hung up, as it may on what is not HTTP.
        assert!(matches!(answer.status, 0 | 303 | 400..=499), "{shown:?}: {}", answer.status);
    }
    site.send("GET", "/healthz", &[], b"").expect(200);
}

/// Whoever sends too slowly is cut off, head or body, and others do not notice.
#[test]
fn the_slow_are_cut_off() {
    let site = Site::start();
    let admin = site.admin();
    let mut body = TcpStream::connect(site.address).unwrap();
    let whole = request(
        "POST",
        "/users",
        &[FORM, ("Cookie", &format!("muster={}", admin.cookie("muster").unwrap()))],
        b"csrf=0123456789",
    );
    body.write_all(&whole[..whole.len() - 5]).unwrap();
    let mut head = TcpStream::connect(site.address).unwrap();
    head.write_all(b"GET /users HTTP/1.1\r\nHost: local").unwrap();
    let begun = Instant::now();
    for stream in [&mut body, &mut head] {
        stream.set_read_timeout(Some(Duration::from_secs(25))).unwrap();
    }
    let one = std::thread::spawn(move || crate::support::everything(&mut body));
    let two = std::thread::spawn(move || crate::support::everything(&mut head));
    while !one.is_finished() || !two.is_finished() {
        let asked = Instant::now();
        admin.open("/users");
        assert!(asked.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(250));
    }
    assert_eq!(Answer::parse(&one.join().unwrap()).status, 408);
    assert!(matches!(Answer::parse(&two.join().unwrap()).status, 0 | 408));
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn rights_are_looked_up_at_every_request() {
    let site = Site::start();
    let admin = site.admin();
    let disabled = site.administrator(site.a);
    let deleted = site.administrator(site.a);
    disabled.open("/users");
    deleted.open("/users");
    admin.post(&format!("/users/{}/status", disabled.id), &[("status", "disabled")]).expect(303);
    let plan = admin.post("/users/deletions", &[("id", &deleted.id.to_string())]).expect(303);
    admin.post(plan.location(), &[]).expect(303);
    for gone in [&disabled, &deleted] {
        let answer = gone.get("/users").expect(303);
        assert!(answer.location().starts_with("/login"), "{}", answer.location());
    }
}

#[test]
fn sessions_end_by_themselves() {
    let site = Site::start();
    let (idle, busy) = (site.technician(site.a), site.technician(site.a));
    let minute = 60_000;
    for _ in 0..29 {
        site.app.clock.advance(minute);
        busy.open("/users");
    }
    site.app.clock.advance(minute);
    idle.get("/users").expect(303);
    busy.open("/users");
    for _ in 0..(12 * 60 / 20) {
        site.app.clock.advance(20 * minute);
        busy.get("/users");
    }
    busy.get("/users").expect(303);
}

#[test]
fn dangerous_changes_take_a_fresh_code() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    admin.open(&format!("/users/{id}/roles"));
    site.app.clock.advance(11 * 60_000);
    for answer in [
        admin.get(&format!("/users/{id}/roles")),
        admin.post(&format!("/users/{id}/roles"), &[("role", "1"), ("scope", "1:all")]),
    ] {
        assert!(answer.expect(303).location().starts_with("/login/confirm"));
    }
    admin.open(&format!("/users/{id}"));
}

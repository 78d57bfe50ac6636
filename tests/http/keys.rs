//! A key is replaced by a new first line of the ring: what the older one sealed still opens, and is sealed anew.

use muster::access::credentials;
use muster::access::keyring::KeyRing;
use muster::access::random::SystemRandom;
use muster::app::App;

use crate::support::{Role, Site};

impl Site {
    fn key_file(&self) -> std::path::PathBuf {
        self.database.dir.path().join("secret.key")
    }

    fn ring(&self) -> String {
        std::fs::read_to_string(self.key_file()).unwrap()
    }

    /// Puts these lines into the key file. Who runs already keeps the ring that it read.
    fn set_ring(&self, text: &str) {
        std::fs::write(self.key_file(), text).unwrap();
    }

    fn key_check(&self) -> Vec<u8> {
        let kept = self.read(|conn| App::stored(conn, "key_check")).unwrap();
        data_encoding::BASE64.decode(kept.as_bytes()).unwrap()
    }

    /// Whether anything that somebody signs in with is sealed under another key than the newest.
    fn is_outdated(&self, id: i64) -> (bool, bool) {
        let stored = self.read(|conn| credentials::find(conn, id)).unwrap();
        let keys = &self.app.keys;
        (keys.is_outdated(&stored.password_hash), keys.is_outdated(&stored.totp_secret))
    }
}

/// A line for a ring.
fn new_line() -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.key");
    KeyRing::create(&path, &SystemRandom).unwrap();
    std::fs::read_to_string(path).unwrap()
}

/// A site whose ring has got a newer key, the instance that knows it, and both rings.
fn rotated() -> (Site, Site, String, String) {
    let site = Site::start();
    let (old, new) = (site.ring(), new_line());
    site.member(Role::Technician(site.a));
    site.set_ring(&format!("{new}{old}"));
    let renewed = site.beside().unwrap();
    (site, renewed, old, new)
}

#[test]
fn with_a_newer_key_everything_goes_on() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let before = member.signed_in();
    let old = site.ring();
    let check = site.key_check();
    site.set_ring(&format!("{}{old}", new_line()));
    let renewed = site.beside().unwrap();

    // The database remembers the newer key at once.
    assert_ne!(site.key_check(), check);
    assert!(!renewed.app.keys.is_outdated(&site.key_check()) && renewed.app.keys.is_outdated(&check));
    // Sessions, forms, known browsers and factors of before are as good as they were.
    let browser = before.at(&renewed);
    browser.open("/account");
    browser.post("/logout", &[]).expect(303);
    let member = member.known_to(&renewed);
    assert_eq!(member.signs_in(&browser).location(), "/users");
    assert_eq!(browser.cookies().len(), before.cookies().len(), "the browser is known, and gets no new cookie");
    let another = renewed.visitor();
    member.types_password(&another).expect(303);
    another.post("/login/code", &[("code", &member.recovery_codes[0])]).expect(303);
}

#[test]
fn what_the_older_key_sealed_is_sealed_anew_so_that_it_can_go() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let before = member.signed_in();
    let (old, new) = (site.ring(), new_line());
    site.set_ring(&format!("{new}{old}"));
    let renewed = site.beside().unwrap();
    assert_eq!(renewed.is_outdated(member.id), (false, false));
    drop(renewed);
    // Without the older key people sign in as ever; only who was signed in has to do so once more.
    site.set_ring(&new);
    let after = site.beside().unwrap();
    assert!(before.at(&after).get("/account").expect(303).location().starts_with("/login"));
    let (member, browser) = (member.known_to(&after), after.visitor());
    assert_eq!(member.signs_in(&browser).location(), "/users");
    browser.open("/users");
}

#[test]
fn the_older_key_alone_is_refused_once_there_was_a_newer() {
    let (site, renewed, old, new) = rotated();
    let check = site.key_check();
    drop(renewed);
    for ring in [old.as_str(), &new_line(), &format!("{}{}", new_line(), new_line())] {
        site.set_ring(ring);
        let error = site.beside().err().expect("it does not start");
        assert!(error.contains("the key does not belong to this database") && error.lines().count() == 1, "{error}");
        assert_eq!((site.key_check(), site.ring().as_str()), (check.clone(), ring), "nothing was touched");
    }
    site.set_ring(&new);
    drop(site.beside().unwrap());
}

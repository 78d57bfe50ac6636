//! Single-key shortcuts are a person's own choice; and a browser's guesses keep no session alive.

use muster::clock::MINUTE;

use crate::support::Site;

#[test]
fn single_keys_are_switched_off_by_the_person_for_every_browser_of_theirs() {
    let site = Site::start();
    let (person, other) = (site.technician(site.a), site.technician(site.a));
    let has_keys = |page: &str| person.open(page).all("body[data-single-keys]").len();
    assert_eq!((has_keys("/users"), has_keys("/account")), (1, 1));
    let before = site.audit().len();
    person.post("/account/keyboard", &[]).expect(303);
    assert_eq!((has_keys("/users"), has_keys("/account")), (0, 0));
    assert_eq!(other.open("/users").all("body[data-single-keys]").len(), 1);
    person.post("/account/keyboard", &[]).expect(303);
    person.post("/account/keyboard", &[("single_keys", "yes")]).expect(303);
    assert_eq!(has_keys("/users"), 1);
    // What changes nothing is no change.
    let told: Vec<String> = site.audit().into_iter().skip(before).map(|row| row.action).collect();
    assert_eq!(told, ["user.preference", "user.preference"]);
}

#[test]
fn the_help_lists_the_keys_that_do_something_here() {
    let site = Site::start();
    let keys = |person: &crate::support::Person<'_>, page: &str| person.open(page).all("#keys kbd").join(" ");
    let admin = site.admin();
    assert_eq!(keys(&admin, "/users"), "/ j k Enter x e ? Ctrl K Tab Esc");
    assert_eq!(keys(&admin, "/users/deleted"), "/ j k x ? Ctrl K Tab Esc");
    assert_eq!(keys(&admin, "/account"), "? Ctrl K Tab Esc");
    admin.post("/account/keyboard", &[]).expect(303);
    assert_eq!(keys(&admin, "/users"), "Ctrl K Tab Esc");
}

#[test]
fn a_page_that_a_browser_fetches_on_a_guess_keeps_no_session_alive() {
    let site = Site::start();
    for (headers, status) in [(&[][..], 200), (&[("sec-purpose", "prefetch;anonymous-client-ip")][..], 303)] {
        let person = site.admin();
        for _ in 0..2 {
            site.app.clock.advance(16 * MINUTE);
            person.send("GET", "/account", headers, b"");
        }
        assert_eq!(person.get("/account").status, status, "{headers:?}");
    }
}

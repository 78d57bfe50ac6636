//! What a change or a deletion does to those who hold a role is said beforehand, done exactly so, and the audit says the same figures.

use muster::access::session::Level;

use super::editing::{change, give, give_also, holder, make};
use crate::support::{Answer, Person, Role, Site};

/// The figures of an impact as the page says them.
fn figures(page: &Answer) -> Vec<(String, String)> {
    page.all(".facts dd").into_iter().zip(page.all(".facts dt")).collect()
}

/// The same as the last entry of the audit about roles says them.
fn told(admin: &Person<'_>, action: &str) -> String {
    let list = admin.open(&format!("/audit?action={action}"));
    let href = list.attributes("tbody th a", "href").into_iter().next().expect("an entry");
    admin.open(&href).readable()
}

#[test]
fn an_edit_says_who_loses_what_and_the_audit_says_the_same() {
    let site = Site::start();
    let admin = site.admin();
    let role = make(&admin, "Helpers", &["users.view", "users.edit-contacts"]);
    let only = holder(&site, &admin, role, &[site.a]);
    // Keeps what is taken through another role.
    let both = site.technician(site.a);
    give_also(&site, both.id, role);
    let third = holder(&site, &admin, role, &[site.a, site.b]);
    let version = admin.open(&format!("/roles/{role}/edit")).field("version").unwrap();
    let form = |seen: &str| {
        admin.post(
            &format!("/roles/{role}"),
            &[("name", "Helpers"), ("permission", "users.view"), ("version", &version), ("seen", seen)],
        )
    };
    let look = form("").expect(200);
    // The Technician's other role reaches A only, while this one is held everywhere: they lose it elsewhere.
    assert_eq!(
        figures(&look),
        [("hold this role".into(), "3 users".into()), ("lose permissions".into(), "3 users".to_owned())]
    );
    assert!(look.readable().contains("edit users' contact data"), "{}", look.readable());
    only.open(&format!("/users/{}/edit", third.id));
    // Whoever looked at something else is shown what it is now.
    give(&admin, third.id, role, &[site.a]);
    let look = form(&look.field("seen").unwrap()).expect(200);
    form(&look.field("seen").unwrap()).expect(303);
    let told = told(&admin, "role.edit");
    for (words, number) in figures(&look) {
        assert!(told.contains(&words) && told.contains(&number), "{words} {number}: {told}");
    }
    only.get(&format!("/users/{}/edit", third.id)).expect(403);
}

#[test]
fn a_deletion_says_who_loses_what_and_the_audit_says_the_same() {
    let site = Site::start();
    let admin = site.admin();
    let role = make(&admin, "Helpers", &["users.view"]);
    let people: Vec<_> = (0..3).map(|_| holder(&site, &admin, role, &[site.a])).collect();
    let other = site.technician(site.a);
    give_also(&site, other.id, role);
    let gone = site.person(Role::Users(site.a), Level::Full);
    give(&admin, gone.id, role, &[site.a]);
    site.delete(gone.id);
    let look = admin.open(&format!("/roles/{role}/deletion"));
    let said = figures(&look);
    assert_eq!(said[0], ("hold this role".into(), "4 users".into()));
    assert!(said.contains(&("may not sign in any more".into(), "3 users".into())), "{said:?}");
    // Not what was looked at.
    admin.post(&format!("/roles/{role}/deletion"), &[("seen", "0-0")]).expect(409);
    people[0].open("/users");
    let seen = look.field("seen").unwrap();
    let done = admin.post(&format!("/roles/{role}/deletion"), &[("seen", &seen)]).expect(303);
    assert_eq!(admin.follow(&done).flash().as_deref(), Some("The role “Helpers” was deleted, and taken from 4 users."));
    let told = told(&admin, "role.delete");
    for (words, number) in said {
        assert!(told.contains(&words) && told.contains(&number), "{words} {number}: {told}");
    }
    for person in &people {
        assert!(person.get("/users").location().starts_with("/login"));
    }
    other.open("/users");
    admin.get(&format!("/roles/{role}")).expect(404);
    // One entry for each of them, besides that of the role.
    let entries = admin.open("/audit?action=user.roles&limit=250").all("tbody tr");
    let taken = entries
        .iter()
        .filter_map(|line| line.split_once("role: Helpers"))
        .filter(|(_, rest)| rest.contains("→ (empty)"));
    assert_eq!(taken.count(), 4);
}

#[test]
fn nobody_holds_it_so_it_goes_at_once() {
    let site = Site::start();
    let admin = site.admin();
    let role = make(&admin, "Nobody's", &["users.view"]);
    change(&admin, role, &["audit.view"]).expect(303);
    let seen = admin.open(&format!("/roles/{role}/deletion")).field("seen").unwrap();
    admin.post(&format!("/roles/{role}/deletion"), &[("seen", &seen)]).expect(303);
    admin.get(&format!("/roles/{role}")).expect(404);
}

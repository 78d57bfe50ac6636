//! Making and changing roles: who may, what is refused, and that it counts at once.

use muster::access::session::Level;

use crate::support::{Answer, Person, Role, Site};

/// Makes a role with some permissions and gives its id.
pub(in crate::http) fn make(admin: &Person<'_>, name: &str, permissions: &[&str]) -> i64 {
    let mut form = vec![("name", name)];
    form.extend(permissions.iter().map(|word| ("permission", *word)));
    let made = admin.post("/roles", &form).expect(303);
    made.location().rsplit('/').next().unwrap().parse().unwrap()
}

/// Somebody of A who holds a role of the installation's own, in some customers or (none named) everywhere.
pub(in crate::http) fn holder<'s>(site: &'s Site, admin: &Person<'_>, role: i64, customers: &[i64]) -> Person<'s> {
    let person = site.person(Role::Users(site.a), Level::Full);
    give(admin, person.id, role, customers);
    site.browser_of(person.id, Level::Full)
}

pub(in crate::http) fn give(admin: &Person<'_>, user: i64, role: i64, customers: &[i64]) {
    let role = role.to_string();
    let mut places: Vec<String> = customers.iter().map(|id| format!("{role}:{id}")).collect();
    if places.is_empty() {
        places.push(format!("{role}:all"));
    }
    let mut form = vec![("role", role.as_str())];
    form.extend(places.iter().map(|place| ("scope", place.as_str())));
    let given = admin.post(&format!("/users/{user}/roles"), &form);
    assert!(matches!(given.status, 200 | 303), "{}", given.readable());
}

/// Sends the form of a role as it is drawn, with other permissions; where people are concerned, once more after the look.
pub(in crate::http) fn change(admin: &Person<'_>, role: i64, permissions: &[&str]) -> Answer {
    let page = admin.open(&format!("/roles/{role}/edit"));
    let send = |page: &Answer| {
        let (name, version, seen) =
            (page.field("name").unwrap(), page.field("version").unwrap(), page.field("seen").unwrap_or_default());
        let mut form = vec![("name", name.as_str()), ("version", &version), ("seen", &seen)];
        form.extend(permissions.iter().map(|word| ("permission", *word)));
        admin.post(&format!("/roles/{role}"), &form)
    };
    let answer = send(&page);
    if answer.status == 200 { send(&answer) } else { answer }
}

#[test]
fn a_role_counts_from_the_next_request_on() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let role = make(&admin, "Viewers", &["users.view"]);
    let person = holder(&site, &admin, role, &[site.a]);
    person.open("/users");
    person.get("/users/new").expect(403);
    person.get(&format!("/users/{id}/edit")).expect(403);
    change(&admin, role, &["users.view", "users.create", "users.edit-contacts"]).expect(303);
    person.open("/users/new");
    person.open(&format!("/users/{id}/edit"));
    change(&admin, role, &["users.edit-contacts"]).expect(303);
    person.get("/users").expect(403);
    person.get("/users/new").expect(403);
    // Only there where it is held.
    let elsewhere = site.add_user(site.b);
    person.get(&format!("/users/{elsewhere}/edit")).expect(404);
}

#[test]
fn what_is_typed_is_checked() {
    let site = Site::start();
    let admin = site.admin();
    let role = make(&admin, "Viewers", &["users.view"]);
    for (form, fault) in [
        (vec![("name", ""), ("permission", "users.view")], "Enter a name"),
        (vec![("name", "viewers"), ("permission", "users.view")], "There is a role “viewers” already."),
        (vec![("name", "Technician"), ("permission", "users.view")], "There is a role “Technician” already."),
        (vec![("name", "Nothing")], "Tick at least one permission."),
        (vec![("name", "Odd"), ("permission", "users.fly")], "Choose among these permissions."),
    ] {
        let refused = admin.post("/roles", &form).expect(422);
        assert!(refused.errors().concat().contains(fault), "{fault}: {:?}", refused.errors());
        assert_eq!(refused.field("name").unwrap_or_default(), form[0].1);
    }
    // Somebody else was first: nothing is overwritten, what was typed is still there, and may be sent again.
    let version = admin.open(&format!("/roles/{role}/edit")).field("version").unwrap();
    change(&admin, role, &["users.view", "audit.view"]).expect(303);
    let form = [("name", "Lookers"), ("permission", "users.view"), ("version", version.as_str())];
    let late = admin.post(&format!("/roles/{role}"), &form).expect(409);
    assert_eq!(late.field("name").as_deref(), Some("Lookers"));
    let form = [("name", "Lookers"), ("permission", "users.view"), ("version", &late.field("version").unwrap())];
    admin.post(&format!("/roles/{role}"), &form).expect(303);
    assert_eq!(admin.open(&format!("/roles/{role}")).one("h1").as_deref(), Some("Lookers"));
    admin.get("/roles/987654321").expect(404);
    admin.post("/roles/987654321", &[]).expect(404);
}

#[test]
fn built_in_roles_stay_as_they_are() {
    let site = Site::start();
    let admin = site.admin();
    for role in 1..=4 {
        let page = admin.open(&format!("/roles/{role}"));
        assert!(page.text().contains("is built in, so it stays as it is"), "{}", page.readable());
        admin.get(&format!("/roles/{role}/edit")).expect(403);
        admin.post(&format!("/roles/{role}"), &[("name", "Mine"), ("permission", "users.view")]).expect(403);
        admin.get(&format!("/roles/{role}/deletion")).expect(403);
        admin.post(&format!("/roles/{role}/deletion"), &[]).expect(403);
    }
    let copy = admin.open("/roles/new?from=2");
    assert_eq!(copy.field("name").as_deref(), Some("Copy of Administrators"));
    let ticked = copy.attributes("input[name=permission][checked]", "value");
    assert!(ticked.contains(&"users.delete".to_owned()) && !ticked.contains(&"roles.manage".to_owned()), "{ticked:?}");
}

/// The rank rule in both directions: nobody makes a role into more than they hold, nobody touches one that is above them or held by somebody who is.
#[test]
fn nobody_rises_by_a_role() {
    let site = Site::start();
    let admin = site.admin();
    let managers = make(&admin, "Role managers", &["users.view", "roles.view", "roles.manage", "roles.assign"]);
    let keepers = make(&admin, "Keepers", &["users.view", "users.delete"]);
    let viewers = make(&admin, "Viewers", &["users.view"]);
    let manager = holder(&site, &admin, managers, &[]);
    let before = site.fingerprint();
    // More than they hold, for a new one and for one that exists.
    manager.post("/roles", &[("name", "Up"), ("permission", "users.delete")]).expect(422);
    change(&manager, viewers, &["users.view", "users.delete"]).expect(422);
    change(&manager, managers, &["users.view", "roles.view", "roles.manage", "installation.manage"]).expect(422);
    // One that is above them.
    let version = site.read(|conn| muster::features::roles::queries::find(conn, keepers)).changed_at.to_string();
    manager.get(&format!("/roles/{keepers}/edit")).expect(403);
    let form = [("name", "Mine"), ("permission", "users.view"), ("version", version.as_str())];
    manager.post(&format!("/roles/{keepers}"), &form).expect(403);
    manager.post(&format!("/roles/{keepers}/deletion"), &[]).expect(403);
    assert_eq!(before, site.fingerprint());
    // One that somebody above them holds.
    give_also(&site, admin.id, viewers);
    change(&manager, viewers, &["roles.view"]).expect(403);
    let seen = manager.open(&format!("/roles/{viewers}/deletion")).field("seen").unwrap();
    manager.post(&format!("/roles/{viewers}/deletion"), &[("seen", &seen)]).expect(403);
    // Within their own it goes.
    let small = make(&manager, "Small", &["users.view"]);
    change(&manager, small, &["roles.view"]).expect(303);
    // And who holds it for some customers only makes none.
    let local = holder(&site, &admin, managers, &[site.a]);
    let refused = local.get("/roles/new").expect(403);
    assert!(refused.readable().contains("for some customers only"), "{}", refused.readable());
    local.post("/roles", &[("name", "Local"), ("permission", "users.view")]).expect(403);
    local.post(&format!("/roles/{small}"), &form).expect(403);
    // Nobody without the permission.
    let administrator = site.administrator(site.a);
    administrator.open("/roles");
    administrator.get("/roles/new").expect(403);
    administrator.post("/roles", &[("name", "Own"), ("permission", "users.view")]).expect(403);
}

/// Gives a role besides what somebody holds, past the rules.
pub(in crate::http) fn give_also(site: &Site, user: i64, role: i64) {
    let now = site.now();
    site.write(move |conn| {
        let wanted = muster::features::roles::model::Wanted { role_id: role, scope: muster::access::Scope::All };
        muster::features::roles::queries::assign(conn, user, &wanted, now)
    });
}

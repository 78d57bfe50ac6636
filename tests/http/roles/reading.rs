//! The list of roles, their tabs, two compared, what somebody may do; and a role that only reads.

use super::editing::{give_also, holder, make};
use crate::support::{Site, UserSample};
use muster::access::{BuiltIn, Permission};
use muster::routes::site as routes;

#[test]
fn the_list_is_searched_filtered_and_sorted() {
    let site = Site::start();
    let admin = site.admin();
    for n in 0..30 {
        make(
            &admin,
            &format!("Role {n:02}"),
            if n % 2 == 0 { &["users.view"] } else { &["users.view", "users.create"] },
        );
    }
    let names = |query: &str| admin.open(&format!("/roles{query}")).all("tbody th");
    assert_eq!(names("?q=ROLE+1").len(), 10);
    assert_eq!(names("?kind=built-in"), ["Account Admin", "Administrators", "Technician", "Users"]);
    assert_eq!(names("?reach=read-only").len(), 15);
    assert_eq!(names("?reach=everything"), ["Account Admin"]);
    assert_eq!(names("?sort=-name")[0], "Users");
    assert_eq!(names("?sort=-permissions")[0], "Account Admin");
    // Every page of every order shows everything once, forwards and backwards.
    for sort in ["name", "-name", "kind", "reach", "-permissions", "users", "-users"] {
        for (end, step) in [("", "Next page"), ("&before=end", "Previous page")] {
            let (mut all, mut next) = (Vec::new(), Some(format!("/roles?limit=25&sort={sort}{end}")));
            while let Some(path) = next {
                let page = admin.open(&path);
                all.extend(page.all("tbody th"));
                next = page.attributes(&format!("a.pager-step[title='{step}']"), "href").into_iter().next();
            }
            assert_eq!(all.len(), 34, "{sort} {step}");
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 34, "{sort} {step}");
        }
    }
    assert_eq!(names("?from=technician&limit=25")[0], "Technician");
    admin.open("/roles?panel=filters");
    admin.open("/roles?panel=columns");
}

#[test]
fn the_tabs_show_permissions_people_and_places_within_the_readers_scope() {
    let site = Site::start();
    let admin = site.admin();
    let role = make(&admin, "Helpers", &["users.view"]);
    let ours = holder(&site, &admin, role, &[site.a]);
    let theirs = holder(&site, &admin, role, &[site.b]);
    site.write({
        let (id, b) = (theirs.id, site.b);
        move |conn| {
            use diesel::prelude::*;
            use muster::db::schema::users;
            diesel::update(users::table.find(id)).set(users::customer_id.eq(b)).execute(conn)?;
            Ok(())
        }
    });
    let users = admin.open(&format!("/roles/{role}/users"));
    assert_eq!(users.all("tbody tr").len(), 2, "{}", users.readable());
    assert!(admin.open(&format!("/roles/{role}/scope")).readable().contains("Birch & Sons"));
    let reader = site.administrator(site.a);
    let users = reader.open(&format!("/roles/{role}/users"));
    assert_eq!(users.attributes("tbody th a", "href"), [format!("/users/{}", ours.id)]);
    let scope = reader.open(&format!("/roles/{role}/scope")).readable();
    assert!(scope.contains("Alder Works") && !scope.contains("Birch"), "{scope}");
    let list = reader.open("/roles?q=helpers").readable();
    assert!(list.contains("Read-only11 1 of 1 role"), "{list}");
    for tab in ["", "/users", "/scope"] {
        admin.open(&format!("/roles/{}{tab}", site.role(BuiltIn::Users)));
        reader.get(&format!("/roles/987654321{tab}")).expect(404);
    }
}

#[test]
fn two_roles_are_compared() {
    let site = Site::start();
    let admin = site.admin();
    let (one, other) = (make(&admin, "One", &["users.view"]), make(&admin, "Other", &["users.view", "users.delete"]));
    let page = admin.open(&format!("/roles/compare?one={one}&other={other}"));
    assert!(page.readable().contains("They differ in 1 permission."), "{}", page.readable());
    assert_eq!(page.all("tbody tr").iter().filter(|line| line.contains("Differs")).count(), 1);
    admin.open("/roles/compare");
    admin.get("/roles/compare?one=987654321").expect(404);
}

#[test]
fn what_somebody_may_do_names_the_roles_that_give_it() {
    let site = Site::start();
    let admin = site.admin();
    let role = make(&admin, "Creators", &["users.create", "users.view"]);
    let person = site.technician(site.a);
    give_also(&site, person.id, role);
    let page = admin.open(&format!("/users/{}/rights", person.id));
    let lines = page.all("tbody tr");
    let line = |start: &str| lines.iter().find(|line| line.starts_with(start)).unwrap().clone();
    assert_eq!(line("create users"), "create users users.create all customers Creators");
    assert!(line("see users").contains("Technician (Alder Works), Creators (all customers)"), "{}", line("see users"));
    assert_eq!(line("delete or restore"), "delete or restore users users.delete Nowhere No role");
    let own = admin.open(&format!("/users/{}", person.id)).readable();
    assert!(own.contains("Technician") && own.contains("Creators"), "{own}");
    // What lies outside the reader's customers has no name for them.
    let both =
        site.person(crate::support::Role::TechnicianOfBoth(site.a, site.b), muster::access::session::Level::Full);
    let reader = site.administrator(site.a);
    for path in [format!("/users/{}/rights", both.id), format!("/users/{}", both.id)] {
        let page = reader.open(&path).readable();
        assert!(page.contains("Alder Works, and elsewhere") && !page.contains("Birch"), "{page}");
    }
    reader.get(&format!("/users/{}/rights", site.add_user(site.b))).expect(404);
}

/// An auditor sees everything there is to see and changes nothing, whatever is sent.
#[test]
fn a_read_only_role_reads_everything_and_writes_nothing() {
    let site = Site::start();
    let admin = site.admin();
    let form = admin.open("/roles/new?preset=read-only");
    let ticked = form.attributes("input[name=permission][checked]", "value");
    let words: Vec<&str> = ticked.iter().map(String::as_str).collect();
    assert!(words.len() >= 4 && words.iter().all(|word| word.ends_with(".view")), "{words:?}");
    let role = make(&admin, "Auditor", &words);
    let auditor = holder(&site, &admin, role, &[]);
    let id = site.add(vec![UserSample::new("Oxford", "oxford@example.org", site.b)])[0];
    for path in ["/users", "/roles", "/audit", "/operations", &format!("/users/{id}"), &format!("/roles/{role}")] {
        auditor.open(path);
    }
    let before = (site.fingerprint(), site.read(muster::features::roles::queries::all).len());
    for route in routes().into_iter().filter(|route| route.method == "POST") {
        let Some(permission) = route.permission else { continue };
        let path = route.path.replace("{id}", &id.to_string());
        let fields = [("id", id.to_string()), ("name", "Taken".into()), ("status", "disabled".into())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = auditor.post(&path, &fields);
        if !permission.only_reads() {
            assert_eq!(answer.status, 403, "{path}: {}", answer.readable());
            assert!(answer.readable().contains(permission.word()), "{path} does not name what is missing");
        }
    }
    assert_eq!(before, (site.fingerprint(), site.read(muster::features::roles::queries::all).len()));
    assert!(Permission::ALL.iter().filter(|permission| permission.only_reads()).count() == words.len());
}

/// What cannot be done says why once it is pressed, and names the permission that is missing.
#[test]
fn a_button_that_is_not_for_the_reader_says_why() {
    let site = Site::start();
    let (technician, id) = (site.technician(site.a), site.add_user(site.a));
    let page = technician.open(&format!("/users/{id}"));
    for (word, permission) in [("delete", "users.delete"), ("status", "users.change-status"), ("roles", "roles.assign")]
    {
        let button = page.attributes(&format!("button[popovertarget=why-{word}]"), "aria-disabled");
        assert_eq!(button, ["true"], "{word}: {}", page.readable());
        let why = page.one(&format!("#why-{word}[popover]")).unwrap();
        assert!(why.contains(&format!("the permission “{permission}”")), "{why}");
    }
    // What they may do is a button like any other.
    assert_eq!(page.one("#why-edit"), None);
    let above = technician.open(&format!("/users/{}", site.admin().id));
    assert!(above.one("#why-edit").unwrap().contains("may do more than you"), "{}", above.readable());
}

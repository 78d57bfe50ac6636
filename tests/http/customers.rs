//! Customers: made, renamed, archived and restored; nobody of an archived one gets in, and nothing is lost.

use diesel::prelude::*;
use muster::access::BuiltIn;
use muster::access::session::Level;
use muster::db::schema::{customers, users};
use muster::features::users::input::UserInput;

use super::roles::editing::{holder, make};
use crate::support::{Answer, Person, Role, Site, UserSample};

/// The figures of an impact as the page says them.
fn figures(page: &Answer) -> Vec<(String, String)> {
    page.all(".facts dd").into_iter().zip(page.all(".facts dt")).collect()
}

/// Looks at what archiving does, and does it.
fn archive(admin: &Person<'_>, id: i64) -> Answer {
    let page = format!("/customers/{id}/archive");
    let seen = admin.open(&page).field("seen").unwrap();
    admin.post(&page, &[("seen", &seen)])
}

#[test]
fn a_customer_is_made_and_renamed() {
    let site = Site::start();
    let admin = site.admin();
    let made = admin.post("/customers", &[("name", "Čedar Ltd")]).expect(303);
    let page = admin.follow(&made);
    assert_eq!(page.one("h1").as_deref(), Some("Čedar Ltd"));
    let id: i64 = made.location().rsplit('/').next().unwrap().parse().unwrap();
    for (name, fault) in [("", "Enter a name"), ("cedar ltd", "There is a customer “Čedar Ltd” already.")] {
        let refused = admin.post("/customers", &[("name", name)]).expect(422);
        assert!(refused.errors().concat().contains(fault), "{:?}", refused.errors());
        assert_eq!(refused.field("name").as_deref(), Some(name));
    }
    site.add_user(id);
    let edit = format!("/customers/{id}/edit");
    let version = admin.open(&edit).field("version").unwrap();
    let to = format!("/customers/{id}");
    admin.post(&to, &[("name", "Alder Works"), ("version", &version)]).expect(422);
    admin.post(&to, &[("name", "Zypress"), ("version", &version)]).expect(303);
    // Somebody else was first.
    let late = admin.post(&to, &[("name", "Late"), ("version", &version)]).expect(409);
    assert!(late.readable().contains("It is called “Zypress” now."), "{}", late.readable());
    admin.post(&to, &[("name", "Zypress & Co"), ("version", &late.field("version").unwrap())]).expect(303);
    let keys: Vec<String> =
        site.read(|conn| Ok(users::table.filter(users::customer_id.eq(id)).select(users::customer_key).load(conn)?));
    assert_eq!(keys, ["zypress & co"]);
    let list = admin.open("/customers?q=zy");
    assert_eq!(list.all("tbody tr").len(), 1);
    assert!(list.one("tbody tr").unwrap().contains('1'), "{}", list.readable());
}

#[test]
fn a_large_customer_is_renamed_by_a_job() {
    let site = Site::start();
    let admin = site.admin();
    let crowd = |n: usize| UserSample::new("Crowd", &format!("crowd{n}@example.org"), site.b);
    let ids = site.add((0..2_100).map(crowd).collect());
    site.delete(ids[5]);
    let to = format!("/customers/{}", site.b);
    let version = admin.open(&format!("{to}/edit")).field("version").unwrap();
    admin.post(&to, &[("name", "Aspen"), ("version", &version)]).expect(303);
    site.run_jobs();
    let b = site.b;
    let other: i64 = site.read(|conn| {
        let theirs = users::table.filter(users::customer_id.eq(b)).filter(users::customer_key.ne("aspen"));
        Ok(theirs.count().get_result(conn)?)
    });
    assert_eq!(other, 0);
}

#[test]
fn nobody_of_an_archived_customer_gets_in_and_nothing_is_lost() {
    let site = Site::start();
    let admin = site.admin();
    let member = site.member(Role::Technician(site.b));
    let browser = member.signed_in();
    let administrator = site.administrator(site.b);
    let other = site.technician(site.a);
    let ids = site.add(vec![UserSample::new("Oxford", "oxford@example.org", site.b)]);
    let roles = site.role(BuiltIn::Technician).to_string();
    let link =
        admin.post(&format!("/users/{}/roles", ids[0]), &[("role", &roles), ("scope", &format!("{roles}:{}", site.b))]);
    let link = link.expect(200).text();
    let at = link.find("/links/").unwrap();
    let link: String = link[at..].chars().take_while(|c| !matches!(c, '"' | '<' | ' ' | '&')).collect();
    let page = admin.open(&format!("/customers/{}/archive", site.b));
    let said = figures(&page);
    assert_eq!(
        said,
        [
            ("belong to it".to_owned(), "3 users".to_owned()),
            ("may not sign in any more".to_owned(), "3 users".to_owned())
        ]
    );
    let fingerprint = site.fingerprint();
    admin.post(&format!("/customers/{}/archive", site.b), &[("seen", "1-1")]).expect(409);
    let done = archive(&admin, site.b).expect(303);
    assert!(admin.follow(&done).flash().unwrap().contains("is archived"));
    // The audit says the same figures.
    let list = admin.open("/audit?action=customer.archive");
    let told = admin.open(&list.attributes("tbody th a", "href")[0]).readable();
    for (words, number) in &said {
        assert!(told.contains(words.as_str()) && told.contains(number.as_str()), "{words} {number}: {told}");
    }
    // At once, and at every door.
    for person in [&browser, &administrator] {
        assert!(person.get("/users").location().starts_with("/login"));
    }
    let again = site.visitor();
    assert_ne!(member.types_password(&again).location(), "/login/code");
    assert_ne!(site.browser_of(administrator.id, Level::Full).get("/users").status, 200);
    let opened = site.visitor();
    let first = opened.get(&link);
    assert!(
        opened.get(first.location()).readable().contains("not good any more")
            || first.status == 404
            || opened.get(first.location()).status != 200,
        "{}",
        opened.get(first.location()).readable()
    );
    other.open("/users");
    // Nothing of theirs has changed, and they are still to be seen.
    assert_eq!(site.fingerprint(), fingerprint);
    assert_eq!(admin.open(&format!("/users?customer={}", site.b)).ids().len(), 3);
    archive_again_is_refused(&admin, site.b);
    let restored = admin.post(&format!("/customers/{}/restoration", site.b), &[]).expect(303);
    assert!(admin.follow(&restored).flash().unwrap().contains("may sign in"));
    // What was ended stays ended; they sign in anew.
    assert!(browser.get("/users").location().starts_with("/login"));
    member.signed_in().open("/users");
    admin.post(&format!("/customers/{}/restoration", site.b), &[]).expect(409);
}

fn archive_again_is_refused(admin: &Person<'_>, id: i64) {
    admin.get(&format!("/customers/{id}/archive")).expect(409);
    admin.post(&format!("/customers/{id}/archive"), &[("seen", "3-3")]).expect(409);
}

#[test]
fn nobody_is_put_into_an_archived_customer() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let (a, b) = (site.a.to_string(), site.b.to_string());
    let moved = site.add_user(site.b);
    let undone = {
        admin.post("/users/edits/new", &[("id", &moved.to_string())]).expect(303);
        let plan = admin.post("/users/edits", &[("customer", &a)]).expect(303).location().to_owned();
        admin.post(&plan, &[]).expect(303);
        plan
    };
    let id = site.add_user(site.a).to_string();
    admin.post("/users/edits/new", &[("id", &id)]).expect(303);
    let planned = admin.post("/users/edits", &[("customer", &b)]).expect(303).location().to_owned();
    archive(&admin, site.b).expect(303);
    let new = UserInput { name: "New".into(), email: "new@example.org".into(), phone: String::new() };
    let form = [("name", new.name.as_str()), ("email", &new.email), ("customer", &b)];
    admin.post("/users", &form).expect(422);
    let offered = admin.open("/users/new").attributes("select[name=customer] option", "value");
    assert!(offered.contains(&a) && !offered.contains(&b), "{offered:?}");
    // Neither by a plan that was made before, nor by a new one, nor by taking one back.
    admin.post(&planned, &[]).expect(403);
    admin.post("/users/edits/new", &[("id", &id)]).expect(303);
    admin.post("/users/edits", &[("customer", &b)]).expect(422);
    let undo = admin.post(&format!("{undone}/undo"), &[]).expect(303).location().to_owned();
    admin.post(&undo, &[]).expect(403);
    let import = admin.upload_text("Display Name,Email\nGood,good@example.org\n");
    import.carry_on(&import.preview().set("customer", &b));
    import.add_all();
    assert!(site.with_address("good@example.org").is_none_or(|user| user.customer_id != site.b));
    assert_eq!(site.user(moved).customer_id, site.a);
}

#[test]
fn who_may_do_what_to_customers() {
    let site = Site::start();
    let admin = site.admin();
    let role = make(&admin, "Customer managers", &["users.view", "customers.view", "customers.manage"]);
    let manager = holder(&site, &admin, role, &[site.b]);
    // Theirs they rename; others do not exist for them; a new one is none of theirs.
    let version = manager.open(&format!("/customers/{}/edit", site.b)).field("version").unwrap();
    manager.post(&format!("/customers/{}", site.b), &[("name", "Beech"), ("version", &version)]).expect(303);
    for path in ["", "/edit", "/archive"] {
        manager.get(&format!("/customers/{}{path}", site.a)).expect(404);
    }
    for path in ["", "/archive", "/restoration"] {
        manager.post(&format!("/customers/{}{path}", site.a), &[("name", "Mine"), ("seen", "0-0")]).expect(404);
    }
    manager.get("/customers/new").expect(403);
    manager.post("/customers", &[("name", "Own")]).expect(403);
    assert_eq!(manager.open("/customers").all("tbody tr").len(), 1);
    // A name that is taken elsewhere tells nothing about where.
    let version = manager.open(&format!("/customers/{}/edit", site.b)).field("version").unwrap();
    let taken = manager.post(&format!("/customers/{}", site.b), &[("name", "alder works"), ("version", &version)]);
    assert_eq!(taken.expect(422).errors(), ["This name is not available here. Choose another name."]);
    // The rank rule: nobody locks out who may do more.
    let above = site.administrator(site.b);
    manager.get(&format!("/customers/{}/archive", site.b)).expect(403);
    manager.post(&format!("/customers/{}/archive", site.b), &[("seen", "1-1")]).expect(403);
    above.open("/users");
    // Nor oneself.
    let own = admin.get(&format!("/customers/{}/archive", site.a)).expect(403);
    assert!(own.readable().contains("You belong to this customer yourself"), "{}", own.readable());
    site.administrator(site.a).get("/customers/new").expect(403);
    site.technician(site.a).get("/customers").expect(403);
}

#[test]
fn the_list_is_searched_filtered_and_sorted() {
    let site = Site::start();
    let admin = site.admin();
    site.write(|conn| {
        for n in 0..60 {
            diesel::insert_into(customers::table)
                .values((
                    customers::name.eq(format!("Customer {n:02}")),
                    customers::name_key.eq(format!("customer {n:02}")),
                    customers::created_at.eq(n % 7),
                    customers::archived_at.eq(i64::from(n % 5 == 0)),
                ))
                .execute(conn)?;
        }
        Ok(())
    });
    let names = |query: &str| admin.open(&format!("/customers{query}")).all("tbody th");
    assert_eq!(names("?q=er+1").len(), 10);
    assert_eq!(names("?state=archived").len(), 12);
    for sort in ["name", "-name", "users", "-users", "state", "-created"] {
        for (end, step) in [("", "Next page"), ("&before=end", "Previous page")] {
            let (mut all, mut next) = (Vec::new(), Some(format!("/customers?limit=25&sort={sort}{end}")));
            while let Some(path) = next {
                let page = admin.open(&path);
                all.extend(page.all("tbody th"));
                next = page.attributes(&format!("a.pager-step[title='{step}']"), "href").into_iter().next();
            }
            assert_eq!(all.len(), 63, "{sort} {step}");
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 63, "{sort} {step}");
        }
    }
    assert_eq!(names("?from=customer+3&limit=25")[0], "Customer 30");
    admin.open("/customers?panel=filters");
    admin.open("/customers?panel=columns");
}

/// The switcher is a filter that the navigation carries along, good for whoever chose it and only within their scope.
#[test]
fn who_looks_after_several_customers_switches_between_them() {
    let site = Site::start();
    let both = site.person(Role::TechnicianOfBoth(site.a, site.b), Level::Full);
    let links = |person: &Person<'_>| person.open("/account").attributes(".nav-item", "href");
    assert!(links(&both).contains(&"/users".to_owned()));
    let page = both.open("/customers/switch");
    assert_eq!(
        page.attributes("input[name=customer]", "value"),
        [String::new(), site.a.to_string(), site.b.to_string()]
    );
    let chosen = both.post("/customers/switch", &[("customer", &site.b.to_string())]).expect(303);
    assert_eq!(chosen.location(), format!("/users?customer={}", site.b));
    assert!(links(&both).contains(&format!("/users?customer={}", site.b)));
    assert!(both.open("/account").one(".nav-customer").unwrap().contains("Birch & Sons"));
    // The list itself says what it shows, and all can be seen.
    let (ours, theirs) = (site.add_user(site.a), site.add_user(site.b));
    assert!(
        both.open(chosen.location()).ids().contains(&theirs) && !both.open(chosen.location()).ids().contains(&ours)
    );
    assert!(both.open("/users").ids().contains(&ours));
    both.post("/customers/switch", &[("customer", "987654321")]).expect(404);
    both.post("/customers/switch", &[("customer", "x")]).expect(422);
    both.post("/customers/switch", &[("customer", "")]).expect(303);
    assert!(links(&both).contains(&"/users".to_owned()));
    // Nothing for who has one only, and a cookie of somebody else's counts for nothing.
    both.post("/customers/switch", &[("customer", &site.b.to_string())]).expect(303);
    let cookie = both.cookie("muster-customer").unwrap();
    for person in [site.administrator(site.a), site.admin()] {
        person.plant("muster-customer", &cookie);
        assert!(links(&person).contains(&"/users".to_owned()));
    }
    let one = site.administrator(site.a);
    assert_eq!(one.open("/account").one(".nav-customer"), None);
    one.post("/customers/switch", &[("customer", &site.b.to_string())]).expect(404);
}

//! Saved views: a query under a name, for oneself or for a role, never more than its reader may see.

use muster::access::BuiltIn;

use super::user_list::crowded;
use crate::support::{Answer, Person, Site, exchange, together};

/// Saves what the list shows at `query` and gives the id.
#[track_caller]
fn save(person: &Person<'_>, name: &str, role: &str, query: &str) -> i64 {
    person.post("/users/views", &[("name", name), ("role", role), ("query", query)]).expect(303);
    let page = views(person, "");
    let place = page.all(".views-mine .view-link bdi").iter().position(|text| text.starts_with(name)).expect(name);
    id_of(&page.attributes(".views-mine a[data-dialog-page]", "href")[place])
}

fn id_of(href: &str) -> i64 {
    href.split('?').next().unwrap().rsplit('/').next().unwrap().parse().expect(href)
}

/// The list with the views open.
fn views(person: &Person<'_>, query: &str) -> Answer {
    person.open(&format!("/users?{query}&panel=views"))
}

fn mine(person: &Person<'_>) -> Vec<String> {
    views(person, "").all(".views-mine .view-link bdi")
}

fn shared(person: &Person<'_>) -> Vec<String> {
    views(person, "").all(".views-shared .view-link bdi")
}

#[test]
fn a_view_brings_back_what_the_list_showed() {
    let site = crowded();
    let admin = site.admin();
    let query = "q=ann&tfa=active&devices=none&sort=-email&limit=25&density=compact&columns=name%2Ccustomer%2Cemail";
    let shown = admin.open(&format!("/users?{query}"));
    // The list leads to the form, with script or without.
    let form = admin.open(&views(&admin, query).attributes(".views-save", "href").remove(0));
    assert_eq!(form.field("query").as_deref(), Some(query));
    let words = form.all(".kept-words li");
    assert!(words.contains(&"Search: ann".to_owned()) && words.contains(&"2FA status: Active".to_owned()), "{words:?}");
    // Neither the place nor what is selected is kept, nor a parameter that says nothing.
    let noisy = format!("{query}&after=x&selected=yes&panel=filters&role=&nonsense=1");
    let answer = admin.post("/users/views", &[("name", "  Bare Anns "), ("role", ""), ("query", &noisy)]).expect(303);
    assert_eq!(answer.location(), format!("/users?{query}"));
    let back = admin.follow(&answer);
    assert_eq!(back.flash().as_deref(), Some("The view “Bare Anns” was saved."));
    assert_eq!(back.ids(), shown.ids());
    assert_eq!(back.all("thead a.sort"), ["Name", "Customer", "Email"]);
    // It is marked where the list shows it, and only there.
    let link = views(&admin, "").attributes(".views-mine .view-link", "href").remove(0);
    assert_eq!(link, format!("/users?{query}"));
    assert!(views(&admin, "").attributes(".view-link[aria-current]", "href").is_empty());
    assert_eq!(views(&admin, query).attributes(".view-link[aria-current]", "href"), [link]);
    // An ordinary page knows of none.
    assert!(!admin.open("/users").text().contains("Bare Anns"));
}

#[test]
fn what_is_wrong_is_said_and_what_was_typed_stays() {
    let site = crowded();
    let technician = site.technician(site.a);
    save(&technician, "Taken", "", "q=ann");
    let admins = site.role(BuiltIn::AccountAdmin).to_string();
    let long = "x".repeat(101);
    for (name, role, faults) in [
        ("", "", 1),
        ("  ", "", 1),
        (long.as_str(), "", 1),
        ("a\u{202e}b", "", 1),
        ("TAKEN", "", 1),
        ("Fine", "987654", 1),
        // A role that one does not hold, without leave to assign roles.
        ("Fine", admins.as_str(), 1),
        ("Fine", "everybody", 1),
        ("", "everybody", 2),
    ] {
        let answer = technician.post("/users/views", &[("name", name), ("role", role), ("query", "q=ann")]).expect(422);
        assert_eq!(answer.errors().len(), faults, "{name} {role}: {:?}", answer.errors());
        assert_eq!(answer.field("name").as_deref(), Some(name));
        assert_eq!(answer.field("query").as_deref(), Some("q=ann"));
    }
    assert_eq!(mine(&technician), ["Taken"]);
    // The longest name fits, and a name is one's own: others may have the same.
    save(&technician, &"ß".repeat(100), "", "");
    save(&site.admin(), "Taken", "", "");
}

#[test]
fn a_hundred_views_are_the_most() {
    let site = Site::start();
    let technician = site.technician(site.a);
    for number in 0..100 {
        technician.post("/users/views", &[("name", &format!("View {number}")), ("query", "q=a")]).expect(303);
    }
    let answer = technician.post("/users/views", &[("name", "One more"), ("query", "")]).expect(422);
    assert!(answer.errors()[0].contains("100 views"), "{:?}", answer.errors());
    assert_eq!(mine(&technician).len(), 100);
}

#[test]
fn a_name_is_given_once_even_at_the_same_moment() {
    let site = Site::start();
    let technician = site.technician(site.a);
    let form = technician.form("/users/views", &[("name", "Twice"), ("role", ""), ("query", "")]);
    let answers = together(8, |_| exchange(site.address, &form));
    let saved = answers.iter().filter(|answer| answer.status == 303).count();
    assert_eq!(saved, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| matches!(answer.status, 303 | 422)));
    assert_eq!(mine(&technician), ["Twice"]);
}

#[test]
fn a_view_is_seen_by_its_owner_or_by_the_role() {
    let site = crowded();
    let (admin, one, other) = (site.admin(), site.technician(site.a), site.technician(site.b));
    let administrator = site.administrator(site.a);
    let technicians = site.role(BuiltIn::Technician).to_string();
    let customer = format!("customer={}", site.b);
    save(&one, "Own", "", "q=ann");
    let theirs = save(&one, "For all of us", &technicians, "tfa=active");
    let wide = save(&admin, "Birch people", &technicians, &customer);
    assert_eq!(mine(&one), ["For all of us", "Own"]);
    assert_eq!(shared(&one), ["Birch people"]);
    assert_eq!(shared(&other), ["Birch people", "For all of us"]);
    assert!(shared(&administrator).is_empty() && mine(&administrator).is_empty());

    // Opened by somebody of A, what is filtered to a customer of B shows nobody and names nothing.
    let link = views(&one, "").attributes(".views-shared .view-link", "href").remove(0);
    let page = one.open(&link);
    assert!(page.ids().is_empty());
    assert!(!page.text().contains("Birch"), "{}", page.readable());
    let same = other.open(&link);
    // The 29 of the crowd and the reader.
    assert_eq!(same.ids().len(), 30);
    assert!(same.all(".chip")[0].contains("Birch & Sons"));

    // Who sees a shared view may not change it; who does not see it is told nothing.
    for (person, id, status) in [(&other, theirs, 403), (&one, wide, 403), (&administrator, theirs, 404)] {
        let address = format!("/users/views/{id}");
        assert_eq!(person.get(&address).status, status);
        assert_eq!(person.post(&address, &[("name", "Mine now")]).status, status);
        assert_eq!(person.post(&format!("{address}/deletion"), &[]).status, status);
    }
    assert_eq!(shared(&other), ["Birch people", "For all of us"]);

    // An Account Admin looks after what is shared, and knows nothing of what is not.
    let own = save(&one, "Private", "", "");
    assert_eq!(admin.get(&format!("/users/views/{own}")).status, 404);
    assert_eq!(shared(&admin), ["For all of us"]);
    admin.post(&format!("/users/views/{theirs}/deletion"), &[]).expect(303);
    assert_eq!(shared(&other), ["Birch people"]);

    // Who loses the role sees it no longer.
    site.write({
        let (id, role) = (one.id, site.role(BuiltIn::Technician));
        move |conn| muster::features::roles::queries::take(conn, id, role)
    });
    assert_eq!(one.get("/users?panel=views").status, 403);
}

#[test]
fn a_view_is_renamed_changed_and_deleted() {
    let site = crowded();
    let admin = site.admin();
    let id = save(&admin, "First", "", "q=ann");
    save(&admin, "Second", "", "q=zoe");
    let address = format!("/users/views/{id}");
    // From the list at another place, the form offers to keep that instead.
    let form = admin.open(&format!("{address}?sort=-email"));
    assert_eq!(form.field("name").as_deref(), Some("First"));
    assert!(!form.attributes("input[name=change]", "id").is_empty());
    assert!(admin.open(&address).attributes("input[name=change]", "id").is_empty());
    // Not ticked: it keeps what it kept.
    let users = site.role(BuiltIn::Users).to_string();
    let answer = admin.post(&address, &[("name", "Renamed"), ("role", &users), ("query", "sort=-email")]).expect(303);
    assert_eq!(answer.location(), "/users?q=ann");
    let answer = admin.post(&address, &[("name", "Renamed"), ("query", "sort=-email"), ("change", "yes")]).expect(303);
    assert_eq!(answer.location(), "/users?sort=-email");
    admin.post(&address, &[("name", "second"), ("query", "")]).expect(422);
    assert_eq!(mine(&admin), ["Renamed", "Second"]);
    admin.post(&format!("{address}/deletion"), &[]).expect(303);
    assert_eq!(mine(&admin), ["Second"]);
    assert_eq!(admin.get(&address).status, 404);
    let told: Vec<String> = site
        .audit()
        .into_iter()
        .filter(|row| row.action.starts_with("view.") && row.object_id == id)
        .map(|row| row.action)
        .collect();
    assert_eq!(told, ["view.create", "view.edit", "view.edit", "view.delete"]);
}

#[test]
fn views_go_with_their_owner() {
    let site = Site::start();
    let technicians = site.role(BuiltIn::Technician).to_string();
    let (leaver, stayer) = (site.technician(site.a), site.technician(site.a));
    save(&leaver, "Handed down", &technicians, "q=a");
    let user = site.user(leaver.id);
    site.write(move |conn| muster::features::users::queries::purge(conn, &user));
    assert!(shared(&stayer).is_empty());
}

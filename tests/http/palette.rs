//! Searching from anywhere: what is found is what the reader may see, on the page and in the palette alike.

use crate::support::{Answer, Person, Site, UserSample};

/// What a search finds: section titles, and where each result leads.
fn found(answer: &Answer) -> (Vec<String>, Vec<String>) {
    (answer.all("main section h2"), answer.attributes(".found a", "href"))
}

#[track_caller]
fn options(person: &Person<'_>, path: &str) -> Answer {
    person.send("GET", path, &[("X-Fragment", "options")], b"").expect(200)
}

fn crowded() -> Site {
    let site = Site::start();
    site.add(vec![
        UserSample::new("Zoë Śliwa", "zoe@example.org", site.a),
        UserSample::new("Zoë Berg", "berg@example.org", site.b),
    ]);
    site
}

#[test]
fn users_groups_customers_pages_and_actions_are_found() {
    let site = crowded();
    let admin = site.admin();
    let group = admin.post("/groups", &[("name", "Zoë's team"), ("customer", &site.a.to_string())]).expect(303);
    let page = admin.open("/search?q=zoe");
    let (titles, links) = found(&page);
    assert_eq!(titles, ["Users", "Groups"]);
    assert!(links.contains(&group.location().to_owned()), "{links:?}");
    assert_eq!(links.iter().filter(|link| link.starts_with("/users/")).count(), 2);
    assert_eq!(found(&admin.open("/search?q=birch")).1, [format!("/customers/{}", site.b)]);
    assert!(found(&admin.open("/search?q=create%20user")).1.contains(&"/users/new".to_owned()));
    assert!(found(&admin.open("/search?q=audit")).1.contains(&"/audit".to_owned()));
    assert_eq!(admin.open("/search?q=berg%40").all(".found a"), ["Zoë Berg"], "by the address as well");
    assert!(admin.open("/search?q=qqqq").readable().contains("Nothing found for “qqqq”"));
    // Of nothing typed: where one can go, and what one can begin.
    assert_eq!(found(&admin.open("/search")).0, ["Actions", "Pages"]);
}

#[test]
fn the_palette_has_what_the_page_has() {
    let site = crowded();
    let admin = site.admin();
    for query in ["", "zoe", "a", "qqqq", "%00%01", "%27%22%3Cb%3E"] {
        let path = format!("/search?q={query}");
        let alone = options(&admin, &path);
        assert_eq!(alone.attributes("[role=option]", "data-href"), found(&admin.open(&path)).1, "{query}");
        assert!(alone.one("main").is_none() && alone.one("dialog").is_none());
    }
    let dialog = admin.send("GET", "/search", &[("X-Fragment", "dialog")], b"").expect(200);
    assert_eq!(dialog.attributes("dialog [role=combobox]", "aria-controls"), ["palette-options"]);
    assert!(dialog.attributes("[role=option]", "data-href").contains(&"/users/new".to_owned()));
}

#[test]
fn nobody_finds_what_they_may_not_see_or_do() {
    let site = crowded();
    let technician = site.technician(site.a);
    let (titles, links) = found(&technician.open("/search?q=zoe"));
    assert_eq!(titles, ["Users"]);
    assert_eq!(links.len(), 1, "Zoë Berg is another customer's: {links:?}");
    assert!(found(&technician.open("/search?q=birch")).1.is_empty());
    for (query, path) in [("create+user", "/users/new"), ("role", "/roles/new"), ("customer", "/customers/new")] {
        let links = found(&technician.open(&format!("/search?q={query}"))).1;
        assert!(!links.contains(&path.to_owned()), "{links:?}");
    }
    // Every action that is offered opens, or asks for a fresh code; pages as well.
    for person in [&technician, &site.admin(), &site.administrator(site.b), &site.all_in(site.a)] {
        for path in found(&person.open("/search")).1 {
            let status = person.get(&path).status;
            assert!(status == 200, "{path}: {status}");
        }
    }
    site.visitor().get("/search?q=zoe").expect(303);
}

#[test]
fn more_than_a_few_are_behind_a_link_to_the_list() {
    let site = Site::start();
    let many = (0..12).map(|n| UserSample::new(&format!("Elm {n:02}"), &format!("elm{n}@example.org"), site.a));
    site.add(many.collect());
    let page = site.admin().open("/search?q=elm");
    assert_eq!(page.all(".found a").last().map(String::as_str), Some("All 12 users"));
    assert_eq!(page.attributes(".found a", "href").last().map(String::as_str), Some("/users?q=elm"));
}

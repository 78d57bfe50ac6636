//! "Deleted users" has the manners of every list: search, orders, page sizes, pages both ways, all in its address, within the reader's scope.

use std::collections::BTreeSet;

use crate::support::{Answer, Person, Site, UserSample};

/// 60 people of A and B, all of them deleted.
fn emptied() -> (Site, Vec<i64>) {
    let site = Site::start();
    let samples = (0..60_usize)
        .map(|n| {
            let name = ["Ann Lee", "Zoë Śliwa", "Иван Петров"][n % 3];
            let mut user = UserSample::new(
                name,
                &format!("gone{:02}@example.org", (n * 37) % 60),
                if n % 3 == 0 { site.b } else { site.a },
            );
            user.phone = format!("+44 20 51{n:02}");
            user
        })
        .collect();
    let ids = site.add(samples);
    for id in &ids {
        site.delete(*id);
    }
    (site, ids)
}

fn pages(person: &Person<'_>, from: &str, step: &str) -> Vec<Answer> {
    let mut pages = Vec::new();
    let mut next = Some(from.to_owned());
    while let Some(path) = next {
        let page = person.open(&path);
        next = page.attributes(&format!("a.pager-step[title='{step}']"), "href").into_iter().next();
        pages.push(page);
        assert!(pages.len() < 20, "{from} never ends");
    }
    pages
}

fn ids(pages: &[Answer]) -> Vec<i64> {
    pages.iter().flat_map(Answer::ids).collect()
}

#[test]
fn every_order_visits_all_of_them_once_both_ways() {
    let (site, everybody) = emptied();
    let admin = site.admin();
    for sort in ["name", "-name", "email", "-email", "deleted", "-deleted"] {
        let path = format!("/users/deleted?limit=25&sort={sort}");
        let forward = pages(&admin, &path, "Next page");
        let found = ids(&forward);
        assert_eq!(found.len(), everybody.len(), "{sort}");
        assert_eq!(found.iter().collect::<BTreeSet<_>>(), everybody.iter().collect(), "{sort}");
        assert_eq!(forward[1].one(".pager-summary").as_deref(), Some("26–50 of 60 deleted users"));
        let mut backward = pages(&admin, &format!("{path}&before=end"), "Previous page");
        backward.reverse();
        assert_eq!(ids(&backward), found, "{sort} backwards");
    }
    let by_name = admin.open("/users/deleted?sort=name&limit=100").all("tbody th");
    assert!(by_name[0] == "Ann Lee" && by_name[59] == "Иван Петров", "{by_name:?}");
    let emails = admin.open("/users/deleted?sort=-email&limit=25").all("tbody .cell-email");
    assert_eq!((emails[0].as_str(), emails[1].as_str()), ("gone59@example.org", "gone58@example.org"));
}

#[test]
fn search_and_scope() {
    let (site, _) = emptied();
    let admin = site.admin();
    let found = |person: &Person<'_>, q: &str| person.open(&format!("/users/deleted?q={q}")).ids().len();
    assert_eq!(found(&admin, "sliwa"), 20);
    assert_eq!(found(&admin, "gone07"), 1);
    assert_eq!(found(&admin, "20%205107"), 1);
    assert_eq!(found(&admin, "nobody"), 0);
    assert!(admin.open("/users/deleted?q=nobody").text().contains("No deleted user fits"));
    assert_eq!(admin.open("/users/deleted?q=sliwa").all("mark")[0], "Śliwa");
    let of_a = site.administrator(site.a);
    assert_eq!(found(&of_a, "lee"), 0);
    assert_eq!(found(&of_a, "sliwa"), 20);
    assert_eq!(of_a.open("/users/deleted?limit=100").ids().len(), 40);
    assert!(of_a.open("/users/deleted").text().contains("of 40 deleted users"));
    // Whoever is there is not among them, and who is restored goes from the list.
    assert_eq!(found(&admin, "admin"), 0);
}

#[test]
fn no_parameter_resets_another() {
    let (site, _) = emptied();
    let admin = site.admin();
    let page = admin.open("/users/deleted?q=gone&sort=email&limit=25&density=compact&columns=name,phone");
    let kept = ["q=gone", "sort=", "limit=", "density=compact", "columns=name%2Cphone"];
    for href in page.attributes("thead a, .pager a, a[data-panel]", "href") {
        let lost = kept.iter().filter(|pair| !href.contains(**pair)).count();
        assert!(lost <= 1, "{href}");
    }
    let panel = admin.open("/users/deleted?q=gone&limit=25&panel=columns");
    assert!(panel.attributes("[data-panel-content] input[type=hidden]", "name").contains(&"q".to_owned()));
    assert_eq!(admin.open("/users/deleted?columns=name,customer,phone").all("thead th").len(), 4);
}

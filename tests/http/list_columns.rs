//! Columns, density and page size: chosen, put in order, remembered; and what an address need not say it does not say.

use super::user_list::crowded;
use crate::support::{Answer, Site, UserSample};

fn headings(page: &Answer) -> Vec<String> {
    page.all("thead a.sort")
}

const USUAL: [&str; 6] = ["Name", "Email", "Phone number", "# of devices", "2FA status", "Last login"];

#[test]
fn columns_stand_in_the_order_of_the_address() {
    let site = crowded();
    let admin = site.admin();
    for (query, expected) in [
        ("", USUAL.to_vec()),
        ("columns=name,customer,email", vec!["Name", "Customer", "Email"]),
        // As a form without script says it.
        ("columns=name&columns=tfa&columns=email", vec!["Name", "2FA status", "Email"]),
        // The title stays, and stays first; nothing stands twice.
        ("columns=email", vec!["Name", "Email"]),
        ("columns=email,name,email,phone", vec!["Name", "Email", "Phone number"]),
        ("columns=nonsense", USUAL.to_vec()),
        ("columns=name,email,phone&move=earlier.phone", vec!["Name", "Phone number", "Email"]),
        ("columns=name,email,phone&move=later.email", vec!["Name", "Phone number", "Email"]),
        // Nothing goes before the title, behind the last, or anywhere without being shown.
        ("columns=name,email,phone&move=earlier.email", vec!["Name", "Email", "Phone number"]),
        ("columns=name,email,phone&move=later.phone", vec!["Name", "Email", "Phone number"]),
        ("columns=name,email,phone&move=later.name", vec!["Name", "Email", "Phone number"]),
        ("columns=name,email,phone&move=earlier.tfa", vec!["Name", "Email", "Phone number"]),
        ("move=later.email", vec!["Name", "Phone number", "Email", "# of devices", "2FA status", "Last login"]),
    ] {
        let page = admin.open(&format!("/users?{query}"));
        assert_eq!(headings(&page), expected, "{query}");
        // The panel lists them in that order and stays open after a move.
        let open = query.contains("move=");
        assert_eq!(!page.attributes("[data-panel-content]", "class").is_empty(), open, "{query}");
        let panel = admin.open(&format!("/users?{query}&panel=columns"));
        let listed: Vec<String> =
            panel.all(".arrange-item:has(input[checked]) label").into_iter().take(expected.len()).collect();
        assert_eq!(listed, expected, "{query}");
        assert_eq!(panel.all(".arrange-item label").len(), 11, "{query}");
        let reset = panel.attributes("[data-closes]", "href").remove(0);
        assert_eq!(headings(&admin.open(&reset)), USUAL, "{query}");
    }
}

#[test]
fn page_size_and_density_are_remembered_by_the_browser() {
    let site = crowded();
    let admin = site.admin();
    let compact = |page: &Answer| !page.attributes("table.table-compact", "class").is_empty();
    let page = admin.open("/users");
    assert_eq!((page.ids().len(), compact(&page)), (50, false));
    assert!(admin.cookie("muster-list").is_none());
    admin.open("/users?limit=25");
    let page = admin.open("/users?density=compact");
    assert_eq!((page.ids().len(), compact(&page)), (25, true));
    let page = admin.open("/users?sort=email");
    assert_eq!((page.ids().len(), compact(&page)), (25, true));
    // What is remembered need not be said; what is said counts.
    assert!(page.attributes("thead a[href*='limit='], .list a[href*='density=']", "href").is_empty());
    let fifty = page.attributes(".pager-sizes a", "href").remove(1);
    assert_eq!(admin.open(&fifty).ids().len(), 50);
    assert_eq!(admin.open("/users").ids().len(), 50);
    assert!(compact(&admin.open("/users")));
    assert!(!compact(&admin.open("/users?density=comfortable")));
    assert!(!compact(&admin.open("/users")));
    // Nonsense is not remembered, and meddling with the cookie breaks nothing.
    let before = admin.cookie("muster-list");
    admin.open("/users?limit=7&density=wide");
    assert_eq!(admin.cookie("muster-list"), before);
    admin.plant("muster-list", "-1.'\"<b>");
    let page = admin.open("/users");
    assert_eq!((page.ids().len(), compact(&page)), (50, false));
}

/// A form without script sends its empty fields too; no link goes on with them.
#[test]
fn what_is_empty_is_dropped_from_every_link() {
    let site = crowded();
    let admin = site.admin();
    let query =
        "q=&tfa=&status=&role=&customer=&source=&devices=&login=&idle=&sort=&limit=&density=&from=&after=&move=";
    let page = admin.open(&format!("/users?{query}&panel=filters"));
    for href in page.attributes(".list a", "href") {
        let query = href.split_once('?').map_or("", |(_, query)| query);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            assert!(!value.is_empty(), "{href} says an empty {name}");
        }
    }
    assert_eq!(page.ids(), admin.open("/users").ids());
}

#[test]
fn what_matched_is_marked() {
    let site = Site::start();
    site.add(vec![UserSample {
        phone: "+44 (20) 7946-0123".into(),
        ..UserSample::new("Łucja <b>Strauß</b>", "lucja.strauss@example.org", site.a)
    }]);
    let admin = site.admin();
    for (query, marked) in [
        ("strauss", vec!["Strauß", "strauss"]),
        ("LUCJA", vec!["Łucja", "lucja"]),
        ("lu", vec!["Łu", "lu"]),
        ("4420794", vec!["44 (20) 794"]),
        ("example.org 7946", vec!["example.org", "7946"]),
        ("", vec![]),
    ] {
        let page = admin.open(&format!("/users?{}", crate::support::encoded(&[("q", query)])));
        assert_eq!(page.all("tbody mark"), marked, "{query}");
        assert!(page.all("tbody th").contains(&"Łucja <b>Strauß</b>".to_owned()), "{query}");
        assert!(page.all("tbody b").is_empty());
    }
}

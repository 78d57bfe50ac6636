//! The help names everything that there is, and leads nobody to where they may not go.

use muster::features::search::model::Command;

use crate::support::{Role, Site};

/// Texts of what is pressed on a page.
fn labels(page: &crate::support::Answer) -> Vec<String> {
    let named = page.all(".page-title .toolbar a, .page-title .toolbar button").into_iter();
    // Without what a button counts.
    named
        .map(|label| {
            label
                .split([' ', '\n'])
                .take_while(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
                .collect::<Vec<_>>()
                .join(" ")
                .trim()
                .to_owned()
        })
        .collect()
}

#[test]
fn the_help_names_all_pages_and_all_that_can_be_begun() {
    let site = Site::start();
    let admin = site.admin();
    site.add_user(site.a);
    let help = admin.open("/help");
    let (text, links) = (help.all(".help-topics").join(" "), help.attributes("main a", "href"));
    for href in admin.open("/users").attributes("nav a.nav-item", "href") {
        if !href.starts_with("/customers/switch") {
            assert!(links.contains(&href), "{href}: {links:?}");
        }
    }
    for command in Command::ALL {
        let named = text.contains(command.label) || links.contains(&command.path.to_owned());
        assert!(named || command.path == "/account/password", "{}", command.label);
    }
    for path in ["/users", "/groups", "/mails", "/roles", "/customers", "/users/deleted"] {
        for label in labels(&admin.open(path)) {
            assert!(label.is_empty() || label == "More" || text.contains(&label), "{path}: {label:?}");
        }
    }
    let topics = help.attributes(".help-contents a", "href");
    let named: Vec<String> =
        help.attributes("h2", "id").into_iter().map(|id| format!("#{id}")).filter(|id| id != "#keys-title").collect();
    assert_eq!(topics, named, "the contents are those of the page");
}

#[test]
fn it_leads_nobody_to_where_they_may_not_go() {
    let site = Site::start();
    let technician = site.member(Role::Technician(site.a));
    let person = technician.signed_in();
    let links = person.open("/help").attributes("main a", "href");
    assert!(!links.contains(&"/mails".to_owned()) && links.contains(&"/users".to_owned()));
    for href in links.iter().filter(|href| href.starts_with('/')) {
        person.open(href);
    }
}

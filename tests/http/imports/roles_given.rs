//! Nobody becomes able to sign in by an import without its sender having been told: how many, as what, where.

use muster::access::BuiltIn;

use crate::support::{Role, Site};

const TWO: &str = "Display Name,Email\nOne,one@example.org\nTwo,two@example.org\n";
const MINUTE: i64 = 60_000;

#[test]
fn the_preview_says_it_before_anything_is_added() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(TWO);
    assert_eq!(import.page().one("#gives"), None);
    let people = site.people();
    let role = site.role(BuiltIn::AccountAdmin).to_string();
    // Chosen and added in one press: it is said first.
    let chosen = import.preview().set("role", &role).set("customer", &site.a.to_string());
    let page = import.add(&chosen);
    assert_eq!(site.people(), people, "nothing was added");
    let said = page.one("#gives").unwrap();
    assert!(said.contains("2 people able to sign in, as “Account Admin” for Alder Works"), "{said}");
    // The same for another customer.
    let page = import.add(&import.preview().set("customer", &site.b.to_string()));
    assert_eq!(site.people(), people);
    assert!(page.one("#gives").unwrap().contains("for Birch & Sons"));
    import.add_all();
    assert_eq!(site.people(), people + 2);
}

#[test]
fn the_result_says_what_was_given_and_leads_to_the_links() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(TWO);
    let role = site.role(BuiltIn::Technician).to_string();
    import.carry_on(&import.preview().set("role", &role).set("customer", &site.a.to_string()));
    let result = import.add_all();
    assert!(result.readable().contains("2 people may sign in now, as “Technician” for Alder Works."));
    let actions = result.attributes("#activation form", "action");
    assert_eq!((actions.len(), result.all("#activation time").len()), (2, 2), "{}", result.readable());
    let made = admin.post(&actions[0], &[("page", &import.path)]).expect(200);
    assert!(made.one("#activation-link").is_some());
    assert_eq!(made.attributes("main a.button-primary", "href"), [import.path.as_str()]);
    // Who has chosen a password is not waited for any more.
    let one = site.with_address("one@example.org").unwrap().id;
    site.database.execute(&format!("UPDATE users SET password_changed_at = 5 WHERE id = {one}")).unwrap();
    assert_eq!(import.page().attributes("#activation form", "action").len(), 1);
}

#[test]
fn an_import_of_plain_users_speaks_of_no_links() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(TWO);
    let result = import.add_all();
    assert!(result.all("#activation").is_empty());
}

/// As on the form of one user: a fresh code, also when the role was chosen with one long before "Add".
#[test]
fn a_role_that_may_sign_in_takes_a_fresh_code() {
    let site = Site::start();
    let _working = site.work();
    let member = site.member(Role::AccountAdmin);
    let browser = member.signed_in();
    let role = site.role(BuiltIn::Technician).to_string();
    let import = browser.upload_text(TWO);
    let people = site.people();
    import.carry_on(&import.preview().set("role", &role).set("customer", &site.a.to_string()));
    let preview = import.preview().set("page", &import.path).untick(3);
    site.app.clock.advance(11 * MINUTE);
    let asked = import.send("additions", &preview).expect(303);
    assert!(asked.location().starts_with("/login/confirm"), "{}", asked.location());
    assert_eq!(site.people(), people);
    // What was ticked waits for one more press.
    let answer = member.confirms(&browser, "");
    let page = browser.follow(&answer);
    let fields = page.form("main form");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&page.attributes("main form", "action")[0], &fields).expect(303);
    import.page();
    assert_eq!(site.people(), people + 1);
    assert!(site.with_address("two@example.org").is_none());
}

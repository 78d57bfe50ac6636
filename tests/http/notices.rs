//! What happens to an account is told to its owner, by mail and on their own page: nobody changes it behind their back.

use diesel::prelude::*;
use muster::db::schema::mails;

use crate::support::{Member, PASSWORD, Role, Site};

/// What somebody was mailed since it was asked last: about what, and to which address.
fn told(site: &Site, member: &Member<'_>) -> Vec<(String, String)> {
    let theirs = mails::table.filter(mails::user_id.eq(member.id)).order(mails::id);
    let found = site.read(|conn| Ok(theirs.select((mails::kind, mails::recipient)).load(conn)?));
    site.database.execute("DELETE FROM mails").unwrap();
    found
}

fn about(kind: &str, member: &Member<'_>) -> Vec<(String, String)> {
    vec![(kind.to_owned(), member.email.clone())]
}

#[test]
fn each_change_is_mailed_once_and_stands_on_ones_own_page() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    member.signed_in();
    assert_eq!(told(&site, &member), [], "the first sign-in of all is no news");
    let browser = site.visitor();
    member.signs_in(&browser).expect(303);
    assert_eq!(told(&site, &member), about("new-browser", &member), "a browser that was not known");
    browser.post("/logout", &[]).expect(303);
    site.wait(60_000);
    member.signs_in(&browser).expect(303);
    assert_eq!(told(&site, &member), [], "it is known now");
    browser.post("/logout", &[]).expect(303);

    member.types_password(&browser).expect(303);
    browser.post("/login/code", &[("code", &member.recovery_codes[0])]).expect(303);
    assert_eq!(told(&site, &member), about("recovery-code-used", &member));

    let wanted = [("password_current", PASSWORD), ("password", "violins under the snow")];
    browser.post("/account/password", &wanted).expect(303);
    assert_eq!(told(&site, &member), about("password-changed", &member));

    let admin = site.admin();
    let version = admin.open(&format!("/users/{}/edit", member.id)).field("version").unwrap();
    let name = site.user(member.id).name;
    let moved = [("name", name.as_str()), ("email", "elsewhere@example.org"), ("phone", ""), ("version", &version)];
    admin.post(&format!("/users/{}", member.id), &moved).expect(303);
    assert_eq!(told(&site, &member), about("email-changed", &member), "told to the address that it was");

    let own = site.browser_of(member.id, muster::access::session::Level::Full);
    let page = own.open("/account").readable();
    for what in ["Signed in", "Recovery code used", "Password changed"] {
        assert!(page.contains(what), "{what}: {page}");
    }
}

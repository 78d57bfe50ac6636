//! "Send Password Recovery Email", for one and for many: who gets a mail, who does not and why, and what the link is good for.

use diesel::prelude::*;
use muster::db::schema::mails;
use muster::features::operations::model::State;

use super::forgotten::{link_in, mailed};
use crate::support::{PASSWORD, Role, Site, UserSample};

/// Plans a mail to some people, and opens the plan.
fn plan(admin: &crate::support::Person<'_>, ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    admin.post("/users/recovery-mails", &form).expect(303).location().to_owned()
}

fn mails_to(site: &Site) -> Vec<(String, String)> {
    site.read(|conn| Ok(mails::table.order(mails::id).select((mails::recipient, mails::kind)).load(conn)?))
}

#[test]
fn one_gets_a_link_and_keeps_the_password_until_it_is_used() {
    let site = Site::start();
    let admin = site.admin();
    let member = site.member(Role::Technician(site.a));
    assert!(admin.open(&format!("/users/{}", member.id)).readable().contains("Send Password Recovery Email"));
    let path = plan(&admin, &[member.id]);
    assert!(mails_to(&site).is_empty(), "nothing before it is confirmed");
    assert!(admin.open(&path).readable().contains("Send a mail to"), "{}", admin.open(&path).readable());
    admin.post(&path, &[]).expect(303);
    let first = link_in(&mailed(&site, &member.email)[0]);
    member.types_password(&site.visitor()).expect(303);
    // A newer one voids it; so does another password.
    admin.post(&plan(&admin, &[member.id]), &[]).expect(303);
    let second = link_in(mailed(&site, &member.email).last().unwrap());
    site.visitor().get(&first).expect(404);
    site.visitor().get(&second).expect(303);
    let own = site.browser_of(member.id, muster::access::session::Level::Full);
    own.post("/account/password", &[("password_current", PASSWORD), ("password", "violins under the snow")])
        .expect(303);
    site.visitor().get(&second).expect(404);
}

#[test]
fn those_who_get_none_are_listed_with_the_reason() {
    let site = Site::start();
    let admin = site.admin();
    let local = site.member(Role::Technician(site.a));
    let disabled = site.member(Role::Technician(site.a));
    admin.post(&format!("/users/{}/status", disabled.id), &[("status", "disabled")]).expect(303);
    site.add(vec![UserSample::new("Plain", "plain@example.org", site.a)]);
    let plain = site.read(|conn| {
        use muster::db::schema::users;
        Ok(users::table.filter(users::email.eq("plain@example.org")).select(users::id).first::<i64>(conn)?)
    });
    let outside = site.member(Role::Technician(site.a));
    site.database
        .execute(&format!("UPDATE users SET source = 2, domain = 'corp.example' WHERE id = {}", outside.id))
        .unwrap();
    let path = plan(&admin, &[local.id, disabled.id, plain, outside.id]);
    let page = admin.open(&path).readable();
    for reason in ["Is disabled", "no role that may sign in", "comes from corp.example"] {
        assert!(page.contains(reason), "{reason}: {page}");
    }
    admin.post(&path, &[]).expect(303);
    assert_eq!(mails_to(&site), [(local.email.clone(), "recovery".into())]);
    // It cannot be taken back, and says so.
    let page = admin.open(&path).readable();
    assert!(page.contains("1 user was sent a mail") && !page.contains("Undo"), "{page}");
    admin.post(&format!("{path}/undo"), &[]).expect(409);
    let ended = site.read(|conn| {
        muster::features::operations::queries::find(conn, path.rsplit('/').next().unwrap().parse().unwrap())
    });
    assert_eq!(ended.state(), State::Done);
}

/// Somebody without a password gets the mail of the first one: that is how all who are pending are reminded.
#[test]
fn who_has_no_password_yet_is_reminded() {
    let site = Site::start();
    let admin = site.admin();
    let member = site.member(Role::Technician(site.a));
    site.database
        .execute(&format!(
            "DELETE FROM credentials WHERE user_id = {0}; UPDATE users SET password_changed_at = 0 WHERE id = {0}",
            member.id
        ))
        .unwrap();
    admin.post(&plan(&admin, &[member.id]), &[]).expect(303);
    assert_eq!(mails_to(&site), [(member.email.clone(), "activation".into())]);
}

/// A weaker administrator sends none to a stronger person, alone or among others; nor anybody to people of another customer.
#[test]
fn rank_and_scope_hold() {
    let site = Site::start();
    let weaker = site.administrator(site.a);
    let (above, equal) = (site.member(Role::AccountAdmin), site.member(Role::Technician(site.a)));
    let foreign = site.member(Role::Technician(site.b));
    let path = plan(&weaker, &[above.id, equal.id]);
    assert!(weaker.open(&path).readable().contains("may do more than you"));
    weaker.post(&path, &[]).expect(303);
    assert_eq!(mails_to(&site).len(), 1);
    let id = foreign.id.to_string();
    weaker.post("/users/recovery-mails", &[("id", &id)]).expect(404);
    weaker.post("/users/recovery-mails", &[("id", &equal.id.to_string()), ("id", &id)]).expect(404);
    site.technician(site.a).post("/users/recovery-mails", &[("id", &equal.id.to_string())]).expect(403);
    assert_eq!(mails_to(&site).len(), 1);
}

//! A role of the installation's own is given within what one holds, and to those beneath one: by import and in bulk as by the form of one user.

use diesel::prelude::*;
use muster::db::schema::mails;

use super::editing::{give_also, holder, make};
use crate::support::{Person, Site};

const FILE: &str = "Display Name,Email\nOne,one@example.org\nTwo,two@example.org\n";

/// What the plan of giving a role to these says.
fn plan(person: &Person<'_>, ids: &[i64], form: &[(&str, &str)]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let ticked: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    person.post("/users/edits/new", &ticked).expect(303);
    person.post("/users/edits", form).expect(303).location().to_owned()
}

/// Who was mailed a link to activate their account.
fn invited(site: &Site) -> Vec<String> {
    let invitations = mails::table.filter(mails::kind.eq("activation")).order(mails::recipient);
    site.read(|conn| Ok(invitations.select(mails::recipient).load(conn)?))
}

#[test]
fn an_import_gives_a_role_to_all_it_adds() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let viewers = make(&admin, "Viewers", &["users.view"]).to_string();
    let above = make(&admin, "Role managers", &["users.view", "roles.manage"]).to_string();
    let administrator = site.administrator(site.a);
    let import = administrator.upload_text(FILE);
    let preview = import.preview();
    for to in ["options", "additions"] {
        let answer = import.send(to, &preview.clone().set("role", &above)).expect(422);
        assert!(!answer.errors().is_empty(), "{}", answer.readable());
    }
    import.carry_on(&import.preview().set("role", &viewers));
    import.add_all();
    for email in ["one@example.org", "two@example.org"] {
        let id = site.with_address(email).unwrap().id;
        assert!(admin.open(&format!("/users/{id}/roles")).readable().contains("Viewers"));
    }
    assert_eq!(invited(&site), ["one@example.org", "two@example.org"], "whoever may sign in is told so");
}

#[test]
fn an_import_changes_nobody_whose_role_is_above_ones_own() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let above = make(&admin, "Role managers", &["users.view", "roles.manage"]);
    let manager = site.user(holder(&site, &admin, above, &[site.a]).id);
    let administrator = site.administrator(site.a);
    let import = administrator.upload_text(&format!("Display Name,Email\nTaken Over,{}\n", manager.email));
    import.carry_on(&import.preview().set("existing", "replace"));
    assert_eq!(import.refused().len(), 1, "{}", import.page().readable());
    assert_eq!(format!("{:?}", site.user(manager.id)), format!("{manager:?}"));
}

#[test]
fn a_bulk_edit_gives_and_takes_it() {
    let site = Site::start();
    let admin = site.admin();
    let viewers = make(&admin, "Viewers", &["users.view"]);
    let above = make(&admin, "Role managers", &["users.view", "roles.manage"]);
    let administrator = site.administrator(site.a);
    let ids = [site.add_user(site.a), site.add_user(site.a)];
    // Not what one does not hold.
    let refused = plan(&administrator, &ids, &[("give", &above.to_string())]);
    let said = administrator.open(&refused);
    assert!(said.readable().contains("You can only give what you hold"), "{}", said.readable());
    administrator.post(&refused, &[]).expect(409);
    let given = plan(&administrator, &ids, &[("give", &viewers.to_string())]);
    assert!(invited(&site).is_empty(), "nothing before it is confirmed");
    administrator.post(&given, &[]).expect(303);
    let mut addresses = ids.map(|id| site.user(id).email);
    addresses.sort();
    assert_eq!(invited(&site), addresses, "one mail each");
    let again = plan(&administrator, &ids, &[("give", &site.role(muster::access::BuiltIn::Technician).to_string())]);
    administrator.post(&again, &[]).expect(303);
    assert_eq!(invited(&site), addresses, "only at the first role that may sign in");
    let holds = |id: i64| admin.open(&format!("/users/{id}/roles")).attributes("input[name=role][checked]", "value");
    assert!(ids.iter().all(|id| holds(*id).contains(&viewers.to_string())), "{:?}", holds(ids[0]));
    // Nor anything of somebody who holds what is above one: then nobody is changed.
    give_also(&site, ids[0], above);
    let refused = plan(&administrator, &ids, &[("take", &viewers.to_string())]);
    administrator.post(&refused, &[]).expect(409);
    assert!(holds(ids[1]).contains(&viewers.to_string()));
    let taken = plan(&administrator, &ids[1..], &[("take", &viewers.to_string())]);
    administrator.post(&taken, &[]).expect(303);
    assert!(!holds(ids[1]).contains(&viewers.to_string()));
}

//! The rank rule: act on people only whose rights are among one's own, give only what one holds.

use muster::access::BuiltIn;
use muster::access::session::Level;

use crate::support::{Role, Site};

#[test]
fn nobody_acts_on_those_who_may_do_more() {
    let site = Site::start();
    let admin = site.admin();
    let both = site.person(Role::TechnicianOfBoth(site.a, site.b), Level::Full);
    let administrator = site.administrator(site.a);
    let technician = site.technician(site.a);
    let users = site.role(BuiltIn::Users);
    for (actor, target) in [
        (&administrator, &admin),
        (&administrator, &both),
        (&technician, &administrator),
        (&technician, &admin),
        (&technician, &both),
    ] {
        let before = site.fingerprint();
        let path = format!("/users/{}", target.id);
        let version = site.user(target.id).changed_at.to_string();
        actor.post(&path, &[("name", "Taken Over"), ("email", "mine@example.org"), ("version", &version)]).expect(403);
        actor.post(&format!("{path}/status"), &[("status", "disabled")]).expect(403);
        actor
            .post(&format!("{path}/roles"), &[("role", &users.to_string()), ("scope", &format!("{users}:all"))])
            .expect(403);
        actor.post(&format!("{path}/activation"), &[]).expect(403);
        assert_eq!(before, site.fingerprint());
        let planned = actor.post("/users/deletions", &[("id", &target.id.to_string())]);
        if planned.status == 303 {
            actor.post(planned.location(), &[]);
        } else {
            assert_eq!(planned.status, 403);
        }
        assert_eq!(site.user(target.id).deleted_at, 0);
        actor.open(&path);
    }
}

#[test]
fn nobody_gives_what_they_do_not_hold() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let id = site.add_user(site.a);
    let path = format!("/users/{id}/roles");
    let role = |role| site.role(role).to_string();
    let (account_admin, administrators, technician) =
        (role(BuiltIn::AccountAdmin), role(BuiltIn::Administrators), role(BuiltIn::Technician));
    let before = site.fingerprint();
    for (role, place) in [
        (&account_admin, "all".to_owned()),
        (&account_admin, site.a.to_string()),
        (&administrators, "all".to_owned()),
        (&administrators, site.b.to_string()),
        (&technician, "all".to_owned()),
        (&technician, site.b.to_string()),
        (&technician, "987654321".to_owned()),
    ] {
        let answer = administrator.post(&path, &[("role", role), ("scope", &format!("{role}:{place}"))]);
        assert!(matches!(answer.status, 403 | 404 | 422), "{role}:{place}: {}", answer.status);
        let form = [("name", "New"), ("email", "new@example.org"), ("customer", &site.b.to_string()), ("role", role)];
        administrator.post("/users", &form).expect(422);
    }
    let both = [
        ("role", technician.as_str()),
        ("scope", &format!("{technician}:{}", site.a)),
        ("scope", &format!("{technician}:{}", site.b)),
    ];
    assert!(matches!(administrator.post(&path, &both).status, 403 | 404 | 422));
    assert_eq!(before, site.fingerprint());
    // Within one's own it goes.
    let given = administrator.post(&path, &[("role", &technician), ("scope", &format!("{technician}:{}", site.a))]);
    assert!(matches!(given.status, 200 | 303), "{}", given.readable());
    assert_eq!(site.holders(BuiltIn::Technician), 1);
}

/// The shapes that a form of roles can take are refused or understood, never a fault.
#[test]
fn odd_roles_are_refused() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let path = format!("/users/{id}/roles");
    let technician = site.role(BuiltIn::Technician).to_string();
    let users = site.role(BuiltIn::Users).to_string();
    for form in [
        vec![("role", "987654321"), ("scope", "987654321:all")],
        vec![("role", &technician), ("scope", &format!("{technician}:987654321"))],
        vec![("role", &technician)],
        vec![("role", &technician), ("scope", &format!("{technician}:x"))],
        vec![("role", &users), ("scope", &format!("{users}:987654321"))],
    ] {
        let answer = admin.post(&path, &form);
        assert!(matches!(answer.status, 303 | 404 | 422), "{form:?}: {}\n{}", answer.status, answer.readable());
    }
    assert_eq!(site.holders(BuiltIn::Technician), 0);
}

/// What somebody did not choose is not the widest there is: a role is limited to the user's own customer unless more is ticked.
#[test]
fn a_role_reaches_no_further_than_its_holders_customer_unless_said() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.b);
    let path = format!("/users/{id}/roles");
    let (administrators, account_admin) = (site.role(BuiltIn::Administrators), site.role(BuiltIn::AccountAdmin));
    let ticked = admin.open(&path).attributes("input[name=scope][checked]", "value");
    assert!(ticked.contains(&format!("{administrators}:{}", site.b)), "{ticked:?}");
    assert!(ticked.contains(&format!("{account_admin}:all")), "{ticked:?}");
    assert_eq!(ticked.iter().filter(|scope| scope.ends_with(":all")).count(), 1, "{ticked:?}");
    // The form as it is drawn, with nothing but the role ticked.
    let mut form: Vec<(&str, &str)> = ticked.iter().map(|scope| ("scope", scope.as_str())).collect();
    let role = administrators.to_string();
    form.push(("role", &role));
    admin.post(&path, &form).expect(200);
    let info = admin.open(&format!("/users/{id}")).readable();
    assert!(info.contains("Administrators (Birch & Sons)"), "{info}");
    // And where somebody holds it everywhere, the page says so too.
    let everywhere = format!("{administrators}:all");
    admin.post(&path, &[("role", &role), ("scope", &everywhere)]).expect(303);
    let info = admin.open(&format!("/users/{id}")).readable();
    assert!(info.contains("Administrators (all customers)"), "{info}");
}

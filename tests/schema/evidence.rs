//! The audit stays as it was written, whoever holds the database.

use crate::support::{Role, Site, on_postgres};

fn site_with_evidence() -> Site {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let version = site.now().to_string();
    let form = [("name", "Evident"), ("email", "evident@example.org"), ("version", version.as_str())];
    admin.post(&format!("/users/{id}"), &form).expect(303);
    drop(admin);
    site
}

#[test]
fn the_audit_refuses_to_be_changed() {
    let site = site_with_evidence();
    let before = site.audit();
    assert!(before.iter().any(|entry| entry.action == "user.edit"), "{before:?}");
    let mut attempts = vec![
        "UPDATE audit SET actor_id = 77",
        "UPDATE audit SET at = 0 WHERE id = 1",
        "DELETE FROM audit",
        "DELETE FROM audit_values",
        "UPDATE audit_values SET data = 'nothing to see'",
        "UPDATE audit_values SET audit_id = audit_id + 100, data = ''",
        "DELETE FROM audit_values; DELETE FROM audit",
    ];
    if on_postgres() {
        attempts.extend(["TRUNCATE audit CASCADE", "TRUNCATE audit_values"]);
    } else {
        attempts.push("INSERT OR REPLACE INTO audit SELECT id, 0, actor_id, address, request_id, action, object_kind, object_id, customer_id, operation_id, outcome, values_hash FROM audit");
        attempts.push("INSERT OR REPLACE INTO audit_values SELECT audit_id, salt, 'nothing to see' FROM audit_values");
    }
    for sql in attempts {
        let outcome = site.database.execute(sql);
        assert!(outcome.is_err(), "{sql} was let through");
        assert_eq!(site.audit(), before, "{sql}");
    }
}

#[test]
fn personal_values_can_be_emptied_and_nothing_else() {
    let site = site_with_evidence();
    site.database
        .execute(if on_postgres() {
            "UPDATE audit_values SET data = '', salt = ''::bytea"
        } else {
            "UPDATE audit_values SET data = '', salt = x''"
        })
        .unwrap();
    assert!(site.audit().iter().all(|entry| entry.data.is_empty() && !entry.values_hash.is_empty()));
}

#[test]
fn a_refused_write_leaves_no_evidence_of_success() {
    let site = site_with_evidence();
    let before = site.audit();
    let technician = site.technician(site.a);
    let id = site.add_user(site.a);
    technician.post(&format!("/users/{id}/status"), &[("status", "disabled")]).expect(403);
    technician.post(&format!("/users/{id}"), &[("name", ""), ("email", "no"), ("version", "1")]).expect(422);
    assert_eq!(site.audit(), before);
}

#[test]
fn refused_sign_ins_are_noted_once_a_minute() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let browser = site.visitor();
    let refused = || site.audit().iter().filter(|entry| entry.action == "sign-in.refused").count();
    for (minute, email) in [(1, member.email.as_str()), (2, "nobody@example.org"), (3, member.email.as_str())] {
        for _ in 0..7 {
            let answer = browser.post("/login", &[("email", email), ("password", "not the password")]);
            assert!(matches!(answer.status, 422 | 429));
        }
        assert_eq!(refused(), minute);
        site.wait(60_000);
    }
    assert!(site.audit().iter().all(|entry| !entry.data.contains("not the password")));
}

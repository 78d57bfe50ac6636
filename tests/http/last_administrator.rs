//! The last account that can administer the installation cannot be lost, even by two at the same instant.

use std::sync::Barrier;

use diesel::prelude::*;
use muster::access::BuiltIn;
use muster::db::schema::{customers, users};
use muster::features::roles;

use crate::support::{Answer, Person, Site};

/// How many ways there are.
const WAYS: usize = 7;

/// One way to take an administrator away.
fn attack(site: &Site, way: usize, actor: &Person<'_>, target: i64) {
    let technician = site.role(BuiltIn::Technician).to_string();
    let edit = |form: &[(&str, &str)]| {
        actor.post("/users/edits/new", &[("id", &target.to_string())]);
        carry_out(actor, &actor.post("/users/edits", form));
    };
    match way % WAYS {
        0 => {
            let place = format!("{technician}:{}", site.a);
            actor.post(&format!("/users/{target}/roles"), &[("role", &technician), ("scope", &place)]);
        }
        1 => {
            actor.post(&format!("/users/{target}/status"), &[("status", "disabled")]);
        }
        2 => carry_out(actor, &actor.post("/users/deletions", &[("id", &target.to_string())])),
        3 => edit(&[("status", "disabled")]),
        4 => edit(&[("take", &site.role(BuiltIn::AccountAdmin).to_string())]),
        5 => {
            // That of the target: everybody there is locked out.
            let path = format!("/customers/{}/archive", site.user(target).customer_id);
            let seen = actor.get(&path).field("seen").unwrap_or_default();
            actor.post(&path, &[("seen", &seen)]);
        }
        _ => {
            // The role itself, which stays as it is.
            let path = format!("/roles/{}", site.role(BuiltIn::AccountAdmin));
            actor.post(&path, &[("name", "Mine"), ("permission", "users.view"), ("version", "0")]);
            actor.post(&format!("{path}/deletion"), &[]);
        }
    }
}

/// Does what was planned, if a plan was made.
fn carry_out(actor: &Person<'_>, plan: &Answer) {
    if plan.status == 303 && plan.location().starts_with("/operations/") {
        actor.post(plan.location(), &[]);
    }
}

/// An Account Admin who belongs to a customer.
fn admin_of(site: &Site, customer: i64) -> Person<'_> {
    let admin = site.admin();
    let id = admin.id;
    site.write(move |conn| {
        diesel::update(users::table.find(id)).set(users::customer_id.eq(customer)).execute(conn)?;
        Ok(())
    });
    admin
}

fn administrators(site: &Site) -> i64 {
    site.read(|conn| roles::queries::administrators(conn, true))
}

#[test]
fn two_who_take_each_other_away_leave_one() {
    let site = Site::start();
    // Every way against every other one, twice.
    for round in 0..100 {
        let (one, two) = (admin_of(&site, site.a), admin_of(&site, site.b));
        assert_eq!(administrators(&site), 2);
        // So that both are at the same point when it matters.
        one.csrf();
        two.csrf();
        let together = Barrier::new(2);
        std::thread::scope(|scope| {
            for (way, actor, target) in [(round, &one, two.id), (round / WAYS, &two, one.id)] {
                let (site, together) = (&site, &together);
                scope.spawn(move || {
                    together.wait();
                    attack(site, way, actor, target);
                });
            }
        });
        let left = administrators(&site);
        assert!(left >= 1, "round {round}: nobody is left");
        site.write(|conn| {
            diesel::update(customers::table).set(customers::archived_at.eq(0)).execute(conn)?;
            Ok(())
        });
        for id in [one.id, two.id] {
            if site.user(id).deleted_at == 0 {
                site.delete(id);
            }
        }
    }
}

#[test]
fn the_last_one_stays_whatever_is_tried() {
    let site = Site::start();
    let admin = site.admin();
    let before = administrators(&site);
    assert_eq!(before, 1);
    for way in 0..WAYS {
        attack(&site, way, &admin, admin.id);
        assert_eq!(administrators(&site), 1, "way {way}");
    }
    admin.open("/users");
}

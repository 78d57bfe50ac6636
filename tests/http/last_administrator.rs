//! The last account that can administer the installation cannot be lost, even by two at the same instant.

use std::sync::Barrier;

use muster::access::BuiltIn;
use muster::features::roles;

use crate::support::{Person, Site};

/// One way to take an administrator away.
fn attack(site: &Site, way: usize, actor: &Person<'_>, target: i64) {
    match way % 3 {
        0 => {
            let technician = site.role(BuiltIn::Technician).to_string();
            let place = format!("{technician}:{}", site.a);
            actor.post(&format!("/users/{target}/roles"), &[("role", &technician), ("scope", &place)]);
        }
        1 => {
            actor.post(&format!("/users/{target}/status"), &[("status", "disabled")]);
        }
        _ => {
            let plan = actor.post("/users/deletions", &[("id", &target.to_string())]);
            if plan.status == 303 && plan.location().starts_with("/users/") {
                actor.post(plan.location(), &[]);
            }
        }
    }
}

fn administrators(site: &Site) -> i64 {
    site.read(|conn| roles::queries::administrators(conn, true))
}

#[test]
fn two_who_take_each_other_away_leave_one() {
    let site = Site::start();
    for round in 0..20 {
        let (one, two) = (site.admin(), site.admin());
        assert_eq!(administrators(&site), 2);
        // So that both are at the same point when it matters.
        one.csrf();
        two.csrf();
        let together = Barrier::new(2);
        std::thread::scope(|scope| {
            for (way, actor, target) in [(round, &one, two.id), (round / 3, &two, one.id)] {
                let (site, together) = (&site, &together);
                scope.spawn(move || {
                    together.wait();
                    attack(site, way, actor, target);
                });
            }
        });
        let left = administrators(&site);
        assert!(left >= 1, "round {round}: nobody is left");
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
    for way in 0..3 {
        attack(&site, way, &admin, admin.id);
        assert_eq!(administrators(&site), 1, "way {way}");
    }
    admin.open("/users");
}

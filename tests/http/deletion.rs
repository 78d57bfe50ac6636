//! Deleting and restoring: planned, done as planned or not at all.

use muster::access::{BuiltIn, Origin, Scope};
use muster::features::roles;
use muster::features::sign_in::actions::recovery_link;

use crate::support::{Person, Role, Site};

/// Plans to delete these, and gives the plan's address.
#[track_caller]
fn plan(person: &Person<'_>, ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    person.post("/users/deletions", &form).expect(303).location().to_owned()
}

fn gone(site: &Site, id: i64) -> bool {
    site.user(id).deleted_at != 0
}

#[test]
fn the_ticked_are_deleted_and_can_be_restored() {
    let site = Site::start();
    let admin = site.admin();
    let ids: Vec<i64> = (0..3).map(|_| site.add_user(site.a)).collect();
    let stays = site.add_user(site.a);
    let question = plan(&admin, &ids);
    assert!(admin.open(&question).readable().contains("Delete 3 users?"));
    assert!(ids.iter().all(|id| !gone(&site, *id)), "a plan does nothing yet");
    let done = admin.post(&question, &[]).expect(303);
    assert!(admin.follow(&done).flash().unwrap().contains("3 users were deleted"));
    assert!(ids.iter().all(|id| gone(&site, *id)) && !gone(&site, stays));
    let list = admin.open("/users?limit=250").ids();
    assert!(ids.iter().all(|id| !list.contains(id)));
    for id in &ids {
        admin.get(&format!("/users/{id}")).expect(404);
    }
    // Done once.
    admin.post(&question, &[]).expect(409);
    let deleted = admin.open("/users/deleted").ids();
    assert!(ids.iter().all(|id| deleted.contains(id)));
    let (one, two) = (ids[0].to_string(), ids[1].to_string());
    let back = admin.post("/users/restorations", &[("id", &one), ("id", &two)]).expect(303);
    assert!(admin.follow(&back).flash().unwrap().contains("2 users were restored"));
    assert!(!gone(&site, ids[0]) && !gone(&site, ids[1]) && gone(&site, ids[2]));
    admin.open(&format!("/users/{}", ids[0]));
}

/// Neither in the list of the deleted nor by an import does anything come back that somebody signed in with.
#[test]
fn who_is_restored_signs_in_with_nothing_they_had() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    for by_import in [false, true] {
        let member = site.member(Role::Administrators(site.a));
        let browser = member.signed_in();
        let link = site.write({
            let (app, id) = (site.app.clone(), member.id);
            move |conn| recovery_link(conn, &app, &Origin::console(app.clock.now()), id)
        });
        let question = plan(&admin, &[member.id]);
        admin.post(&question, &[]).expect(303);
        if by_import {
            let import = admin.upload_text(&format!("Display Name,Email\n{},{}\n", member.email, member.email));
            import.carry_on(&import.preview().set("restore", "yes"));
            import.add_all();
        } else {
            let back = admin.post("/users/restorations", &[("id", &member.id.to_string())]).expect(303);
            let said = admin.follow(&back).flash().unwrap();
            assert!(said.contains("1 user was restored") && said.contains("activation link"), "{said}");
        }
        assert!(!gone(&site, member.id));
        assert_eq!(site.user(member.id).password_changed_at, 0);
        let page = admin.open(&format!("/users/{}", member.id)).readable();
        assert!(
            page.contains("Administrators") && page.contains("Not active") && page.contains("activation"),
            "{page}"
        );
        // The session, the password with any code, the link.
        browser.get("/users").expect(303);
        site.app.clock.advance(60_000);
        member.types_password(&site.visitor()).expect(422);
        site.visitor().get(&link[link.find("/links/").unwrap()..]).expect(404);
        let kept = site.read(|conn| {
            use diesel::prelude::*;
            use muster::db::schema::{credentials, known_browsers, recovery_codes};
            let id = member.id;
            let credentials: i64 = credentials::table.find(id).count().get_result(conn)?;
            let codes: i64 = recovery_codes::table.filter(recovery_codes::user_id.eq(id)).count().get_result(conn)?;
            let browsers: i64 =
                known_browsers::table.filter(known_browsers::user_id.eq(id)).count().get_result(conn)?;
            Ok([credentials, codes, browsers])
        });
        assert_eq!(kept, [0, 0, 0]);
    }
}

#[test]
fn one_foreign_id_refuses_the_whole() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let (ours, theirs) = (site.add_user(site.a), site.add_user(site.b));
    let before = site.fingerprint();
    let (one, other) = (ours.to_string(), theirs.to_string());
    for form in [
        [("id", one.as_str()), ("id", other.as_str())],
        [("id", other.as_str()), ("id", one.as_str())],
        [("id", one.as_str()), ("id", "987654321")],
    ] {
        administrator.post("/users/deletions", &form).expect(404);
        administrator.post("/users/restorations", &form).expect(404);
    }
    assert_eq!(before, site.fingerprint());
    // A plan is its maker's: no other administrator, of the same customer or all, carries it out.
    let question = plan(&administrator, &[ours]);
    site.administrator(site.a).get(&question).expect(404);
    // Whoever may read the audit of all sees it too.
    site.admin().open(&question);
    for other in [site.administrator(site.a), site.admin()] {
        other.post(&question, &[]).expect(404);
        other.post(&format!("{question}/cancellation"), &[]).expect(404);
    }
    assert!(!gone(&site, ours));
}

#[test]
fn a_plan_that_no_longer_holds_does_nothing() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let ids = [site.add_user(site.a), site.add_user(site.a)];
    let question = plan(&administrator, &ids);
    site.delete(ids[1]);
    administrator.post(&question, &[]).expect(409);
    assert!(!gone(&site, ids[0]), "all or nothing");
    // Nor one that is too old.
    let question = plan(&administrator, &[ids[0]]);
    for _ in 0..(25 * 3) {
        site.app.clock.advance(20 * 60_000);
        administrator.get("/users");
    }
    let later = site.administrator(site.a);
    later.open("/users");
    administrator.post(&question, &[]).expect(303);
    assert!(!gone(&site, ids[0]));
}

#[test]
fn a_demoted_planner_cannot_go_on() {
    let site = Site::start();
    let (admin, administrator) = (site.admin(), site.administrator(site.a));
    let id = site.add_user(site.a);
    let question = plan(&administrator, &[id]);
    let technician = site.role(muster::access::BuiltIn::Technician);
    admin
        .post(
            &format!("/users/{}/roles", administrator.id),
            &[("role", &technician.to_string()), ("scope", &format!("{technician}:{}", site.a))],
        )
        .expect(303);
    administrator.post(&question, &[]).expect(403);
    assert!(!gone(&site, id));
}

#[test]
fn oneself_and_nobody() {
    let site = Site::start();
    let (admin, _other) = (site.admin(), site.admin());
    let question = plan(&admin, &[admin.id]);
    assert!(admin.open(&question).readable().contains("cannot delete yourself"));
    admin.post(&question, &[]);
    admin.open("/users");
    admin.post("/users/deletions", &[]).expect(422);
    admin.post("/users/restorations", &[]).expect(422);
}

#[test]
fn the_totals_are_right_after_anything() {
    use diesel::prelude::*;
    use muster::db::schema::{user_counts, users};
    let site = Site::start();
    let admin = site.admin();
    let mut ids: Vec<i64> = (0..6).map(|n| site.add_user(if n % 2 == 0 { site.a } else { site.b })).collect();
    let mut dice: u64 = 7;
    for round in 0..60 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let id = ids[(dice >> 33) as usize % ids.len()];
        match (dice >> 20) % 4 {
            0 => {
                let customer = if dice & 1 == 0 { site.a } else { site.b }.to_string();
                let email = format!("made{round}@example.org");
                let created =
                    admin.post("/users", &[("name", "Made"), ("email", &email), ("customer", &customer)]).expect(303);
                ids.push(created.location().rsplit('/').next().unwrap().parse().unwrap());
            }
            1 => {
                let question = plan(&admin, &[id]);
                admin.post(&question, &[]);
            }
            2 => {
                admin.post("/users/restorations", &[("id", &id.to_string())]);
            }
            _ => {
                admin.post(
                    &format!("/users/{id}/status"),
                    &[("status", if dice & 1 == 0 { "active" } else { "disabled" })],
                );
            }
        }
    }
    site.read(|conn| {
        for customer in [site.a, site.b] {
            let kept: Vec<(i64, i64)> = user_counts::table
                .filter(user_counts::customer_id.eq(customer))
                .select((user_counts::present, user_counts::deleted))
                .load(conn)?;
            let kept = kept.iter().fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
            let count = |conn: &mut muster::db::Conn, deleted: bool| -> i64 {
                let people = users::table.filter(users::customer_id.eq(customer)).into_boxed();
                let people = if deleted {
                    people.filter(users::deleted_at.ne(0))
                } else {
                    people.filter(users::deleted_at.eq(0))
                };
                people.count().get_result(conn).unwrap()
            };
            assert_eq!(kept, (count(conn, false), count(conn, true)));
        }
        Ok(())
    });
}

#[test]
fn whom_one_sees_but_may_not_delete_is_named_by_the_plan() {
    let site = Site::start();
    let reader = site.administrator(site.a);
    let (now, other) = (site.now(), site.b);
    site.write(move |conn| {
        let role = roles::queries::built_in(conn, BuiltIn::Technician)?.id;
        let scope = Scope::of([other]);
        roles::queries::assign(conn, reader.id, &roles::model::Wanted { role_id: role, scope }, now)
    });
    let (ours, theirs) = (site.add_user(site.a), site.add_user(site.b));
    let ids = [ours.to_string(), theirs.to_string()];
    let ticked: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    let added: Vec<(&str, &str)> = ids.iter().map(|id| ("add", id.as_str())).collect();
    reader.post("/users/selection", &added).expect(303);
    for form in [ticked.as_slice(), &[("selection", "users")]] {
        let plan = reader.post("/users/deletions", form).expect(303);
        let text = reader.follow(&plan).readable();
        assert!(text.contains("You may not delete or restore users there."), "{text}");
    }
    // Whom one does not see is not there, as ever.
    let bound = site.administrator(site.a);
    bound.post("/users/deletions", &ticked).expect(404);
}

//! "Reset 2FA Token": for one and for many, behind a fresh code, and never one's own.

use diesel::prelude::*;
use muster::access::{BuiltIn, credentials};
use muster::clock::{DAY, MINUTE};
use muster::db::schema::{mails, recovery_codes, users};
use muster::features::roles::queries::administrators;
use muster::features::users::input::{Source, TfaStatus};
use muster::features::users::model::Stored;

use crate::support::{Answer, Person, Role, Site, UserSample, together};

fn plans(actor: &Person<'_>, ids: &[i64]) -> Answer {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    actor.post("/users/two-factor-resets", &form)
}

fn resets(actor: &Person<'_>, ids: &[i64]) -> Answer {
    let plan = plans(actor, ids).expect(303);
    actor.post(plan.location(), &[])
}

fn status(site: &Site, id: i64) -> &'static str {
    site.user(id).tfa().as_str()
}

#[test]
fn one_is_reset_with_the_words_of_the_dialog() {
    let site = Site::start();
    let mut member = site.member(Role::Technician(site.a));
    let id = member.id;
    site.write(move |conn| Ok(diesel::update(users::table.find(id)).set(users::name.eq("Oxford")).execute(conn)?));
    let inside = member.signed_in();
    let administrator = site.administrator(site.a);
    let user_page = administrator.open(&format!("/users/{id}"));
    assert!(user_page.all("form[action='/users/two-factor-resets'] button").contains(&"Reset 2FA Token".to_owned()));
    let plan = plans(&administrator, &[id]).expect(303);
    let page = administrator.follow(&plan);
    assert_eq!(page.one("h1").as_deref(), Some("Reset Two-Factor Authentication Token"));
    assert!(page.readable().contains("Do you want to reset 2FA for User «Oxford»?"), "{}", page.readable());
    assert_eq!(page.all(".form-actions .button"), ["Confirm", "Cancel"]);
    // A plan changes nothing.
    assert_eq!(status(&site, id), "Active");
    inside.open("/users");

    let done = administrator.post(plan.location(), &[]).expect(303);
    assert_eq!(done.location(), "/users");
    let list = administrator.open("/users");
    assert_eq!(list.flash().as_deref(), Some("1 user was asked to set up 2FA anew."));
    assert!(!list.all(".flash button").contains(&"Undo".to_owned()), "there is nothing to undo");
    assert_eq!(status(&site, id), "Not configured");
    assert!(inside.get("/users").expect(303).location().starts_with("/login"), "sessions end");
    administrator.post(&format!("{}/undo", plan.location()), &[]).expect(409);
    administrator.post(plan.location(), &[]).expect(409);

    // Neither the app nor a recovery code is good any more; the password leads to set-up.
    let browser = site.visitor();
    assert_eq!(member.types_password(&browser).expect(303).location(), "/login/activation");
    assert_eq!(browser.get("/login/code").expect(303).location(), "/login/activation");
    let spare = member.recovery_codes.remove(0);
    browser.post("/login/code", &[("code", &spare)]).expect(303);
    assert_eq!(
        site.read(|conn| Ok(recovery_codes::table
            .filter(recovery_codes::user_id.eq(id))
            .count()
            .get_result::<i64>(conn)?)),
        0
    );
    let told: Vec<String> = site.audit().into_iter().map(|row| row.action).collect();
    assert!(told.iter().any(|action| action == "users.2fa-reset"), "{told:?}");
}

#[test]
fn set_up_is_due_within_a_day_and_a_second_reset_gives_another() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let administrator = site.administrator(site.a);
    resets(&administrator, &[member.id]).expect(303);
    site.wait(DAY - 1);
    let in_time = site.visitor();
    assert_eq!(member.types_password(&in_time).expect(303).location(), "/login/activation");
    site.wait(1);
    member.types_password(&site.visitor()).expect(403);
    let again = site.administrator(site.a);
    resets(&again, &[member.id]).expect(303);
    assert_eq!(member.types_password(&site.visitor()).expect(303).location(), "/login/activation");
}

#[test]
fn of_many_those_are_skipped_who_cannot_be() {
    let site = Site::start();
    let admin = site.admin();
    let administrator = site.administrator(site.a);
    let (one, two) = (site.member(Role::Technician(site.a)), site.member(Role::Technician(site.a)));
    let never = site.add_user(site.a);
    let (tfa, source) = (TfaStatus::NotAvailable, Source::Directory);
    let directory =
        site.add(vec![UserSample { tfa, source, ..UserSample::new("Dora", "dora@example.org", site.a) }])[0];
    let plan = plans(&administrator, &[one.id, two.id, never, directory, admin.id, administrator.id]).expect(303);
    let page = administrator.follow(&plan);
    assert!(page.readable().contains("Do you want to reset 2FA for 2 users?"), "{}", page.readable());
    let text = page.text();
    for why in ["nothing to reset", "which looks after 2FA", "may do more", "Nobody resets their own 2FA"] {
        assert!(text.contains(why), "{why}: {}", page.readable());
    }
    let mailed = || -> Vec<Option<i64>> {
        site.read(|conn| {
            let resets = mails::table.filter(mails::kind.eq("2fa-reset")).order(mails::user_id);
            Ok(resets.select(mails::user_id).load(conn)?)
        })
    };
    assert!(mailed().is_empty(), "a plan tells nobody");
    administrator.post(plan.location(), &[]).expect(303);
    // Each of them is told, in the transaction in which it was done, and nobody else.
    assert_eq!(mailed(), [Some(one.id), Some(two.id)]);
    for (id, expected) in
        [(one.id, "Not configured"), (two.id, "Not configured"), (never, "Not active"), (directory, "Not available")]
    {
        assert_eq!(status(&site, id), expected);
    }
    assert!(site.read(|conn| credentials::find(conn, admin.id)).unwrap().has_totp());
    assert!(site.read(|conn| credentials::find(conn, administrator.id)).unwrap().has_totp());
}

#[test]
fn lists_filters_and_files_say_so_at_once() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let member = site.member(Role::Technician(site.a));
    resets(&administrator, &[member.id]).expect(303);
    let listed = administrator.open("/users?tfa=not-configured");
    assert!(listed.text().contains(&member.email), "{}", listed.readable());
    assert!(!administrator.open("/users?tfa=active").text().contains(&member.email));
    administrator.post("/users/exports", &[("query", "tfa=not-configured"), ("separator", "comma")]).expect(303);
    site.run_jobs();
    let file = administrator.open("/reports").attributes("a[download]", "href").remove(0);
    let text = administrator.open(&file).text();
    assert!(text.contains(&member.email) && text.contains("Not configured"), "{text}");
}

#[test]
fn one_foreign_id_refuses_all_and_those_above_stay() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let (here, there) = (site.member(Role::Technician(site.a)), site.member(Role::Technician(site.b)));
    plans(&administrator, &[here.id, there.id]).expect(404);
    plans(&administrator, &[]).expect(422);
    plans(&site.technician(site.a), &[here.id]).expect(403);
    // Planned while one may, carried out when one may not any more.
    let plan = plans(&administrator, &[here.id]).expect(303);
    let (id, technician) = (administrator.id, site.role(BuiltIn::Technician));
    let held = site.role(BuiltIn::Administrators);
    let scope = muster::access::Scope::of([site.a]);
    site.write(move |conn| {
        use muster::features::roles::{model::Wanted, queries};
        queries::take(conn, id, held)?;
        queries::assign(conn, id, &Wanted { role_id: technician, scope }, 0)
    });
    administrator.post(plan.location(), &[]).expect(403);
    assert_eq!(status(&site, here.id), "Active");
    assert_eq!(status(&site, there.id), "Active");
}

#[test]
fn it_takes_a_code_of_the_last_ten_minutes_to_plan_and_to_do() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let chief = site.member(Role::Administrators(site.a));
    let browser = chief.signed_in();
    let plan = plans(&browser, &[member.id]).expect(303);
    site.wait(10 * MINUTE);
    assert!(browser.post(plan.location(), &[]).expect(303).location().starts_with("/login/confirm"));
    assert!(plans(&browser, &[member.id]).expect(303).location().starts_with("/login/confirm"));
    assert_eq!(status(&site, member.id), "Active");
    chief.confirms(&browser, plan.location()).expect(303);
    browser.post(plan.location(), &[]).expect(303);
    assert_eq!(status(&site, member.id), "Not configured");
}

#[test]
fn the_last_administrator_keeps_a_factor() {
    let site = Site::start();
    for _ in 0..10 {
        let pair = [site.admin(), site.admin()];
        let ids = [pair[0].id, pair[1].id];
        site.write(move |conn| {
            let active = users::tfa.eq(TfaStatus::Active.number());
            Ok(diesel::update(users::table.filter(users::id.eq_any(ids))).set(active).execute(conn)?)
        });
        let plans: Vec<String> =
            (0..2).map(|turn| plans(&pair[turn], &[ids[1 - turn]]).expect(303).location().to_owned()).collect();
        together(2, |turn| pair[turn].post(&plans[turn], &[]).status);
        assert!(site.read(|conn| administrators(conn, true)) >= 1);
        ids.into_iter().filter(|id| site.user(*id).deleted_at == 0).for_each(|id| site.delete(id));
    }
}

#[test]
fn a_selection_of_thousands_is_reset_in_the_background() {
    let site = Site::start();
    let sample = |n: i32| UserSample {
        tfa: TfaStatus::Active,
        ..UserSample::new(&format!("Many {n}"), &format!("many{n}@example.org"), site.a)
    };
    let ids = site.add((0..1_200).map(sample).collect());
    let administrator = site.administrator(site.a);
    administrator.post("/users/selection", &[("whole", "yes"), ("query", "tfa=active&q=many")]).expect(303);
    let plan = administrator.post("/users/two-factor-resets", &[("selection", "users")]).expect(303);
    site.run_jobs();
    let page = administrator.follow(&plan);
    assert!(page.readable().contains("Do you want to reset 2FA for 1,200 users?"), "{}", page.readable());
    administrator.post(plan.location(), &[]).expect(303);
    site.run_jobs();
    assert!(ids.iter().all(|id| status(&site, *id) == "Not configured"));
}

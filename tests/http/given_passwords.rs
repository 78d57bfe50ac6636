//! "Change Password" by an administrator: the rules, the two ways on, what ends with it, and who may not.

use diesel::prelude::*;
use muster::access::credentials;
use muster::access::links::{self, Kind};
use muster::access::session::Level;
use muster::clock::{DAY, MINUTE};
use muster::db::schema::mails;
use muster::features::roles::queries::administrators;

use crate::support::{Answer, Member, PASSWORD, Person, Role, Site, together};

const GIVEN: &str = "given by somebody else";
const OWN: &str = "violins under the snow";

fn address(id: i64) -> String {
    format!("/users/{id}/password")
}

fn gives(actor: &Person<'_>, id: i64, password: &str, must_change: bool) -> Answer {
    let mut form = vec![("password", password)];
    if must_change {
        form.push(("must_change", "yes"));
    }
    actor.post(&address(id), &form)
}

fn shows(browser: &Person<'_>, member: &Member<'_>, password: &str) -> Answer {
    browser.post("/login", &[("email", &member.email), ("password", password)])
}

/// The sealed hash of somebody's password.
fn stored(site: &Site, id: i64) -> Vec<u8> {
    site.read(|conn| credentials::find(conn, id)).map(|found| found.password_hash).unwrap_or_default()
}

#[test]
fn a_password_is_given_and_another_chosen_at_the_next_sign_in() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let inside = member.signed_in();
    let administrator = site.administrator(site.a);
    let path = format!("/users/{}", member.id);
    let page = administrator.open(&path);
    assert_eq!(page.attributes(&format!("a[href='{path}/password']"), "href").len(), 1);
    let form = administrator.open(&address(member.id));
    assert_eq!(form.one("h1").as_deref(), Some("Change Password"));
    assert_eq!(form.field("username").as_deref(), Some(member.email.as_str()));
    assert_eq!(form.attributes("#password", "autocomplete"), ["new-password"]);
    assert_eq!(form.all("label[for='must_change-yes']"), ["Ask for a password change at the next Sign-in"]);
    // On by default.
    assert_eq!(form.form("form[action$='/password']").iter().filter(|(name, _)| name == "must_change").count(), 1);
    assert!(form.all(".form-actions .button").starts_with(&["Change".into(), "Generate New Password".into()]));

    let saying = gives(&administrator, member.id, GIVEN, true).expect(303);
    assert_eq!(saying.location(), path);
    let said = administrator.open(&path).flash().unwrap();
    assert!(said.contains("was changed") && !said.contains(GIVEN), "{said}");
    assert!(inside.get("/users").expect(303).location().starts_with("/login"), "sessions end");
    let browser = site.visitor();
    site.wait(MINUTE);
    shows(&browser, &member, PASSWORD).expect(422);
    shows(&browser, &member, GIVEN).expect(303);
    assert_eq!(member.types_code(&browser).expect(303).location(), "/login/password");
    assert_eq!(browser.get("/users").expect(303).location(), "/login/password");
    assert_eq!(browser.post("/login/password", &[("password", OWN)]).expect(303).location(), "/users");
    let told = site.audit().into_iter().filter(|row| row.action == "user.password").count();
    assert_eq!(told, 2);
}

#[test]
fn without_the_tick_it_stays_once_it_is_used_and_else_it_dies_too() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let (used, unused) = (site.member(Role::Technician(site.a)), site.member(Role::Technician(site.a)));
    for member in [&used, &unused] {
        gives(&administrator, member.id, GIVEN, false).expect(303);
    }
    site.wait(DAY - 1);
    let browser = site.visitor();
    shows(&browser, &used, GIVEN).expect(303);
    assert_eq!(used.types_code(&browser).expect(303).location(), "/users");
    // The password alone is not use enough: only the end of a sign-in is.
    shows(&site.visitor(), &unused, GIVEN).expect(303);
    site.wait(MINUTE);
    shows(&site.visitor(), &used, GIVEN).expect(303);
    shows(&site.visitor(), &unused, GIVEN).expect(422);
}

#[test]
fn who_waits_too_long_before_choosing_has_none_any_more() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    gives(&site.administrator(site.a), member.id, GIVEN, true).expect(303);
    site.wait(DAY - MINUTE);
    let browser = site.visitor();
    shows(&browser, &member, GIVEN).expect(303);
    assert_eq!(member.types_code(&browser).expect(303).location(), "/login/password");
    site.wait(MINUTE);
    let late = browser.post("/login/password", &[("password", OWN)]);
    assert!(late.status == 303 && late.location().starts_with("/login"), "{} {}", late.status, late.location());
    shows(&site.visitor(), &member, OWN).expect(422);
}

#[test]
fn what_is_too_easy_is_refused_with_all_that_is_wrong() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let member = site.member(Role::Technician(site.a));
    let before = stored(&site, member.id);
    for (typed, why) in [
        ("", "Enter a password."),
        ("kelp drum 4", "Use at least 12 characters"),
        ("passwordpassword", "too easy to guess"),
        ("aaaaaaaaaaaaaaaaaa", "Don't repeat"),
        (&format!("{} 123", member.email), "Don't build it from"),
        ("muster-muster-2026", "Don't build it from"),
    ] {
        let page = gives(&administrator, member.id, typed, false).expect(422);
        assert!(page.errors().iter().any(|error| error.contains(why)), "{typed}: {:?}", page.errors());
        // The choice stays, the password is not repeated.
        assert!(!page.form("form[action$='/password']").iter().any(|(name, _)| name == "must_change"));
        assert_eq!(page.field("password").unwrap_or_default(), "");
    }
    assert_eq!(stored(&site, member.id), before);
}

#[test]
fn a_generated_one_is_shown_and_changes_nothing_yet() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let member = site.member(Role::Technician(site.a));
    let before = stored(&site, member.id);
    let make = || {
        let page = administrator.post(&address(member.id), &[("generate", "yes"), ("must_change", "yes")]).expect(200);
        assert!(page.form("form[action$='/password']").iter().any(|(name, _)| name == "must_change"));
        page.field("password").unwrap()
    };
    let (one, two) = (make(), make());
    assert!(one != two && one.len() == 29, "{one} {two}");
    assert_eq!(stored(&site, member.id), before);
    gives(&administrator, member.id, &two, true).expect(303);
    shows(&site.visitor(), &member, &two).expect(303);
}

#[test]
fn rules_are_told_while_one_types_and_nobody_is_looked_up() {
    let site = Site::start();
    let visitor = site.visitor();
    let tell = |typed: &str| {
        let form = [("password", typed), ("shortest", "15"), ("words", "Jane Oxford\njane.oxford@example.org")];
        let answer = visitor.post("/passwords/check", &form).expect(200);
        assert!(typed.len() < 5 || !answer.text().contains(typed), "what is typed is not repeated");
        (answer.all(".rule-met").len(), answer.all(".rule-unmet"))
    };
    assert_eq!(tell(""), (0, vec![]));
    assert_eq!(tell("lantern gravel pigeon"), (3, vec![]));
    assert_eq!(tell("lantern grav").1, ["Not met: At least 15 characters, any of them, spaces too"]);
    assert_eq!(tell("oxford jane oxford").1.len(), 1);
    assert_eq!(tell("passwordpassword").1, ["Not met: No common password, row of keys or repetition"]);
    assert_eq!(tell("pass").1.len(), 2);
    // The page cannot ask for less than always holds, nor for what cannot be.
    for (shortest, said) in [("1", "At least 12"), ("100000", "At least 128")] {
        let page = visitor.post("/passwords/check", &[("password", "kelp"), ("shortest", shortest)]).expect(200);
        assert!(page.all(".rule-unmet").iter().any(|line| line.contains(said)), "{shortest}");
    }
    visitor
        .send("POST", "/passwords/check", &[("Content-Type", "application/x-www-form-urlencoded")], b"password=x")
        .expect(403);
}

#[test]
fn links_of_before_are_void_and_wrong_tries_forgotten() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let (app, id, now) = (site.app.clone(), member.id, site.now());
    let secret = site.write(move |conn| {
        links::create(conn, &app.keys, app.random.as_ref(), Kind::Recovery, Some(id), links::FROM_ADMIN, now)
    });
    let stranger = site.visitor();
    for _ in 0..5 {
        shows(&stranger, &member, "not the password").expect(422);
    }
    shows(&site.visitor(), &member, PASSWORD).expect(429);
    gives(&site.administrator(site.a), id, GIVEN, true).expect(303);
    site.visitor().get(&format!("/links/{}", secret.to_text().as_str())).expect(404);
    site.wait(MINUTE);
    shows(&site.visitor(), &member, GIVEN).expect(303);
}

#[test]
fn it_is_for_those_below_oneself_who_sign_in_here() {
    let site = Site::start();
    let admin = site.admin();
    let administrator = site.administrator(site.a);
    let (both, technician) = (site.member(Role::TechnicianOfBoth(site.a, site.b)), site.technician(site.a));
    let (nobody, elsewhere) = (site.add_user(site.a), site.member(Role::Technician(site.b)));
    let own = stored(&site, administrator.id);
    // Who may do more, also by holding the same elsewhere; who may not do this at all; oneself.
    for (actor, id) in [
        (&administrator, admin.id),
        (&administrator, both.id),
        (&technician, both.id),
        (&administrator, administrator.id),
    ] {
        let before = stored(&site, id);
        actor.get(&address(id)).expect(403);
        gives(actor, id, GIVEN, false).expect(403);
        actor.post(&address(id), &[("generate", "yes")]).expect(403);
        assert_eq!(stored(&site, id), before);
    }
    assert_eq!(stored(&site, administrator.id), own);
    for id in [elsewhere.id, 987_654_321] {
        administrator.get(&address(id)).expect(404);
        gives(&administrator, id, GIVEN, false).expect(404);
    }
    // Somebody without a role that may sign in has none, and gets none.
    administrator.get(&address(nobody)).expect(422);
    gives(&administrator, nobody, GIVEN, false).expect(422);
    assert!(stored(&site, nobody).is_empty());
    // Nor does an import set any.
    let text = format!("Name;Email;Password;2FA\nTaken Over;{};{GIVEN};off\n", site.user(both.id).email);
    let before = stored(&site, both.id);
    administrator.upload_text(&text);
    site.run_jobs();
    assert_eq!(stored(&site, both.id), before);
}

#[test]
fn it_takes_a_code_of_the_last_ten_minutes() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let chief = site.member(Role::Administrators(site.a));
    let browser = chief.signed_in();
    site.wait(10 * MINUTE);
    let before = stored(&site, member.id);
    assert!(browser.get(&address(member.id)).expect(303).location().starts_with("/login/confirm"));
    let due = browser.post(&address(member.id), &[("password", GIVEN), ("page", &address(member.id))]).expect(303);
    assert!(due.location().starts_with("/login/confirm"));
    assert_eq!(stored(&site, member.id), before);
    let back = chief.confirms(&browser, &address(member.id)).expect(303);
    assert_eq!(back.location(), address(member.id));
    let page = browser.open(back.location());
    assert!(page.flash().unwrap().contains("type them again"), "{:?}", page.flash());
    assert_eq!(page.field("password").unwrap_or_default(), "", "secrets are not kept");
    gives(&browser, member.id, GIVEN, true).expect(303);
}

#[test]
fn from_the_list_it_is_for_one_at_a_time() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let (one, two) = (site.member(Role::Technician(site.a)), site.member(Role::Technician(site.a)));
    let ticks = |ids: &[i64]| {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
        administrator.post("/users/password-changes", &form)
    };
    ticks(&[]).expect(422);
    ticks(&[one.id, two.id]).expect(422);
    ticks(&[one.id, site.add_user(site.b)]).expect(404);
    assert_eq!(ticks(&[one.id]).expect(303).location(), address(one.id));
    let list = administrator.open("/users");
    assert!(list.all("button").iter().any(|text| text.starts_with("Change Password")));
    assert!(
        !site.technician(site.a).open("/users").all("button").iter().any(|text| text.starts_with("Change Password"))
    );
}

/// Each would otherwise hold the only password that lasts, and none of their own.
#[test]
fn two_admins_cannot_take_each_others_passwords_at_one_instant() {
    let site = Site::start();
    for _ in 0..10 {
        let pair = [site.admin(), site.admin()];
        let ids = [pair[0].id, pair[1].id];
        pair.iter().for_each(|admin| drop(admin.csrf()));
        together(2, |turn| gives(&pair[turn], ids[1 - turn], GIVEN, false).status);
        assert!(site.read(|conn| administrators(conn, true)) >= 1);
        ids.into_iter().filter(|id| site.user(*id).deleted_at == 0).for_each(|id| site.delete(id));
    }
    let last = site.admin();
    let other = site.browser_of(site.member(Role::AccountAdmin).id, Level::Full);
    gives(&other, last.id, GIVEN, false).expect(303);
    // The password that was given is none to administer with until it is used.
    assert_eq!(site.read(|conn| administrators(conn, true)), 1);
}

/// What was mailed to somebody, as it stands in the ledger.
fn mailed(site: &Site, id: i64) -> Vec<(String, String)> {
    site.read(|conn| {
        let theirs = mails::table.filter(mails::user_id.eq(id)).order(mails::id);
        Ok(theirs.select((mails::kind, mails::recipient)).load(conn)?)
    })
}

#[test]
fn its_owner_is_told_by_mail_if_that_is_ticked_and_never_what_it_is() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let (told, untold) = (site.member(Role::Technician(site.a)), site.member(Role::Technician(site.a)));
    let page = administrator.open(&address(told.id));
    assert_eq!(page.all("label[for='notify-yes']"), ["Notify user about changing password on email"]);
    let form = [("password", GIVEN), ("must_change", "yes"), ("notify", "yes")];
    // What was refused tells nobody, and the tick stays.
    let refused = administrator.post(&address(told.id), &[("password", "short"), ("notify", "yes")]).expect(422);
    assert!(refused.form("form[action$='/password']").iter().any(|(name, _)| name == "notify"));
    assert!(mailed(&site, told.id).is_empty());
    administrator.post(&address(told.id), &form).expect(303);
    gives(&administrator, untold.id, GIVEN, true).expect(303);
    assert_eq!(mailed(&site, told.id), [("password-changed".to_owned(), told.email.clone())]);
    assert!(mailed(&site, untold.id).is_empty());
}

//! Deleting more people than run in one transaction: planned by a job, shown, carried out by a job, exactly as planned.

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use muster::db::schema::{audit, operation_rows, operations, selections, users};
use muster::features::operations::model::{MOST_AT_ONCE, State, Verdict};

use crate::support::{Person, Role, Site, UserSample, on_postgres};
use muster::access::session::Level;

/// A lock on what a page reads second is waited for no longer than this.
const PATIENCE: Duration = Duration::from_secs(20);
const MANY: usize = MOST_AT_ONCE + 1_500;

/// So many people of A called Ash. Gives their ids.
fn crowd(site: &Site, number: usize) -> Vec<i64> {
    let a = site.a;
    site.add((0..number).map(|n| UserSample::new(&format!("Ash {n}"), &format!("ash{n}@example.org"), a)).collect())
}

fn select_all(person: &Person<'_>, query: &str) {
    person.post("/users/selection", &[("whole", "yes"), ("query", query)]).expect(303);
}

/// Asks for the selected to be deleted and gives the operation's address.
fn asked(person: &Person<'_>) -> String {
    person.post("/users/deletions", &[("selection", "users")]).expect(303).location().to_owned()
}

fn id_of(address: &str) -> i64 {
    address.rsplit('/').next().unwrap().parse().unwrap()
}

fn gone(site: &Site) -> BTreeSet<i64> {
    site.read(|conn| Ok(users::table.filter(users::deleted_at.ne(0)).select(users::id).load(conn)?))
        .into_iter()
        .collect()
}

fn state(site: &Site, address: &str) -> State {
    let id = id_of(address);
    State::from_number(site.read(|conn| Ok(operations::table.find(id).select(operations::state).first(conn)?))).unwrap()
}

fn planned(site: &Site, address: &str, verdict: Verdict) -> Vec<i64> {
    let id = id_of(address);
    site.read(|conn| {
        Ok(operation_rows::table
            .filter(operation_rows::operation_id.eq(id))
            .filter(operation_rows::verdict.eq(verdict.number()))
            .order(operation_rows::object_id)
            .select(operation_rows::object_id)
            .load(conn)?)
    })
}

#[test]
fn many_are_planned_shown_and_deleted_as_planned() {
    let site = Site::start();
    let ash = crowd(&site, MANY);
    let (administrator, boss) = (site.administrator(site.a), site.admin());
    select_all(&administrator, "");
    administrator.post("/users/selection", &[("remove", &ash[7].to_string())]).expect(303);
    let address = asked(&administrator);
    assert!(administrator.open(&address).readable().contains("Making the plan"));
    administrator.post(&address, &[]).expect(409);
    site.run_jobs();
    assert!(gone(&site).is_empty(), "a plan does nothing yet");
    let question = administrator.open(&address);
    let text = question.readable();
    assert!(text.contains(&format!("Delete {} users?", muster::web::list::grouped(MANY as i64 - 1))), "{text}");
    assert!(question.text().contains("and 2,449 more"));
    // Oneself, and whoever may do more.
    assert_eq!(planned(&site, &address, Verdict::Skipped), [administrator.id, boss.id]);
    assert!(
        question.text().contains("You cannot delete yourself.") && question.text().contains("may do more than you")
    );
    // What is selected later changes nothing of the plan.
    administrator.post("/users/selection", &[("clear", "yes")]).expect(303);
    let late = site.add_user(site.a);
    administrator.post(&address, &[]).expect(303);
    assert!(administrator.open(&address).readable().contains("Deleting users"));
    // Some move meanwhile: they are left alone and listed.
    site.delete(ash[20]);
    site.run_jobs();
    let mut expected: BTreeSet<i64> = ash.iter().copied().collect();
    expected.remove(&ash[7]);
    assert_eq!(gone(&site), expected);
    assert!(!gone(&site).contains(&late));
    let outcome = administrator.open(&address);
    assert!(
        outcome.readable().contains(&format!("{} users were deleted.", muster::web::list::grouped(MANY as i64 - 2)))
    );
    assert!(outcome.text().contains("Was deleted since."));
    administrator.post(&address, &[]).expect(409);
    // One row of audit, the totals right, nothing pinned any more.
    let id = id_of(&address);
    site.read(|conn| {
        let told: i64 = audit::table
            .filter(audit::action.eq("users.delete"))
            .filter(audit::operation_id.eq(id))
            .count()
            .get_result(conn)?;
        assert_eq!(told, 1);
        assert_eq!(
            selections::table.filter(selections::operation_id.is_not_null()).count().get_result::<i64>(conn)?,
            0
        );
        Ok(())
    });
    let left = site.read(|conn| Ok(users::table.filter(users::deleted_at.eq(0)).count().get_result::<i64>(conn)?));
    assert!(boss.open("/users").readable().contains(&format!("of {left} users")));
}

#[test]
fn a_plan_is_its_makers_and_rights_are_looked_up_again() {
    let site = Site::start();
    crowd(&site, MANY);
    let admin = site.admin();
    let administrator = site.administrator(site.a);
    select_all(&administrator, "q=ash");
    let address = asked(&administrator);
    site.administrator(site.a).get(&address).expect(404);
    for other in [site.administrator(site.a), site.admin()] {
        other.post(&address, &[]).expect(404);
        other.post(&format!("{address}/cancellation"), &[]).expect(404);
    }
    site.run_jobs();
    administrator.post(&address, &[]).expect(303);
    // Demoted before the job's turn comes: nobody is deleted, and they are told why.
    let technician = site.role(muster::access::BuiltIn::Technician).to_string();
    let scope = format!("{technician}:{}", site.a);
    admin.post(&format!("/users/{}/roles", administrator.id), &[("role", &technician), ("scope", &scope)]).expect(303);
    site.run_jobs();
    assert!(gone(&site).is_empty());
    assert_eq!(state(&site, &address), State::Failed);
}

#[test]
fn nobody_beyond_the_scope_is_planned() {
    let site = Site::start();
    let ash = crowd(&site, MANY);
    let b = site.b;
    site.add((0..50).map(|n| UserSample::new(&format!("Ash B{n}"), &format!("b{n}@example.org"), b)).collect());
    let both = site.person(Role::TechnicianOfBoth(site.a, site.b), Level::Full);
    assert_eq!(both.post("/users/deletions", &[("selection", "users")]).status, 403);
    let administrator = site.administrator(site.a);
    select_all(&administrator, "q=ash");
    let address = asked(&administrator);
    site.run_jobs();
    assert_eq!(planned(&site, &address, Verdict::Change), ash);
}

#[test]
fn stopping_keeps_what_is_done() {
    let site = Site::start();
    crowd(&site, MANY);
    let admin = site.admin();
    let _keeper = site.admin();
    select_all(&admin, "q=ash");
    // Called off while it is planned.
    let address = asked(&admin);
    admin.post(&format!("{address}/cancellation"), &[]).expect(303);
    site.run_jobs();
    assert_eq!(state(&site, &address), State::Cancelled);
    admin.post(&address, &[]).expect(409);
    admin.post(&format!("{address}/cancellation"), &[]).expect(409);
    // Called off before its turn comes.
    let address = asked(&admin);
    site.run_jobs();
    admin.post(&address, &[]).expect(303);
    admin.post(&format!("{address}/cancellation"), &[]).expect(303);
    site.run_jobs();
    assert_eq!(state(&site, &address), State::Cancelled);
    assert!(gone(&site).is_empty());
    assert!(admin.open(&address).readable().contains("Stopped."));
    // In the middle: whoever is deleted stays so, and it is said how many.
    let address = asked(&admin);
    site.run_jobs();
    admin.post(&address, &[]).expect(303);
    let working = site.work();
    site.until("somebody is deleted", || !gone(&site).is_empty());
    admin.post(&format!("{address}/cancellation"), &[]);
    site.until("it ends", || matches!(state(&site, &address), State::Cancelled | State::Done));
    drop(working);
    let done = gone(&site).len() as i64;
    let text = admin.open(&address).readable();
    assert!(text.contains(&format!("{} users were deleted", muster::web::list::grouped(done))), "{done}: {text}");
}

#[test]
fn a_worker_that_dies_leaves_a_job_that_goes_on() {
    let site = Site::start();
    let ash = crowd(&site, MANY);
    let admin = site.admin();
    select_all(&admin, "q=ash");
    let address = asked(&admin);
    site.run_jobs();
    admin.post(&address, &[]).expect(303);
    // Paused after a batch, as a server that stops does it, again and again.
    for _ in 0..40 {
        let before = gone(&site).len();
        let working = site.work();
        site.until("a batch is done", || gone(&site).len() > before || state(&site, &address) == State::Done);
        drop(working);
        if state(&site, &address) == State::Done {
            break;
        }
    }
    site.run_jobs();
    assert_eq!(state(&site, &address), State::Done);
    assert_eq!(gone(&site), ash.into_iter().collect());
    let done =
        site.read(|conn| Ok(operations::table.find(id_of(&address)).select(operations::done).first::<i64>(conn)?));
    assert_eq!(done, MANY as i64);
}

#[test]
fn the_last_administrator_stays() {
    let site = Site::start();
    let ash = crowd(&site, MANY);
    let admin = site.admin();
    let other = site.admin();
    // A custom role that may do all without being Account Admin: whoever holds it may delete every Account Admin.
    let role = site.write(|conn| {
        use muster::access::Permission;
        use muster::db::schema::{role_permissions, roles};
        diesel::insert_into(roles::table)
            .values((
                roles::name.eq("Everything"),
                roles::name_key.eq("everything"),
                roles::builtin.eq(""),
                roles::may_sign_in.eq(true),
                roles::created_at.eq(0),
            ))
            .execute(conn)?;
        let id: i64 = roles::table.filter(roles::name_key.eq("everything")).select(roles::id).first(conn)?;
        for permission in Permission::ALL {
            diesel::insert_into(role_permissions::table)
                .values((role_permissions::role_id.eq(id), role_permissions::permission.eq(permission.word())))
                .execute(conn)?;
        }
        Ok(id)
    });
    let deputy = site.administrator(site.a);
    let given = role.to_string();
    admin
        .post(&format!("/users/{}/roles", deputy.id), &[("role", &given), ("scope", &format!("{given}:all"))])
        .expect(303);
    select_all(&deputy, "");
    let address = asked(&deputy);
    site.run_jobs();
    let skipped = planned(&site, &address, Verdict::Skipped);
    assert_eq!(skipped, [admin.id, deputy.id], "one administrator and oneself");
    assert!(deputy.open(&address).text().contains("the last account that can administer"));
    // Where the one who was to stay is gone before it runs, the other stays instead.
    let (one, keep) = (admin.id, other.id);
    site.delete(one);
    deputy.post(&address, &[]).expect(303);
    site.run_jobs();
    let gone = gone(&site);
    assert!(!gone.contains(&keep) && ash.iter().all(|id| gone.contains(id)));
    assert!(deputy.open(&address).text().contains("the last account that can administer"));
}

/// What a page tells is of one moment: read a statement after the other, a plan that is made just then looked like one whose job had ended without it,
/// with neither progress nor a button. On SQLite every page is read in one transaction.
#[test]
fn a_plan_that_is_made_while_its_page_is_read_is_under_way_or_ready() {
    if !on_postgres() {
        return;
    }
    let site = Site::start();
    crowd(&site, MANY);
    let admin = site.admin();
    select_all(&admin, "");
    let address = asked(&admin);
    // In another browser, where no entry on the page looks for the job.
    let reader = site.browser_of(admin.id, Level::Full);
    let mut conn = diesel::PgConnection::establish(site.database.url().unwrap()).unwrap();
    let (held, is_held) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            conn.batch_execute(
                "BEGIN; LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE; UPDATE operations SET state = 1; UPDATE jobs SET state = 3",
            )
            .unwrap();
            held.send(()).unwrap();
            let (began, waits) = (Instant::now(), "SELECT 1 FROM pg_locks WHERE relation = 'jobs'::regclass AND NOT granted");
            while diesel::sql_query(waits).execute(&mut conn).unwrap() == 0 {
                assert!(began.elapsed() < PATIENCE, "the page does not ask for the job");
                std::thread::sleep(Duration::from_millis(2));
            }
            conn.batch_execute("COMMIT").unwrap();
        });
        is_held.recv().unwrap();
        let page = reader.open(&address);
        let (moves, asks) = (page.all("[data-progress] progress").len(), page.all(".button-danger").len());
        assert_eq!(moves + asks, 1, "{}", page.readable());
    });
}

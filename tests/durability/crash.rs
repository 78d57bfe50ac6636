//! The server is killed under load, again and again, at moments that nobody chose: nothing that was acknowledged is lost, nothing is there by half, what
//! was under way goes on and ends as if nothing had happened.
//!
//! 50 rounds; `MUSTER_TEST_KILLS=1000` makes it more, `MUSTER_TEST_SEED=…` repeats a run's moments.

mod ledger;
mod line;
mod load;
mod operator;
mod probe;

use std::io::Write;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use muster::access::credentials::{self, NewPassword};
use muster::access::hashing::{Cost, HashingGate};
use muster::access::keyring::KeyRing;
use muster::access::random::SystemRandom;
use muster::access::totp::TotpSecret;
use muster::access::{BuiltIn, Scope};
use muster::db::schema::{imports, jobs, users};
use muster::features::backups::actions::examine;
use muster::features::roles;
use muster::refusal::Refusal;

use self::ledger::{Hand, Ledger};
pub use self::line::Line;
use self::load::Member;
use self::operator::Operator;
use self::probe::Probe;
use crate::support::{Database, PASSWORD, Served, hashed, muster, now};

/// It serves again within this.
const READY: Duration = Duration::from_secs(10);
const EDITORS: usize = 2;
const MEMBERS: usize = 60;

fn number_from(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// xorshift64*: the moments of a run can be repeated from its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }
}

fn keys(database: &Database) -> KeyRing {
    KeyRing::load(&database.dir.path().join("data/secret.key")).unwrap()
}

/// People who can sign in, written past the server.
fn members(database: &Database) -> Vec<Member> {
    let (db, keys) = (database.made_by_program(), keys(database));
    let hash = hashed(&HashingGate::new(Cost::PRODUCTION, std::sync::Arc::new(SystemRandom)), PASSWORD);
    db.write_now(move |conn| {
        let local =
            users::table.filter(users::source.eq(1)).filter(users::deleted_at.eq(0)).filter(users::status.eq(1));
        let people: Vec<(i64, String)> = local
            .order(users::id)
            .limit(i64::try_from(MEMBERS).unwrap_or(i64::MAX))
            .select((users::id, users::email))
            .load(conn)?;
        let role = roles::queries::built_in(conn, BuiltIn::Technician)?.id;
        let mut members = Vec::new();
        for (id, email) in people {
            let held = roles::queries::held(conn, id)?;
            if !held.iter().any(|assignment| assignment.role.id == role) {
                roles::queries::assign(conn, id, &roles::model::Wanted { role_id: role, scope: Scope::All }, 1)?;
            }
            let new = NewPassword { hash: &hash, must_change: false, expires_at: 0 };
            credentials::set_password(conn, &keys, &SystemRandom, id, &new, now())?;
            credentials::set_totp(conn, &keys, &SystemRandom, id, &TotpSecret::new(&SystemRandom), 0)?;
            let codes = credentials::new_recovery_codes(conn, &SystemRandom, id)?;
            members.push(Member { id, email, codes: codes.iter().map(|code| code.to_string()).collect() });
        }
        Ok(members)
    })
    .unwrap()
}

/// People who are edited: none of the members, whose sign-ins are told apart from edits that way.
fn hands(database: &Database) -> Vec<Hand> {
    let rows: Vec<(i64, String)> = database
        .made_by_program()
        .read_now(|conn| {
            let local = users::table.filter(users::source.eq(1)).filter(users::deleted_at.eq(0));
            Ok(local.order(users::id.desc()).offset(5).limit(24).select((users::id, users::name)).load(conn)?)
        })
        .unwrap();
    rows.into_iter().map(|(id, name)| Hand { id, name, pending: None, edits: 0 }).collect()
}

/// Starts it, which may not take long, and lets those seconds pass that a dead worker's lock lasts.
fn started(database: &Database, told: &str, slowest: &mut Duration) -> Served {
    let began = Instant::now();
    let server = Served::start(database, &[]);
    assert_eq!(server.visitor().get("/healthz").status, 200, "{told}");
    let took = began.elapsed();
    assert!(took < READY, "{told}: it was ready after {took:?}");
    *slowest = took.max(*slowest);
    server
}

/// As if the ten seconds had passed for which a job belongs to a worker that gives no sign of life, and the ten minutes after which an upload that broke
/// off does not count any more. Whoever writes from outside may be kept waiting by what the server goes on with at once, and comes again.
fn let_time_pass(database: &Database) {
    let db = database.made_by_program();
    let began = Instant::now();
    loop {
        let written = db.write_now(|conn| {
            let held = jobs::table.filter(jobs::state.eq(2));
            diesel::update(held).set(jobs::locked_until.eq(0)).execute(conn)?;
            let broken_off = imports::table.filter(imports::state.eq(1));
            diesel::update(broken_off).set(imports::created_at.eq(0)).execute(conn)?;
            Ok(())
        });
        match written {
            Ok(()) => return,
            Err(Refusal::Unavailable(why)) => assert!(began.elapsed() < READY, "{why}"),
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// Why it fails is said where it happens, too, not only at the end of a long log that may be cut.
fn said_at_once() {
    let otherwise = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let _ = writeln!(std::io::stderr(), "{panic}");
        otherwise(panic);
    }));
}

#[test]
fn nothing_is_lost_however_often_it_is_killed() {
    said_at_once();
    let rounds = usize::try_from(number_from("MUSTER_TEST_KILLS", 50)).unwrap();
    let seed = number_from("MUSTER_TEST_SEED", u64::try_from(now()).unwrap());
    eprintln!("MUSTER_TEST_SEED={seed}");
    let mut dice = Dice(seed | 1);
    let database = Database::empty();
    assert!(muster(&database, &["demo", "--users", "400"], &[]).status.success());
    let server = Served::start(&database, &[]);
    let admin = server.first_administrator().browser;
    let line = Line { cookie: format!("muster={}", admin.cookie("muster").unwrap()), csrf: admin.csrf() };
    drop(admin);
    assert_eq!(server.end().status, Some(0));
    let mut members = members(&database);
    let mut ledger = Ledger { hands: hands(&database), ..Ledger::default() };
    let mut operator = Operator::new(line.clone());
    let (mut inside, mut slowest) = (0, Duration::ZERO);

    for round in 0..rounds {
        let told = format!("round {round} with MUSTER_TEST_SEED={seed}");
        let server = started(&database, &told, &mut slowest);
        compare(&database, &server, &mut ledger, &told, round % 10 == 9);
        let_time_pass(&database);
        let mut probe = Probe::of(&database);
        let pause = Duration::from_millis(100 + dice.below(500));
        let wanted = dice.below(4) > 0;
        let address = server.visitor().address();
        let per_editor = ledger.hands.len().div_ceil(EDITORS);
        let Ledger { hands, created, signed_in, cookies, crowds } = &mut ledger;
        let mut seen = Ledger { crowds: std::mem::take(crowds), ..Ledger::default() };
        std::thread::scope(|scope| {
            for hands in hands.chunks_mut(per_editor) {
                scope.spawn(|| load::edit(&line, address, hands, round));
            }
            let creator = scope.spawn(|| load::create(&line, address, round));
            let signer = scope.spawn(|| load::sign_in(address, &mut members));
            scope.spawn(|| while operator.step(address, &mut seen).is_some() {});
            std::thread::sleep(pause);
            let in_a_batch = probe.waits_for_a_batch(Duration::from_millis(if wanted { 3_000 } else { 8 }));
            server.kill();
            probe.waits_for_the_last();
            inside += usize::from(in_a_batch);
            created.extend(creator.join().unwrap());
            cookies.clear();
            for (id, cookie) in signer.join().unwrap() {
                *signed_in.entry(id).or_default() += 1;
                cookies.push(cookie);
            }
        });
        ledger.crowds = seen.crowds;
    }

    let told = format!("after all, with MUSTER_TEST_SEED={seed}");
    let server = started(&database, &told, &mut slowest);
    // Now the lock of a dead worker runs out by itself.
    let began = Instant::now();
    let address = server.visitor().address();
    while !operator.is_idle() || ledger.crowds.is_empty() || unfinished(&database).iter().any(|job| job.1 < 3) {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{told}: what was under way never ended: {operator:?}, {:?}",
            unfinished(&database)
        );
        if operator.is_idle() && !ledger.crowds.is_empty() {
            std::thread::sleep(Duration::from_millis(50));
        } else {
            assert!(operator.step(address, &mut ledger).is_some(), "{told}: it died by itself");
        }
    }
    compare(&database, &server, &mut ledger, &told, true);
    let open = unfinished(&database);
    assert!(open.is_empty(), "{told}: jobs that did not end well: {open:?}");
    assert_eq!(server.end().status, Some(0));
    assert!(muster(&database, &["audit", "verify"], &[]).status.success(), "{told}");
    let edits: i64 = ledger.hands.iter().map(|hand| hand.edits).sum();
    eprintln!(
        "{rounds} kills, {inside} of them inside a batch; ready after {slowest:?} at most; {edits} edits, {} people created, {} sign-ins, {} imports, {} deletions",
        ledger.created.len(),
        ledger.signed_in.values().sum::<i64>(),
        ledger.crowds.len(),
        ledger.crowds.values().filter(|deleted| **deleted).count()
    );
    assert!(inside * 2 >= rounds, "only {inside} of {rounds} kills hit a batch");
}

/// Jobs that have not ended well: what, how far, after how many attempts, why. Reading a file that the operator gave up meanwhile ends with a refusal,
/// as it should.
fn unfinished(database: &Database) -> Vec<(String, i16, i64, i64, String)> {
    let given_up = imports::table.filter(imports::state.eq(8)).select(imports::job_id);
    let open = jobs::table
        .filter(jobs::state.eq_any([1_i16, 2, 5]))
        .filter(jobs::state.ne(5_i16).or(jobs::id.ne_all(given_up)));
    let columns = (jobs::kind, jobs::state, jobs::attempts, jobs::done, jobs::problem);
    database.made_by_program().read_now(|conn| Ok(open.select(columns).load(conn)?)).unwrap()
}

/// Compares with what the clients were told; now and then everything else, too.
fn compare(database: &Database, server: &Served, ledger: &mut Ledger, told: &str, whole: bool) {
    let db = database.made_by_program();
    ledger.compare(&db, told);
    for cookie in &ledger.cookies {
        let line = Line { cookie: cookie.clone(), csrf: String::new() };
        let answer = line.get(server.visitor().address(), "/users").unwrap();
        assert_eq!(answer.status, 200, "{told}: an acknowledged sign-in is lost ({})", answer.location());
    }
    if whole {
        let keys = keys(database);
        db.with_writer(|conn| examine(conn, &keys, now())).unwrap_or_else(|fault| panic!("{told}: {fault}"));
    }
}

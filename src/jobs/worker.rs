//! The workers of one process: threads that take up what is due, woken by a bell and looking for themselves once a second.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use actix_web::web;
use data_encoding::HEXLOWER;

use super::running::{End, Running, Signals};
use super::{Job, Kind, State, housekeeping, lease, queue};
use crate::app::App;
use crate::clock::SECOND;
use crate::features::audit::actions::seal::Sealer;
use crate::features::mail::actions::Postman;
use crate::features::sign_in;
use crate::refusal::Refusal;

/// Long work never makes short work wait: while one imports a million rows, the other reads a small file.
const THREADS: usize = 2;
const LOOK_EVERY: Duration = Duration::from_secs(1);
const HEARTBEAT: Duration = Duration::from_secs(2);
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// How long a stop waits for a mail server that says nothing. The mail is taken for lost like after a kill: put back, or uncertain.
const LAST_MAIL: Duration = Duration::from_secs(10);
const SEAL_EVERY: Duration = Duration::from_secs(2);

/// Wakes the workers of this process.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Mutex<u64>,
    heard: Condvar,
}

impl Bell {
    pub fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.heard.notify_all();
    }

    /// How often it has rung so far.
    fn count(&self) -> u64 {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it has rung more often than `before`, or for so long.
    fn wait(&self, before: u64, longest: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.heard.wait_timeout_while(rung, longest, |count| *count == before));
    }
}

/// The threads that work on jobs.
pub struct Workers {
    app: web::Data<App>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    /// Waits for others' servers, and so is not waited for without end.
    post: Option<JoinHandle<()>>,
}

impl Workers {
    /// # Errors
    /// The system gives no more threads.
    pub fn start(app: web::Data<App>) -> Result<Workers, String> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut workers = Workers { app: app.clone(), stop: stop.clone(), threads: Vec::new(), post: None };
        let name = holder(&app);
        for number in 0..THREADS {
            let (app, stop, holder) = (app.clone(), stop.clone(), format!("{name}-{number}"));
            workers.threads.push(spawn("worker", move || work(&app, &stop, &holder))?);
        }
        let (of_sealer, of_post) =
            ((app.clone(), stop.clone(), name.clone()), (app.clone(), stop.clone(), name.clone()));
        workers.threads.push(spawn("sealer", move || seal(&of_sealer.0, &of_sealer.1, of_sealer.2))?);
        workers.post = Some(spawn("post", move || carry_mails(&of_post.0, &of_post.1, &of_post.2))?);
        workers.threads.push(spawn("schedule", move || keep_house(&app, &stop, &name))?);
        Ok(workers)
    }

    /// Lets every job end its batch, puts it back, and waits for that.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.app.bell.ring();
        for thread in self.threads {
            // A thread that panicked has been logged; there is nothing left to wait for.
            let _ = thread.join();
        }
        let began = Instant::now();
        while self.post.as_ref().is_some_and(|post| !post.is_finished()) {
            if began.elapsed() > LAST_MAIL {
                tracing::warn!("stopped while a mail server said nothing");
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, String> {
    let thread = thread::Builder::new().name(name.into()).spawn(work);
    thread.map_err(|error| format!("cannot start a worker thread: {error}"))
}

/// A name that no other process has.
fn holder(app: &App) -> String {
    let mut bytes = [0_u8; 8];
    app.random.fill(&mut bytes);
    HEXLOWER.encode(&bytes)
}

fn work(app: &web::Data<App>, stop: &Arc<AtomicBool>, holder: &str) {
    while !stop.load(Ordering::Relaxed) {
        let before = app.bell.count();
        match next(app, holder) {
            Ok(Some(job)) => run(app, job, holder, stop.clone()),
            Ok(None) => app.bell.wait(before, LOOK_EVERY),
            Err(refusal) => {
                tracing::warn!(?refusal, "cannot look for jobs");
                app.bell.wait(before, LOOK_EVERY);
            }
        }
    }
}

fn next(app: &App, holder: &str) -> Result<Option<Job>, Refusal> {
    let now = app.clock.now();
    let Some(id) = app.db.read_now(|conn| queue::due(conn, now))? else { return Ok(None) };
    take_up(app, id, holder)
}

fn take_up(app: &App, id: i64, holder: &str) -> Result<Option<Job>, Refusal> {
    let (holder, now) = (holder.to_owned(), app.clock.now());
    app.db.write_now(move |conn| queue::claim(conn, id, &holder, now))
}

/// Runs one job on this thread, if it is to be had: for a command line without a server.
///
/// # Errors
/// The database cannot be used.
pub fn run_alone(app: &web::Data<App>, id: i64) -> Result<(), Refusal> {
    let holder = holder(app);
    if let Some(job) = take_up(app, id, &holder)? {
        run(app, job, &holder, Arc::new(AtomicBool::new(false)));
    }
    Ok(())
}

fn run(app: &web::Data<App>, job: Job, holder: &str, stop: Arc<AtomicBool>) {
    let signals = Arc::new(Signals { cancel: AtomicBool::new(job.cancel), stop });
    let running = Running {
        app: app.clone(),
        holder: holder.to_owned(),
        signals: signals.clone(),
        noted: AtomicI64::new(0),
        job,
    };
    let (id, attempts) = (running.job.id, running.job.attempts);
    let outcome = thread::scope(|scope| {
        let (ended, ends) = mpsc::channel::<()>();
        scope.spawn(move || heartbeat(app, id, holder, &signals, &ends));
        let outcome = match Kind::from_word(&running.job.kind) {
            Some(kind) => catch_unwind(AssertUnwindSafe(|| kind.run(&running)))
                .unwrap_or_else(|_| Err(Refusal::Broken("a job panicked".into()))),
            None => Err(Refusal::Broken(format!("no such kind of job: {}", running.job.kind))),
        };
        drop(ended);
        outcome
    });
    let (holder, now) = (holder.to_owned(), app.clock.now());
    let noted = match outcome {
        Ok(End::Done) => app.db.write_now(move |conn| queue::end(conn, id, &holder, State::Done, "", now)),
        Ok(End::Cancelled) => app.db.write_now(move |conn| queue::end(conn, id, &holder, State::Cancelled, "", now)),
        Ok(End::Paused) => app.db.write_now(move |conn| queue::put_back(conn, id, &holder, now, false)),
        Err(Refusal::Unavailable(why)) => {
            tracing::warn!(job = id, why, "a job waits");
            app.db.write_now(move |conn| queue::put_back(conn, id, &holder, now + 2 * SECOND, false))
        }
        Err(refusal @ Refusal::Broken(_)) if attempts < 3 => {
            tracing::error!(job = id, ?refusal, "a job failed and is tried again");
            app.db.write_now(move |conn| queue::put_back(conn, id, &holder, now + attempts * 5 * SECOND, true))
        }
        Err(refusal) => {
            tracing::error!(job = id, ?refusal, "a job failed");
            let why = refusal.to_string();
            app.db.write_now(move |conn| queue::end(conn, id, &holder, State::Failed, &why, now))
        }
    };
    if let Err(refusal) = noted {
        // It stays held until its lock ends, and is taken up again then.
        tracing::warn!(job = id, ?refusal, "cannot note how a job ended");
    }
}

/// Keeps a job for its worker and listens whether it is to be cancelled, until the other end of `ends` is dropped.
fn heartbeat(app: &App, id: i64, holder: &str, signals: &Signals, ends: &mpsc::Receiver<()>) {
    while let Err(mpsc::RecvTimeoutError::Timeout) = ends.recv_timeout(HEARTBEAT) {
        let (holder, now) = (holder.to_owned(), app.clock.now());
        match app.db.write_now(move |conn| queue::keep(conn, id, &holder, now)) {
            Ok(Some(false)) => {}
            Ok(Some(true)) => signals.cancel.store(true, Ordering::Relaxed),
            Ok(None) => return,
            Err(refusal) => tracing::warn!(job = id, ?refusal, "no heartbeat"),
        }
    }
}

/// Seals the audit every two seconds, and a last time at the end. A thread of its own, so that nothing that house-keeping does leaves rows unsealed.
fn seal(app: &App, stop: &AtomicBool, holder: String) {
    let mut sealer = Sealer::new(holder);
    loop {
        let last = stop.load(Ordering::Relaxed);
        if let Err(refusal) = sealer.seal(app) {
            tracing::warn!(?refusal, "cannot seal the audit");
        }
        if last {
            return;
        }
        let began = Instant::now();
        while began.elapsed() < SEAL_EVERY && !stop.load(Ordering::Relaxed) {
            app.bell.wait(app.bell.count(), LOOK_EVERY);
        }
    }
}

/// Hands mails over. A thread of its own, since a server may be slow to answer; told to stop, it ends the mail that it is at.
fn carry_mails(app: &web::Data<App>, stop: &AtomicBool, holder: &str) {
    let mut postman = Postman::new(app, holder);
    while !stop.load(Ordering::Relaxed) {
        let before = app.bell.count();
        let asked = sign_in::actions::answer_requests(app);
        match asked.and_then(|more| Ok(postman.deliver(app)? || more)) {
            Ok(true) => {}
            Ok(false) => app.bell.wait(before, LOOK_EVERY),
            Err(refusal) => {
                tracing::warn!(?refusal, "cannot look for mails");
                app.bell.wait(before, LOOK_EVERY);
            }
        }
    }
}

/// Holds the lease of the workers, and keeps house while it is ours.
fn keep_house(app: &App, stop: &AtomicBool, holder: &str) {
    let mut house = housekeeping::House::default();
    while !stop.load(Ordering::Relaxed) {
        let (name, now) = (holder.to_owned(), app.clock.now());
        match app.db.write_now(move |conn| lease::take(conn, lease::JOBS, &name, now)) {
            Ok(true) => house.keep(app),
            Ok(false) => {}
            Err(refusal) => tracing::warn!(?refusal, "cannot renew the lease of the workers"),
        }
        let began = Instant::now();
        while began.elapsed() < RENEW_EVERY && !stop.load(Ordering::Relaxed) {
            app.bell.wait(app.bell.count(), LOOK_EVERY);
        }
    }
    let name = holder.to_owned();
    let _ = app.db.write_now(move |conn| lease::give_up(conn, lease::JOBS, &name));
}

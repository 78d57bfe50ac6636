//! The workers of a site under test. A site has none until a test says so.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use muster::features::mail::actions::Postman;
use muster::jobs::{self, Workers, queue};

use super::Site;

/// The workers of a site, until this is dropped: they end the batch they are at and put their jobs back.
pub struct Working(Option<Workers>);

impl Drop for Working {
    fn drop(&mut self) {
        if let Some(workers) = self.0.take() {
            workers.stop();
        }
    }
}

impl Site {
    /// Lets workers run beside the server.
    #[must_use]
    pub fn work(&self) -> Working {
        Working(Some(Workers::start(self.app.clone()).unwrap()))
    }

    /// Does all that is due, on this thread.
    pub fn run_jobs(&self) {
        let now = self.now();
        while let Some(id) = self.read(|conn| queue::due(conn, now)) {
            jobs::run_alone(&self.app, id).unwrap();
        }
    }

    /// Sends all mails that are due, on this thread. Says how many.
    pub fn post(&self) -> usize {
        let mut postman = Postman::new(&self.app, &format!("site-{}", self.fresh_number()));
        let mut sent = 0;
        while postman.deliver(&self.app).unwrap() {
            sent += 1;
        }
        sent
    }

    /// Lets time go by.
    pub fn wait(&self, milliseconds: i64) {
        self.app.clock.advance(milliseconds);
    }

    /// Sets the clock, which otherwise stands still, to the one that other processes go by.
    pub fn set_clock_by_the_system(&self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        self.wait(i64::try_from(now).unwrap() - self.now());
    }

    /// Looks again and again until something is so.
    #[track_caller]
    pub fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        for _ in 0..6_000 {
            if is_so() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it never came to this: {what}");
    }
}

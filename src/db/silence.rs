//! Whether PostgreSQL still answers: asked only when something takes long, so that nobody waits for a database that has stopped, and a slow query is
//! not taken for one.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::postgres;

/// What takes longer than this makes us ask. Together with [`ANSWER`] below the two seconds in which a request is answered.
const LONG: Duration = Duration::from_millis(600);
/// A database that lives answers within this.
const ANSWER: Duration = Duration::from_millis(1_000);

type Asked = oneshot::Sender<()>;

/// Asks on a connection of its own, which is opened when it is needed first.
pub struct Listener {
    url: String,
    questions: Mutex<Option<mpsc::Sender<Asked>>>,
}

impl Listener {
    pub fn new(url: &str) -> Listener {
        Listener { url: url.to_owned(), questions: Mutex::new(None) }
    }

    /// What `work` gives, or None when the database has fallen silent over it; `work` may still come to its end then.
    pub async fn unless_silent<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            if let Ok(done) = timeout(LONG, &mut work).await {
                return Some(done);
            }
            let heard = timeout(ANSWER, self.ask());
            tokio::select! {
                done = &mut work => return Some(done),
                heard = heard => if !matches!(heard, Ok(Ok(()))) {
                    return None;
                },
            }
        }
    }

    fn ask(&self) -> oneshot::Receiver<()> {
        let (asked, answer) = oneshot::channel();
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = questions.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel();
            let url = self.url.clone();
            // Without a thread nobody answers, which is taken for silence.
            let _ = thread::Builder::new().name("listener".into()).spawn(move || listen(&url, &receiver));
            sender
        });
        let _ = sender.send(asked);
        answer
    }
}

/// Answers those who wait each time the database has answered; drops their questions when it says that it cannot.
fn listen(url: &str, questions: &mpsc::Receiver<Asked>) {
    let mut conn = None;
    while let Ok(first) = questions.recv() {
        if conn.is_none() {
            conn = postgres::open(url).ok();
        }
        let heard = conn.as_mut().is_some_and(|conn| conn.batch_execute("SELECT 1").is_ok());
        if !heard {
            conn = None;
        }
        for asked in std::iter::once(first).chain(questions.try_iter()) {
            if heard {
                let _ = asked.send(());
            }
        }
    }
}

/// Whether a write may still be committed, or its caller was told already that it was not done.
#[derive(Debug, Default)]
pub struct Turn(AtomicU8);

const OPEN: u8 = 0;
const COMMITTING: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Turn {
    /// Just before the commit. False: it must be rolled back.
    pub fn may_commit(&self) -> bool {
        self.0.compare_exchange(OPEN, COMMITTING, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// The caller waits no longer. False: the commit is on its way, and nobody knows how it ends.
    pub fn give_up(&self) -> bool {
        self.0.compare_exchange(OPEN, GIVEN_UP, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

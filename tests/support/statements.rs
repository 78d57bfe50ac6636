//! How many statements a site has sent to its database.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use muster::db::Target;

use super::Site;

/// By the address of the database, of which every site has its own.
static COUNTS: Mutex<BTreeMap<String, Arc<AtomicUsize>>> = Mutex::new(BTreeMap::new());

fn count_of(address: &str) -> Arc<AtomicUsize> {
    COUNTS.lock().unwrap().entry(address.to_owned()).or_default().clone()
}

/// Counts on every connection that is opened from now on.
pub fn count_statements() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_default_instrumentation(|| Some(Box::new(Counter::default()))).unwrap());
}

#[derive(Default)]
struct Counter(Option<Arc<AtomicUsize>>);

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.0 = Some(count_of(url)),
            InstrumentationEvent::StartQuery { .. } => {
                if let Some(count) = &self.0 {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }
            _ => {}
        }
    }
}

impl Site {
    /// The statements that `work` makes this site send.
    pub fn statements_of(&self, work: impl FnOnce()) -> usize {
        let address = match &self.database.target {
            Target::Sqlite(path) => path.to_str().unwrap().to_owned(),
            Target::Postgres(url) => muster::db::postgres::with_limits(url),
        };
        let count = count_of(&address);
        let before = count.load(Ordering::SeqCst);
        work();
        count.load(Ordering::SeqCst) - before
    }
}

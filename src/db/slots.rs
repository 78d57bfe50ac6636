//! Who may have a connection of the pool: requests wait for it here, where that takes no thread; and of those that write, which may wait for each other's
//! rows, there are never so many that nobody could read.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::pool::PATIENCE;
use crate::refusal::{CANNOT_REACH, Refusal};

/// A write that waits for a row is refused after another 1.5 seconds, and everybody is answered within two.
const WRITERS_PATIENCE: Duration = Duration::from_millis(400);
/// Connections that are left to those who read.
const ALWAYS_FOR_READERS: usize = 2;

pub struct Slots {
    all: Arc<Semaphore>,
    writers: Arc<Semaphore>,
}

/// Leave to take a connection, until it is dropped.
pub struct Slot(#[expect(dead_code, reason = "held")] (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>));

impl Slots {
    pub fn of(connections: usize) -> Slots {
        let writers = connections.saturating_sub(ALWAYS_FOR_READERS).max(1);
        Slots { all: Arc::new(Semaphore::new(connections)), writers: Arc::new(Semaphore::new(writers)) }
    }

    /// # Errors
    /// None became free in time.
    pub async fn to_read(&self) -> Result<Slot, Refusal> {
        if let Ok(permit) = self.all.clone().try_acquire_owned() {
            // Most find one free, and need no clock.
            return Ok(Slot((permit, None)));
        }
        within(PATIENCE, async { Ok(Slot((self.all.clone().acquire_owned().await?, None))) }).await
    }

    /// # Errors
    /// None became free in time.
    pub async fn to_write(&self) -> Result<Slot, Refusal> {
        let both = async {
            let writer = self.writers.clone().acquire_owned().await?;
            Ok(Slot((self.all.clone().acquire_owned().await?, Some(writer))))
        };
        within(WRITERS_PATIENCE, both).await
    }
}

async fn within(patience: Duration, slot: impl Future<Output = Result<Slot, AcquireError>>) -> Result<Slot, Refusal> {
    match timeout(patience, slot).await {
        Ok(Ok(slot)) => Ok(slot),
        _ => Err(Refusal::Unavailable(CANNOT_REACH.into())),
    }
}

//! The settings that every request needs, kept at hand so that no page asks the database for them: written through by this instance, and looked at
//! every few seconds where others share the database.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::model::{Branding, Logo, MailSettings, SessionSettings};
use super::queries;
use crate::clock::SECOND;
use crate::db::Conn;
use crate::refusal::Refusal;

/// How often another instance's changes are looked for, in milliseconds.
const LOOK_EVERY: i64 = 3 * SECOND;

/// What is at hand.
#[derive(Debug, Clone, Default)]
pub struct Current {
    /// Counts up with every change.
    pub version: i64,
    pub sessions: SessionSettings,
    pub mail: MailSettings,
    pub branding: Branding,
    pub logo: Option<Logo>,
    /// The style sheet of the accent, if there is one.
    pub style: Option<String>,
}

impl Current {
    fn read(conn: &mut Conn) -> Result<Current, Refusal> {
        let branding: Branding = queries::read(conn)?;
        Ok(Current {
            version: queries::version(conn)?,
            sessions: queries::read(conn)?,
            mail: queries::read(conn)?,
            logo: queries::read(conn)?,
            style: branding.accent.map(|accent| accent.style()),
            branding,
        })
    }

    /// Where what a browser keeps of the look lies: another place for every change.
    pub fn look(&self) -> String {
        format!("/branding/{}", self.version)
    }
}

/// Holds it.
#[derive(Debug, Default)]
pub struct Holder {
    current: RwLock<Arc<Current>>,
    /// Unix milliseconds.
    looked_at: AtomicI64,
}

impl Holder {
    pub fn get(&self) -> Arc<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads it anew if it has changed.
    ///
    /// # Errors
    /// The database's.
    pub fn refresh(&self, conn: &mut Conn) -> Result<(), Refusal> {
        let known = self.get().version;
        if known != 0 && queries::version(conn)? == known {
            return Ok(());
        }
        let read = Arc::new(Current::read(conn)?);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Of two who read at the same time, the later state stays.
        if read.version >= current.version {
            *current = read;
        }
        Ok(())
    }

    /// Whether it is time to look whether another instance has changed it; true once for each time.
    pub fn is_due(&self, now: i64) -> bool {
        let last = self.looked_at.load(Ordering::Relaxed);
        now - last >= LOOK_EVERY
            && self.looked_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

//! Where randomness comes from: a parameter like the clock, so that a test can foresee every secret
//! and nothing else can.

/// A source of bytes that nobody else can foresee.
pub trait Random: Send + Sync {
    /// Fills the whole of `buf`.
    fn fill(&self, buf: &mut [u8]);
}

/// The operating system's generator (`getrandom(2)` on Linux).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buf: &mut [u8]) {
        if getrandom::fill(buf).is_err() {
            // Going on would hand out secrets that can be guessed, and no caller could do better
            // than stop: so this is the one place where the process ends at once.
            eprintln!("muster: the operating system gives no random bytes; stopping");
            std::process::abort();
        }
    }
}

/// Foreseeable bytes for unit tests: each call goes on where the last one ended.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct CountingRandom(std::sync::atomic::AtomicU64);

#[cfg(test)]
impl Random for CountingRandom {
    fn fill(&self, buf: &mut [u8]) {
        use sha2::{Digest, Sha256};
        for chunk in buf.chunks_mut(32) {
            let turn = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            chunk.copy_from_slice(&Sha256::digest(turn.to_be_bytes())[..chunk.len()]);
        }
    }
}

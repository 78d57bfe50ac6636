//! Hashing passwords: Argon2id, behind a gate.
//!
//! One hash takes about 13 ms of a core and 19 MiB. Left to itself, a flood of sign-ins would take every core and
//! gigabytes of memory from everyone else. So hashes run one core short of all at a time, on blocking threads that do no
//! database work; a few wait their turn, and whoever comes after them is told to come back (`Busy`: 503 with Retry-After).
//! The memory is reused from hash to hash: allocated anew each time, it would stay with the allocator for good.
//!
//! A hash is stored as a PHC string. The caller seals it (`KeyRing::seal`, bound to the user's row), so a stolen
//! database gives nobody anything to run guesses against, and one person's hash copied into another's row does not open.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::password::Password;
use super::random::Random;

const SALT: usize = 16;
const OUTPUT: usize = 32;
/// How many may wait for their turn.
const QUEUE: usize = 32;
/// A stored hash that asks for more memory than this was not made by us.
const LARGEST_MEMORY_KIB: u32 = 256 * 1024;
/// Likewise for passes.
const MOST_PASSES: u32 = 16;

/// How expensive one hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// What the product promises: 19456 KiB, two passes, one lane (OWASP's first choice for Argon2id).
    pub const PRODUCTION: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };

    /// Next to nothing, so that tests need not wait. Never for real passwords.
    pub const fn for_tests() -> Self {
        Self { memory_kib: 64, passes: 1, lanes: 1 }
    }

    fn params(self) -> Result<Params, HashError> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(OUTPUT)).map_err(|_| HashError::Failed)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many are waiting already; worth another try after `HashingGate::RETRY_AFTER_S`.
    #[error("too many passwords are being checked at the moment")]
    Busy,
    #[error("password hashing failed")]
    Failed,
}

/// The one way to hash and verify passwords. Make one per process and share it.
pub struct HashingGate {
    cost: Cost,
    random: Arc<dyn Random>,
    /// Everyone inside, running or waiting.
    places: Arc<Semaphore>,
    /// Those running.
    slots: Arc<Semaphore>,
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    /// A hash that no password has.
    nobody: Stored,
    begun: AtomicU64,
}

impl HashingGate {
    /// Seconds after which a caller that was turned away may come back.
    pub const RETRY_AFTER_S: u32 = 2;

    /// A gate for this machine: as many hashes at a time as it has cores, less one, and at least one.
    pub fn new(cost: Cost, random: Arc<dyn Random>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::with_slots(cost, random, (cores - 1).max(1))
    }

    fn with_slots(cost: Cost, random: Arc<dyn Random>, slots: usize) -> Self {
        let mut nobody = Stored { cost, salt: vec![0; SALT], output: vec![0; OUTPUT] };
        random.fill(&mut nobody.salt);
        random.fill(&mut nobody.output);
        Self {
            cost,
            random,
            places: Arc::new(Semaphore::new(slots + QUEUE)),
            slots: Arc::new(Semaphore::new(slots)),
            memory: Arc::default(),
            nobody,
            begun: AtomicU64::new(0),
        }
    }

    /// Hashes a new password; the answer is a PHC string, to be sealed before it is stored.
    ///
    /// # Errors
    /// `Busy`, or `Failed` (out of memory).
    pub async fn hash(&self, password: &Password) -> Result<Zeroizing<String>, HashError> {
        let mut salt = vec![0; SALT];
        self.random.fill(&mut salt);
        let output = self.run(password, self.cost, salt.clone()).await?;
        phc(self.cost, &salt, &output)
    }

    /// Whether `password` is the one behind `stored` (a PHC string). Give `None` for someone who does not exist or has no
    /// password: that takes as long, and is never right.
    ///
    /// # Errors
    /// `Busy`, or `Failed` (out of memory).
    pub async fn verify(&self, password: &Password, stored: Option<&str>) -> Result<bool, HashError> {
        // A stored hash that can't be read is treated like a missing one: wrong, and as slow.
        let known = stored.and_then(Stored::parse);
        let against = known.as_ref().unwrap_or(&self.nobody);
        let output = self.run(password, against.cost, against.salt.clone()).await?;
        Ok(bool::from(output.ct_eq(&against.output)) & known.is_some())
    }

    /// Whether a stored hash was made at another cost than today's and is better replaced while the password is at hand.
    pub fn needs_rehash(&self, stored: &str) -> bool {
        Stored::parse(stored).is_none_or(|s| s.cost != self.cost || s.salt.len() != SALT || s.output.len() != OUTPUT)
    }

    /// How many hashes were begun so far. Whoever an attempt is about, it costs exactly one.
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    async fn run(&self, password: &Password, cost: Cost, salt: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, HashError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| HashError::Busy)?;
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| HashError::Failed)?;
        let memory = Arc::clone(&self.memory);
        let password = password.clone();
        self.begun.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || {
            let output = hash_with(&memory, &password, cost, &salt);
            // Held until here, whether or not the client still waits: a cancelled request goes on hashing.
            drop((slot, place));
            output
        })
        .await
        .map_err(|_| HashError::Failed)?
    }
}

fn hash_with(
    memory: &Mutex<Vec<Vec<Block>>>,
    password: &Password,
    cost: Cost,
    salt: &[u8],
) -> Result<Zeroizing<Vec<u8>>, HashError> {
    let params = cost.params()?;
    // There are never more buffers than slots: a buffer is made only when every other one is in use.
    let mut blocks = memory.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
    let needed = params.block_count();
    let own_size = blocks.len();
    if own_size < needed {
        blocks.try_reserve_exact(needed - own_size).map_err(|_| HashError::Failed)?;
        blocks.resize(needed, Block::new());
    }
    let mut output = Zeroizing::new(vec![0; OUTPUT]);
    let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        password.as_bytes(),
        salt,
        &mut output,
        &mut blocks,
    );
    memory.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
    done.map(|()| output).map_err(|_| HashError::Failed)
}

/// The parts of a PHC string that we write: Argon2id, version 19, no key id, no associated data.
struct Stored {
    cost: Cost,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    fn parse(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        if hash.algorithm != Algorithm::Argon2id.ident() || hash.version != Some(Version::V0x13.into()) {
            return None;
        }
        let params = Params::try_from(&hash.params).ok()?;
        let cost = Cost { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        let ours = cost.memory_kib <= LARGEST_MEMORY_KIB
            && cost.passes <= MOST_PASSES
            && params.keyid().is_empty()
            && params.data().is_empty();
        let (salt, output) = (hash.salt?, hash.hash?);
        (ours && output.len() == OUTPUT).then(|| Self { cost, salt: salt.to_vec(), output: output.as_bytes().to_vec() })
    }
}

fn phc(cost: Cost, salt: &[u8], output: &[u8]) -> Result<Zeroizing<String>, HashError> {
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&cost.params()?).map_err(|_| HashError::Failed)?,
        salt: Some(Salt::new(salt).map_err(|_| HashError::Failed)?),
        hash: Some(Output::new(output).map_err(|_| HashError::Failed)?),
    };
    Ok(Zeroizing::new(hash.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::future::Future;
    use std::time::Instant;

    use super::*;
    use crate::access::random::SystemRandom;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn gate(cost: Cost, slots: usize) -> HashingGate {
        HashingGate::with_slots(cost, Arc::new(SystemRandom), slots)
    }

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    #[test]
    fn the_promised_cost() {
        let stored = run(gate(Cost::PRODUCTION, 1).hash(&password("x"))).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", *stored);
    }

    #[test]
    fn only_the_right_password_is_right() {
        let gate = gate(Cost::for_tests(), 1);
        run(async {
            let stored = gate.hash(&password("lantern gravel Amélie")).await.unwrap();
            assert_ne!(gate.hash(&password("lantern gravel Amélie")).await.unwrap(), stored);
            assert!(gate.verify(&password("lantern gravel Ame\u{301}lie"), Some(&stored)).await.unwrap());
            for wrong in ["", "lantern gravel Amelie", "lantern gravel Amélie ", "LANTERN GRAVEL AMÉLIE"] {
                assert!(!gate.verify(&password(wrong), Some(&stored)).await.unwrap(), "{wrong:?}");
            }
            assert!(!gate.verify(&password("lantern gravel Amélie"), None).await.unwrap());
        });
    }

    #[test]
    fn agrees_with_the_crates_own_verifier() {
        use argon2::PasswordVerifier;
        let stored = run(gate(Cost::for_tests(), 1).hash(&password("abc"))).unwrap();
        assert!(Argon2::default().verify_password(b"abc", stored.as_str()).is_ok());
        assert!(Argon2::default().verify_password(b"abd", stored.as_str()).is_err());
    }

    #[test]
    fn an_unreadable_or_foreign_hash_is_wrong_and_not_an_error() {
        let gate = gate(Cost::for_tests(), 1);
        let stored = run(gate.hash(&password("abc"))).unwrap();
        for odd in [
            String::new(),
            "abc".to_owned(),
            stored[..stored.len() - 4].to_owned(),
            stored.replace("argon2id", "argon2i"),
            stored.replace("v=19", "v=16"),
            stored.replace("m=64", "m=4294967295"),
            stored.replace("m=64", "m=1"),
            stored.replace("t=1", "t=4294967295"),
            format!("{}$x", *stored),
        ] {
            assert!(!run(gate.verify(&password("abc"), Some(&odd))).unwrap(), "{odd}");
            assert!(gate.needs_rehash(&odd), "{odd}");
        }
    }

    #[test]
    fn an_older_cost_still_verifies_and_is_replaced() {
        let old = gate(Cost { memory_kib: 128, passes: 2, lanes: 1 }, 1);
        let new = gate(Cost::for_tests(), 1);
        let stored = run(old.hash(&password("abc"))).unwrap();
        assert!(run(new.verify(&password("abc"), Some(&stored))).unwrap());
        assert!(new.needs_rehash(&stored));
        assert!(!old.needs_rehash(&stored));
        assert!(gate(Cost::PRODUCTION, 1).needs_rehash(&stored));
    }

    #[test]
    fn a_flood_is_turned_away_and_the_gate_recovers() {
        let gate = Arc::new(gate(Cost { memory_kib: 4096, passes: 2, lanes: 1 }, 1));
        run(async {
            let all: Vec<_> = (0..100)
                .map(|_| {
                    let gate = Arc::clone(&gate);
                    tokio::spawn(async move { gate.verify(&password("abc"), None).await })
                })
                .collect();
            let mut busy = 0;
            for one in all {
                match one.await.unwrap() {
                    Ok(right) => assert!(!right),
                    Err(error) => {
                        assert_eq!(error, HashError::Busy);
                        busy += 1;
                    }
                }
            }
            assert!((1..=100 - QUEUE - 1).contains(&busy), "{busy}");
            assert!(gate.verify(&password("abc"), None).await.is_ok());
            assert_eq!(gate.memory.lock().unwrap().len(), 1);
        });
    }

    #[test]
    fn a_client_that_leaves_frees_its_place() {
        let gate = Arc::new(gate(Cost { memory_kib: 4096, passes: 2, lanes: 1 }, 1));
        run(async {
            for _ in 0..200 {
                let inside = Arc::clone(&gate);
                let leaving = tokio::spawn(async move { inside.verify(&password("abc"), None).await });
                tokio::task::yield_now().await;
                leaving.abort();
            }
            while gate.verify(&password("abc"), None).await == Err(HashError::Busy) {
                tokio::task::yield_now().await;
            }
            assert_eq!(gate.memory.lock().unwrap().len(), 1);
        });
    }

    #[test]
    fn nobody_costs_the_same() {
        let gate = gate(Cost::PRODUCTION, 1);
        run(async {
            let stored = gate.hash(&password("abc")).await.unwrap();
            let mut least = [u128::MAX; 2];
            let ratio = |least: [u128; 2]| least[0] as f64 / least[1] as f64;
            // The least of several rounds; more of them where other work disturbs.
            for round in 0..60 {
                for (i, against) in [Some(stored.as_str()), None].into_iter().enumerate() {
                    let started = Instant::now();
                    gate.verify(&password("abd"), against).await.unwrap();
                    least[i] = least[i].min(started.elapsed().as_micros());
                }
                if round >= 7 && (0.5..2.0).contains(&ratio(least)) {
                    break;
                }
            }
            let ratio = ratio(least);
            assert!((0.5..2.0).contains(&ratio), "{least:?}");
        });
    }
}

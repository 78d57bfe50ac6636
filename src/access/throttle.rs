//! How often a secret may be tried: growing delays, and in the end a shut lane. Pure arithmetic; the counters are rows.
//!
//! Every path that tests a secret (sign-in, code, recovery code, step-up, change of password, links, later the API) uses
//! the same counters in the same way:
//!
//! 1. *Count first.* In one write transaction: read the counter, ask `admit`, store what it returns. The attempt is taken for
//!    a failure before it is tested, so fifty requests at the same moment can't all pass on the same count.
//! 2. Test the secret.
//! 3. *Settle.* All factors passed: `after_success`. This one was right but another is due (password right, code not yet
//!    asked for), or it was never tested (hashing was busy): `taken_back`. A knower of the password thus gets no more tries
//!    at the code by repeating the password. Wrong: nothing to do, it is counted already.
//!
//! # Lanes
//! - `Account`: one counter for each account, for everyone who is not in the next lane. An address nobody has gets a
//!   counter too, or else the delays would tell who exists.
//! - `KnownBrowser`: one counter for each browser in which the real user has fully signed in (a cookie of 256 bits tells). It
//!   is asked instead of `Account` and `Address`, so strangers who keep guessing never lock out the user. After `SHUT_BROWSER`
//!   failures in a row the browser is known no longer and falls back to the account's lane.
//! - `Address`: one counter for each client address (/64 for IPv6), asked besides `Account`, against one password being tried
//!   on many accounts. Offices share an address, so it begins late, forgets one failure every 30 seconds and never shuts; a
//!   success is not a reason to forget (an attacker may have an account of their own).
//!
//! # Numbers
//! In `Account` and `KnownBrowser` the first four failures cost nothing. The fifth costs 1 s, and each one after it twice as
//! much, up to one hour from the seventeenth on:
//!
//! | failures in a row | 5 | 6 | 7 | 8 | 9 | 10 | 12 | 14 | 16 | 17 and more | 100 |
//! |---|---|---|---|---|---|---|---|---|---|---|---|
//! | wait afterwards | 1 s | 2 s | 4 s | 8 s | 16 s | 32 s | 2 min | 9 min | 34 min | 1 h | shut |
//!
//! So a stranger gets 39 guesses at an account in the first 24 hours, 24 in each day after that, and after four days and 100 guesses
//! none at all. Nothing is forgotten by waiting. A shut lane opens when the user opens it: by a recovery link, an administrator's
//! reset (both `Counter::default()`), or by signing in from a known browser, which gives strangers ten more guesses and
//! not a hundred (`after_success_elsewhere`). Of codes with six digits, two of which are right at a time, 100 guesses find one
//! with a chance of 1 in 5,000; and to guess codes one must know the password.
//!
//! An address gets 30 failures at once and then, with delays of up to 15 minutes, about 2,900 a day over all accounts.

use std::net::{IpAddr, Ipv6Addr};

/// Failures in a row after which the lane of an account is shut.
pub const SHUT_ACCOUNT: u32 = 100;
/// Failures in a row after which a browser is known no longer.
pub const SHUT_BROWSER: u32 = 20;
/// What a success from a known browser leaves of a shut account lane.
const GUESSES_AFTER_REOPENING: u32 = 10;
const FREE: u32 = 4;
const FREE_FOR_ADDRESS: u32 = 30;
const FIRST_DELAY_MS: i64 = 1_000;
const LONGEST_DELAY_MS: i64 = 3_600_000;
const LONGEST_DELAY_FOR_ADDRESS_MS: i64 = 900_000;
const ADDRESS_FORGETS_ONE_IN_MS: i64 = 30_000;

/// Which rule a counter follows; see above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    Account,
    KnownBrowser,
    Address,
}

/// What is kept for one account, browser or address. Times are unix milliseconds. The default is a clean slate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counter {
    pub failures: u32,
    pub last_failure_at: i64,
    pub blocked_until: i64,
}

/// Whether a secret may be tested now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Go,
    /// Not before this time, in unix milliseconds.
    Wait {
        until_ms: i64,
    },
    /// Not by waiting.
    Shut,
}

impl Verdict {
    /// Seconds for `Retry-After`, rounded up, at least 1; `None` unless waiting helps.
    pub fn retry_after_s(self, now_ms: i64) -> Option<i64> {
        match self {
            Self::Wait { until_ms } => Some((until_ms.saturating_sub(now_ms).saturating_add(999) / 1000).max(1)),
            Self::Go | Self::Shut => None,
        }
    }

    /// The stricter of two, for an attempt that passes two lanes.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Shut, _) | (_, Self::Shut) => Self::Shut,
            (Self::Wait { until_ms: a }, Self::Wait { until_ms: b }) => Self::Wait { until_ms: a.max(b) },
            (wait @ Self::Wait { .. }, Self::Go) | (Self::Go, wait) => wait,
        }
    }
}

impl Lane {
    /// Whether a counter lets another attempt through at `now_ms`.
    pub fn verdict(self, counter: &Counter, now_ms: i64) -> Verdict {
        if self.shut_at().is_some_and(|limit| counter.failures >= limit) {
            return Verdict::Shut;
        }
        // A clock that was wrong for a while must not block for longer than any delay lasts.
        let until_ms = counter.blocked_until.min(now_ms.saturating_add(self.longest_delay_ms()));
        if until_ms > now_ms { Verdict::Wait { until_ms } } else { Verdict::Go }
    }

    /// The counter to store before an attempt is tested, which takes it for a failure.
    ///
    /// # Errors
    /// The verdict, if the attempt must not be tested; the counter stays as it is.
    pub fn admit(self, counter: &Counter, now_ms: i64) -> Result<Counter, Verdict> {
        match self.verdict(counter, now_ms) {
            Verdict::Go => Ok(self.after_failure(counter, now_ms)),
            refused => Err(refused),
        }
    }

    /// The counter with one more failure.
    pub fn after_failure(self, counter: &Counter, now_ms: i64) -> Counter {
        let failures = self.remembered(counter, now_ms).saturating_add(1);
        let blocked_until = now_ms.saturating_add(self.delay_ms(failures));
        Counter { failures, last_failure_at: now_ms, blocked_until }
    }

    /// The counter once an admitted attempt turned out not to be a failure, though not a full success either. Its own wait is
    /// over, since it was admitted.
    pub fn taken_back(self, counter: &Counter) -> Counter {
        Counter {
            failures: counter.failures.saturating_sub(1),
            last_failure_at: counter.last_failure_at,
            blocked_until: counter.last_failure_at.min(counter.blocked_until),
        }
    }

    /// The counter after a sign-in with every factor through this lane.
    pub fn after_success(self, counter: &Counter) -> Counter {
        match self {
            Self::Account | Self::KnownBrowser => Counter::default(),
            Self::Address => self.taken_back(counter),
        }
    }

    fn shut_at(self) -> Option<u32> {
        match self {
            Self::Account => Some(SHUT_ACCOUNT),
            Self::KnownBrowser => Some(SHUT_BROWSER),
            Self::Address => None,
        }
    }

    fn free(self) -> u32 {
        match self {
            Self::Account | Self::KnownBrowser => FREE,
            Self::Address => FREE_FOR_ADDRESS,
        }
    }

    fn longest_delay_ms(self) -> i64 {
        match self {
            Self::Account | Self::KnownBrowser => LONGEST_DELAY_MS,
            Self::Address => LONGEST_DELAY_FOR_ADDRESS_MS,
        }
    }

    /// What must pass after the failure that brought the count to `failures`.
    fn delay_ms(self, failures: u32) -> i64 {
        let Some(doublings) = failures.checked_sub(self.free() + 1) else {
            return 0;
        };
        // 2^20 seconds is beyond every cap.
        (FIRST_DELAY_MS << doublings.min(20)).min(self.longest_delay_ms())
    }

    fn remembered(self, counter: &Counter, now_ms: i64) -> u32 {
        match self {
            Self::Account | Self::KnownBrowser => counter.failures,
            Self::Address => {
                let passed = now_ms.saturating_sub(counter.last_failure_at).max(0) / ADDRESS_FORGETS_ONE_IN_MS;
                counter.failures.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX))
            }
        }
    }
}

/// The account's lane after the real user signed in through a known browser: a shut one opens for a few guesses more; an
/// open one stays as it is, or else strangers would be given back all their guesses each morning.
pub fn after_success_elsewhere(account: &Counter) -> Counter {
    if account.failures < SHUT_ACCOUNT {
        return *account;
    }
    Counter { failures: SHUT_ACCOUNT - GUESSES_AFTER_REOPENING, ..*account }
}

/// What counts as one address: an IPv4 address (also when written as IPv6), or the /64 that one IPv6 customer has at least.
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const START: i64 = 1_800_000_000_000;
    const DAY: i64 = 86_400_000;

    /// Guesses of an attacker who never rests and is always wrong, between START and START + `length_ms`.
    fn guesses(lane: Lane, counter: &mut Counter, from_ms: i64, length_ms: i64) -> u32 {
        let (mut now_ms, mut made) = (from_ms, 0);
        while now_ms < from_ms + length_ms {
            match lane.admit(counter, now_ms) {
                Ok(next) => {
                    *counter = next;
                    made += 1;
                }
                Err(Verdict::Wait { until_ms }) => {
                    assert!(until_ms > now_ms);
                    now_ms = until_ms;
                }
                Err(_) => break,
            }
        }
        made
    }

    #[test]
    fn delays_begin_with_the_fifth_failure_and_double() {
        for lane in [Lane::Account, Lane::KnownBrowser] {
            let mut counter = Counter::default();
            let mut waits = Vec::new();
            for _ in 0..19 {
                let now_ms = counter.blocked_until.max(START);
                counter = lane.admit(&counter, now_ms).unwrap();
                waits.push((counter.blocked_until - now_ms) / 1000);
            }
            assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]);
        }
    }

    #[test]
    fn an_attackers_days() {
        let mut counter = Counter::default();
        assert_eq!(guesses(Lane::Account, &mut counter, START, DAY), 39);
        assert_eq!(guesses(Lane::Account, &mut counter, START + DAY, DAY), 24);
        assert_eq!(guesses(Lane::Account, &mut counter, START + 2 * DAY, 1000 * DAY), 37);
        assert_eq!(counter.failures, 100);
        assert_eq!(Lane::Account.verdict(&counter, i64::MAX), Verdict::Shut);
    }

    #[test]
    fn waiting_brings_no_guesses_back() {
        let mut counter = Counter::default();
        let total: u32 = (0..200).map(|week| guesses(Lane::Account, &mut counter, START + week * 7 * DAY, 1)).sum();
        assert_eq!(total, 100);
    }

    #[test]
    fn a_known_browser_is_known_no_longer_after_twenty() {
        let mut counter = Counter::default();
        assert_eq!(guesses(Lane::KnownBrowser, &mut counter, START, 1000 * DAY), 20);
        assert_eq!(Lane::KnownBrowser.verdict(&counter, i64::MAX), Verdict::Shut);
    }

    #[test]
    fn the_wait_ends_at_its_millisecond() {
        let mut counter = Counter::default();
        for _ in 0..5 {
            counter = Lane::Account.admit(&counter, START).unwrap();
        }
        let wait = Verdict::Wait { until_ms: START + 1000 };
        assert_eq!(Lane::Account.verdict(&counter, START), wait);
        assert_eq!(Lane::Account.admit(&counter, START + 999), Err(wait));
        assert_eq!(Lane::Account.verdict(&counter, START + 1000), Verdict::Go);
        assert_eq!(wait.retry_after_s(START), Some(1));
        assert_eq!(wait.retry_after_s(START - 1), Some(2));
        assert_eq!(wait.retry_after_s(START + 5000), Some(1));
        assert_eq!(Verdict::Shut.retry_after_s(START), None);
    }

    #[test]
    fn a_right_password_gives_no_more_tries_at_the_code() {
        let mut counter = Counter::default();
        let mut codes = 0;
        let mut now_ms = START;
        loop {
            now_ms += LONGEST_DELAY_MS;
            let Ok(admitted) = Lane::Account.admit(&counter, now_ms) else { break };
            counter = Lane::Account.taken_back(&admitted);
            assert_eq!(Lane::Account.verdict(&counter, now_ms), Verdict::Go);
            counter = Lane::Account.admit(&counter, now_ms).unwrap();
            codes += 1;
        }
        assert_eq!(codes, 100);
    }

    #[test]
    fn success_cleans_its_own_lane() {
        let failed = Counter { failures: 50, last_failure_at: START, blocked_until: START + 9 };
        assert_eq!(Lane::Account.after_success(&failed), Counter::default());
        assert_eq!(Lane::KnownBrowser.after_success(&failed), Counter::default());
        assert_eq!(Lane::Address.after_success(&failed).failures, 49);
    }

    #[test]
    fn success_in_a_known_browser_opens_a_shut_account_a_little() {
        let open = Counter { failures: 99, last_failure_at: START, blocked_until: START + 9 };
        assert_eq!(after_success_elsewhere(&open), open);
        let mut reopened = after_success_elsewhere(&Counter { failures: 100, ..open });
        assert_eq!(guesses(Lane::Account, &mut reopened, START, 1000 * DAY), 10);
    }

    #[test]
    fn an_office_is_let_be_and_a_sprayer_is_slowed() {
        let mut office = Counter::default();
        // Thirty people mistype within a minute, and one every minute after that.
        assert_eq!(guesses(Lane::Address, &mut office, START, 1), 31);
        for minute in 1..600 {
            assert!(Lane::Address.admit(&office, START + minute * 60_000).map(|next| office = next).is_ok());
        }
        let mut sprayer = Counter::default();
        let day = guesses(Lane::Address, &mut sprayer, START, DAY);
        assert!((2000..3500).contains(&day), "{day}");
        assert_ne!(Lane::Address.verdict(&Counter { failures: u32::MAX, ..sprayer }, START), Verdict::Shut);
    }

    #[test]
    fn the_stricter_verdict_counts() {
        let (soon, late) = (Verdict::Wait { until_ms: 1 }, Verdict::Wait { until_ms: 2 });
        assert_eq!(Verdict::Go.and(Verdict::Go), Verdict::Go);
        assert_eq!(Verdict::Go.and(soon), soon);
        assert_eq!(late.and(soon), late);
        assert_eq!(late.and(Verdict::Shut), Verdict::Shut);
    }

    #[test]
    fn odd_clocks_and_counters_do_no_harm() {
        let far = Counter { failures: 5, last_failure_at: START + 400 * DAY, blocked_until: START + 400 * DAY };
        assert_eq!(Lane::Account.verdict(&far, START), Verdict::Wait { until_ms: START + LONGEST_DELAY_MS });
        for lane in [Lane::Account, Lane::KnownBrowser, Lane::Address] {
            for now_ms in [i64::MIN, 0, i64::MAX] {
                for failures in [0, 5, u32::MAX] {
                    let counter = Counter { failures, last_failure_at: i64::MIN, blocked_until: i64::MAX };
                    lane.verdict(&counter, now_ms).retry_after_s(now_ms);
                    lane.after_success(&lane.after_failure(&counter, now_ms));
                    lane.taken_back(&counter);
                }
            }
        }
    }

    #[test]
    fn addresses_are_told_apart_by_customer() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("192.0.2.7"), "192.0.2.7");
        assert_eq!(key("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    }
}

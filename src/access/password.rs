//! What a password is and which ones are accepted. Hashing is in `hashing`.
//!
//! A password is a row of Unicode characters, any of them. It is brought to NFC, so that an é typed on
//! one keyboard equals the é of another, and nothing else is done to it: no trimming, no case folding,
//! no compatibility mapping. What is counted are the characters (scalar values) of that form, and what
//! is hashed are exactly its UTF-8 bytes.
//!
//! Rules after NIST SP 800-63B and OWASP ASVS 5.0 (6.2): length, and not easily guessed; no rule about which
//! kinds of characters, no expiry. Guessing is estimated by zxcvbn, whose lists of common passwords, names and
//! words are compiled in, with the person's own words and the product's added. Anything below 10^8 guesses is
//! refused: a hundred thousand times more than the delays ever let somebody try, and with Argon2id out of reach for
//! most who have stolen the hashes as well.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::random::Random;

/// The longest password, in characters.
pub const MAX_LENGTH: usize = 128;
/// How many characters the estimate reads. Its work grows faster than the length: on hostile input 64 take a few
/// tenths of a second, 100 more than a second.
const READ_BY_ESTIMATE: usize = 64;
/// Guesses below which a password is too easy, as a power of ten.
const LEAST_GUESSES_LOG10: f64 = 8.0;
/// What must be left of a password, in letters and digits, once the person's own words are taken out.
const LEAST_BESIDES_OWN_WORDS: usize = 8;
const SHORTEST_OWN_WORD: usize = 3;
const MOST_OWN_WORDS: usize = 64;
const PRODUCT: &str = "muster";

/// A password as typed, in NFC. It has no `Debug` and wipes itself when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes what was typed.
    pub fn new(typed: String) -> Self {
        let typed = Zeroizing::new(typed);
        // Room enough that collecting does not leave copies behind by growing: NFC makes at most three times as much.
        let mut text = Zeroizing::new(String::with_capacity(typed.len() * 3));
        text.extend(typed.nfc());
        Self(text)
    }

    /// Length in characters.
    pub fn length(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes to hash.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Which passwords are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    min_length: usize,
}

impl PasswordRules {
    /// Where the password may be all that is asked: 15 characters.
    pub const ALONE: Self = Self { min_length: 15 };
    /// Where everyone who signs in needs a second factor: 12 characters.
    pub const WITH_SECOND_FACTOR: Self = Self { min_length: 12 };

    /// The shortest accepted length, in characters.
    pub fn min_length(&self) -> usize {
        self.min_length
    }

    /// Rules whose shortest password has so many characters, but never fewer than these do.
    pub fn at_least(self, characters: usize) -> Self {
        PasswordRules { min_length: characters.clamp(self.min_length, MAX_LENGTH) }
    }

    /// Everything that is wrong with a new password; empty if it is accepted. `own_words` comes from the function of that
    /// name. It computes for up to a few tenths of a second: call it on a blocking thread.
    pub fn faults(&self, password: &Password, own_words: &[String]) -> Vec<Fault> {
        let length = password.length();
        let fault = |rule, message: String| Fault { rule, message };
        if length == 0 {
            return vec![fault(Rule::Length, "Enter a password.".to_owned())];
        }
        let mut faults = Vec::new();
        if length < self.min_length {
            faults
                .push(fault(Rule::Length, format!("Use at least {} characters; this has {length}.", self.min_length)));
        }
        if length > MAX_LENGTH {
            faults.push(fault(Rule::Length, format!("Use at most {MAX_LENGTH} characters; this has {length}.")));
            return faults;
        }
        if is_monotonous(password) {
            let why = "Don't repeat a few characters or run through the alphabet or numbers.";
            faults.push(fault(Rule::Guess, why.to_owned()));
        } else if consists_of(password, own_words) {
            let why = "Don't build it from your name, your email address or the name of this product.";
            faults.push(fault(Rule::OwnWords, why.to_owned()));
        } else if is_easily_guessed(password, own_words) {
            let why = "This is too easy to guess. Several unrelated words make a good password.";
            faults.push(fault(Rule::Guess, why.to_owned()));
        }
        faults
    }

    /// [`Self::faults`] as sentences for the person who chose it.
    pub fn problems(&self, password: &Password, own_words: &[String]) -> Vec<String> {
        self.faults(password, own_words).into_iter().map(|fault| fault.message).collect()
    }
}

/// One of the rules that a new password is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Length,
    /// No common password, row of keys or the like.
    Guess,
    /// Not made of the person's own words.
    OwnWords,
}

impl Rule {
    /// In the order in which they are listed.
    pub const ALL: [Rule; 3] = [Rule::Length, Rule::Guess, Rule::OwnWords];
}

/// What is wrong with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub rule: Rule,
    /// For the person who chose it.
    pub message: String,
}

/// Signs that a generated password is made of: none that is mistaken for another, 32 of them.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A new password that nobody has chosen: 25 signs of five bits in groups of five.
pub fn generated(random: &dyn Random) -> Zeroizing<String> {
    let mut signs = Zeroizing::new([0_u8; 25]);
    random.fill(signs.as_mut_slice());
    let mut text = Zeroizing::new(String::with_capacity(29));
    for (place, sign) in signs.iter().enumerate() {
        if place > 0 && place % 5 == 0 {
            text.push('-');
        }
        // 32 divides 256, so every sign is equally likely.
        text.push(char::from(ALPHABET[usize::from(*sign % 32)]));
    }
    text
}

/// The words a password must not be made of: those of `texts` (the person's name, e-mail address, the name of the
/// installation) and the product's name. Lower case, longest first.
pub fn own_words(texts: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = texts
        .iter()
        .flat_map(|text| {
            let text = text.nfc().collect::<String>().to_lowercase();
            let parts: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
            parts.into_iter().chain([text])
        })
        .chain([PRODUCT.to_owned()])
        .filter(|word| word.chars().count() >= SHORTEST_OWN_WORD)
        .collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words.truncate(MOST_OWN_WORDS);
    words
}

/// Four different characters at most, or nearly all of it goes up, down or stays by one step ("aaaa", "12345", "zyx").
fn is_monotonous(password: &Password) -> bool {
    let characters: Zeroizing<Vec<char>> = Zeroizing::new(password.0.chars().collect());
    if characters.iter().collect::<HashSet<_>>().len() <= 4 {
        return true;
    }
    let steps = characters.windows(2).filter(|pair| u32::from(pair[0]).abs_diff(u32::from(pair[1])) <= 1).count();
    steps * 4 >= (characters.len() - 1) * 3
}

fn consists_of(password: &Password, own_words: &[String]) -> bool {
    let mut rest = Zeroizing::new(password.0.to_lowercase());
    let whole = rest.len();
    for word in own_words {
        // A space keeps what stood left and right of the word from forming another.
        rest = Zeroizing::new(rest.replace(word.as_str(), " "));
    }
    rest.len() < whole && rest.chars().filter(|c| c.is_alphanumeric()).count() < LEAST_BESIDES_OWN_WORDS
}

fn is_easily_guessed(password: &Password, own_words: &[String]) -> bool {
    let read: Zeroizing<String> = Zeroizing::new(password.0.chars().take(READ_BY_ESTIMATE).collect());
    let words: Vec<&str> = own_words.iter().map(String::as_str).collect();
    zxcvbn::zxcvbn(&read, &words).guesses_log10() < LEAST_GUESSES_LOG10
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::access::random::SystemRandom;

    fn problems(typed: &str) -> Vec<String> {
        let words = own_words(&["Øxford Šmith", "jane.oxford@example.com", "Acme Console"]);
        PasswordRules::ALONE.problems(&Password::new(typed.to_owned()), &words)
    }

    #[test]
    fn generated_ones_are_long_random_and_accepted() {
        let words = own_words(&["Jane Oxford", "jane.oxford@example.com"]);
        let all: HashSet<String> = (0..50).map(|_| generated(&SystemRandom).to_string()).collect();
        assert_eq!(all.len(), 50);
        for text in all {
            let groups: Vec<&str> = text.split('-').collect();
            assert_eq!(groups.len(), 5, "{text}");
            assert!(groups.iter().all(|group| group.len() == 5 && group.bytes().all(|b| ALPHABET.contains(&b))));
            assert!(PasswordRules::ALONE.problems(&Password::new(text.clone()), &words).is_empty(), "{text}");
        }
    }

    #[test]
    fn rules_are_only_ever_made_stricter() {
        assert_eq!(PasswordRules::ALONE.at_least(3).min_length(), 15);
        assert_eq!(PasswordRules::WITH_SECOND_FACTOR.at_least(20).min_length(), 20);
        assert_eq!(PasswordRules::WITH_SECOND_FACTOR.at_least(4_000).min_length(), MAX_LENGTH);
    }

    #[test]
    fn good_passwords_pass_whatever_they_are_made_of() {
        for good in [
            "correct horse battery staple",
            "lantern gravel pigeon",
            "ein Hund, zwei Katzen & 3 Kühe",
            "пять синих слонов поют",
            "犬も歩けば棒に当たる、花より団子だよ",
            "🐢🦊🌵🎲🚲🧀🪁🥁🍉🔭🛶🧵🎷🏺🧭",
            "kX9#vQ2!mZ7$wL4",
            "492817365028416",
            "  spaces at both ends, kept  ",
            "tab\tand\u{0}control\u{7}characters too",
        ] {
            assert_eq!(problems(good), Vec::<String>::new(), "{good:?}");
        }
        assert!(problems(&"lantern gravel pigeon ".repeat(6)[..128]).is_empty());
    }

    #[test]
    fn length_is_counted_in_characters_after_nfc() {
        assert_eq!(Password::new("e\u{301}".repeat(15)).length(), 15);
        assert_eq!(Password::new("🐢".repeat(15)).length(), 15);
        let at = |n: usize| "qj4ZvT0!pw8LxRm3Kd6%Ys".chars().take(n).collect::<String>();
        assert_eq!(problems(&at(14)), ["Use at least 15 characters; this has 14."]);
        assert!(problems(&at(15)).is_empty());
        let with_factor = |n| PasswordRules::WITH_SECOND_FACTOR.problems(&Password::new(at(n)), &[]);
        assert_eq!(with_factor(11).len(), 1);
        assert!(with_factor(12).is_empty());
        let long = |n: usize| "qj4ZvT0!pw8LxRm3Kd6%Ys".chars().cycle().take(n).collect::<String>();
        assert!(problems(&long(128)).is_empty());
        assert_eq!(problems(&long(129)), ["Use at most 128 characters; this has 129."]);
    }

    #[test]
    fn both_spellings_of_a_letter_are_one_password() {
        assert_eq!(
            Password::new("Ame\u{301}lie".to_owned()).as_bytes(),
            Password::new("Am\u{e9}lie".to_owned()).as_bytes()
        );
        // Compatibility forms stay what they are, and so does case.
        assert_ne!(Password::new("ﬁ".to_owned()).as_bytes(), Password::new("fi".to_owned()).as_bytes());
        assert_ne!(Password::new("A".to_owned()).as_bytes(), Password::new("a".to_owned()).as_bytes());
    }

    #[test]
    fn nothing_and_several_faults_at_once() {
        assert_eq!(problems(""), ["Enter a password."]);
        assert_eq!(problems("password").len(), 2);
        assert_eq!(problems("aaaaaaa").len(), 2);
    }

    #[test]
    fn common_and_monotonous_ones_are_refused() {
        for bad in [
            "passwordpassword",
            "password12345678",
            "Password1!Password1!",
            "qwertyuiopasdfghjkl",
            "iloveyouiloveyou",
            "letmeinletmein12",
            "aaaaaaaaaaaaaaaa",
            "abababababababab",
            "ääääääääääääääää",
            "🐢🐢🐢🐢🐢🐢🐢🐢🐢🐢🐢🐢🐢🐢🐢🐢",
            "abcdefghijklmnop",
            "zyxwvutsrqponmlk",
            "123456789012345",
            "aabbccddeeffgghhii",
            "абвгдежзийклмноп",
            "                    ",
            "q1w2e3r4t5y6u7i8o9p0",
        ] {
            assert_eq!(problems(bad).len(), 1, "{bad:?}");
        }
    }

    #[test]
    fn own_words_are_refused() {
        for bad in [
            "muster-oxford-2026",
            "MusterMusterMuster",
            "jane.oxford@example.com",
            "ØXFORD ŠMITH 123",
            "Acme Console 2026!",
            "oxfordjane!!!!!1234567",
        ] {
            let found = problems(bad);
            assert_eq!(
                found,
                ["Don't build it from your name, your email address or the name of this product."],
                "{bad:?}"
            );
        }
        // Containing one is no fault if enough is left.
        assert!(problems("jane lantern gravel pigeon").is_empty());
    }

    #[test]
    fn own_words_come_apart_at_signs() {
        let words = own_words(&["Al O'Neill", "a.neill@ex.org"]);
        assert_eq!(words, ["a.neill@ex.org", "al o'neill", "muster", "neill", "org"]);
        assert_eq!(own_words(&[""]), ["muster"]);
    }

    #[test]
    fn no_input_makes_the_estimate_slow() {
        let started = std::time::Instant::now();
        // Every sign that stands for a letter somewhere, in all combinations zxcvbn tries: the worst input found.
        for pattern in ["4@8({[<63910!|1$57+%2", "qwerty", "passw0rd", "ẞİ🐢", "20261122"] {
            problems(&pattern.chars().cycle().take(MAX_LENGTH).collect::<String>());
            problems(&pattern.chars().cycle().take(100_000).collect::<String>());
        }
        own_words(&["a-b-cde ".repeat(100_000).as_str()]);
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    }
}

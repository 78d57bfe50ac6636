//! How a person is called in a language, and how that name looks in an e-mail address.

use crate::db::fold::fold;

use super::dice::Dice;
use super::languages::{Language, Order};

/// A word of a name as written, with its letters for an address.
pub(super) struct Word {
    pub(super) text: String,
    pub(super) latin: String,
}

/// The words of one [`Language`], taken apart once.
pub(super) struct Lexicon {
    pub(super) language: &'static Language,
    women: Vec<Word>,
    men: Vec<Word>,
    /// Family names as borne by a woman and by a man, which differ in some languages.
    families: Vec<[Word; 2]>,
    pub(super) stems: Vec<Word>,
    pub(super) trades: Vec<Word>,
}

/// A person's name and the two words of it that make up an address.
pub(super) struct FullName {
    pub(super) text: String,
    pub(super) given: String,
    pub(super) family: String,
}

impl Lexicon {
    pub(super) fn new(language: &'static Language) -> Self {
        Self {
            language,
            women: words(language.women),
            men: words(language.men),
            families: language.families.split_whitespace().map(both_forms).collect(),
            stems: words(language.stems),
            trades: words(language.trades),
        }
    }

    /// A full name in the order and with the habits of the language.
    pub(super) fn full_name(&self, dice: &mut Dice) -> FullName {
        let sex = dice.roll(2);
        let given = dice.pick(if sex == 0 { &self.women } else { &self.men });
        let family = &dice.pick(&self.families)[sex];
        let text = match self.language.order {
            Order::GivenFamily => format!("{} {}", given.text, family.text),
            Order::GivenInitialFamily if dice.chance(30) => {
                let initial = char::from(b"ABCDEGHJKLMNPRSTW"[dice.roll(17)]);
                format!("{} {initial}. {}", given.text, family.text)
            }
            Order::GivenInitialFamily => format!("{} {}", given.text, family.text),
            Order::GivenTwoFamilies => {
                let mother = &dice.pick(&self.families)[0];
                format!("{} {} {}", given.text, family.text, mother.text)
            }
            Order::FamilyGiven => format!("{} {}", family.text, given.text),
            Order::FamilyGivenJoined => format!("{}{}", family.text, given.text),
        };
        FullName { text, given: given.latin.clone(), family: family.latin.clone() }
    }

    /// Whether every word has Latin letters, and there is a word of each kind.
    #[cfg(test)]
    pub(super) fn is_complete(&self) -> bool {
        let families: Vec<&Word> = self.families.iter().flatten().collect();
        let lists = [&self.women, &self.men, &self.stems, &self.trades].map(|list| list.iter().collect::<Vec<_>>());
        lists.iter().chain([&families]).all(|list| !list.is_empty() && list.iter().all(|word| !word.latin.is_empty()))
    }

    /// A family name fit for a firm's sign.
    pub(super) fn founder(&self, dice: &mut Dice) -> &Word {
        &dice.pick(&self.families)[1]
    }
}

/// `Anna Jean-Pierre 陽菜=haruna van_den_Berg`: words between spaces, `_` for a space within a word, and after `=` the
/// Latin letters of a word in another script.
fn words(list: &str) -> Vec<Word> {
    list.split_whitespace().map(word).collect()
}

fn word(source: &str) -> Word {
    let (text, latin) = source.split_once('=').unwrap_or((source, source));
    Word { text: text.replace('_', " "), latin: latin_letters(latin) }
}

/// `Kowalska/Kowalski`: a woman's and a man's form; a name without `/` is the same for both.
fn both_forms(source: &str) -> [Word; 2] {
    let (woman, man) = source.split_once('/').unwrap_or((source, source));
    [word(woman), word(man)]
}

/// The lower-case ASCII letters that people choose for an address.
fn latin_letters(text: &str) -> String {
    fold(text).chars().filter(char::is_ascii_alphanumeric).collect()
}

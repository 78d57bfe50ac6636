//! The organisations that the made-up installation serves.

use std::collections::HashSet;

use super::dice::Dice;
use super::languages::LANGUAGES;
use super::names::{Lexicon, Word};
use super::people::DemoSource;

const PURPOSE: u64 = 1;

/// An organisation of the made-up installation.
pub struct DemoCustomer {
    /// Unique, whatever its case and accents.
    pub name: String,
    /// Domain of its people's e-mail addresses, unique.
    pub domain: String,
    /// Name of its directory or identity provider, for the people who do not come from here.
    pub directory: String,
    /// Where most of its people come from.
    pub(super) source: DemoSource,
    /// What most of its people speak: an index into the lexicons.
    pub(super) language: usize,
    /// How its people's addresses are formed.
    pub(super) address: AddressStyle,
}

/// How a firm forms the part before the `@`.
#[derive(Clone, Copy)]
pub(super) enum AddressStyle {
    GivenDotFamily,
    InitialDotFamily,
    FamilyDotGiven,
    GivenFamily,
}

/// As many customers as fit `people`: one to about 500 people, at least one and at most 2,000. The first is "Default Customer".
pub(super) fn customers(people: u64, lexicons: &[Lexicon]) -> Vec<DemoCustomer> {
    let count = (people / 500).clamp(1, 2000);
    let mut domains = HashSet::new();
    (0..count).map(|row| customer(row, lexicons, &mut domains)).collect()
}

fn customer(row: u64, lexicons: &[Lexicon], domains: &mut HashSet<String>) -> DemoCustomer {
    let mut dice = Dice::new(PURPOSE, row);
    let language = if row == 0 { 0 } else { spoken(&mut dice) };
    let lexicon = &lexicons[language];
    let (name, slug) = loop {
        let (name, slug) =
            if row == 0 { ("Default Customer".to_owned(), "default".to_owned()) } else { firm(lexicon, &mut dice) };
        if domains.insert(slug.clone()) {
            break (name, slug);
        }
    };
    let source = if row == 0 { DemoSource::Local } else { *dice.pick(&SOURCES) };
    DemoCustomer {
        name,
        directory: match source {
            DemoSource::IdentityProvider => format!("id.{slug}.example"),
            DemoSource::Local | DemoSource::Directory => format!("ad.{slug}.example"),
        },
        domain: format!("{slug}.example"),
        source,
        language,
        address: *dice.pick(&ADDRESSES),
    }
}

const SOURCES: [DemoSource; 5] =
    [DemoSource::Local, DemoSource::Local, DemoSource::Local, DemoSource::Directory, DemoSource::IdentityProvider];

const ADDRESSES: [AddressStyle; 6] = [
    AddressStyle::GivenDotFamily,
    AddressStyle::GivenDotFamily,
    AddressStyle::GivenDotFamily,
    AddressStyle::InitialDotFamily,
    AddressStyle::FamilyDotGiven,
    AddressStyle::GivenFamily,
];

/// A language, the common ones more often.
fn spoken(dice: &mut Dice) -> usize {
    let mut roll = dice.roll(LANGUAGES.iter().map(|language| language.share).sum());
    for (index, language) in LANGUAGES.iter().enumerate() {
        if roll < language.share {
            return index;
        }
        roll -= language.share;
    }
    0
}

/// A firm's name and the label of its domain.
fn firm(lexicon: &Lexicon, dice: &mut Dice) -> (String, String) {
    let form = dice.pick(lexicon.language.forms);
    let first = if dice.chance(50) { lexicon.founder(dice) } else { dice.pick(&lexicon.stems) };
    let trade = dice.pick(&lexicon.trades);
    let slug = format!("{}-{}", first.latin, trade.latin);
    // Chinese and Japanese are written without spaces.
    let space = if is_han(first) && is_han(trade) { "" } else { " " };
    (format!("{}{space}{}{space}{form}", first.text, trade.text), slug)
}

fn is_han(word: &Word) -> bool {
    word.text.chars().all(|letter| ('\u{3040}'..='\u{9fff}').contains(&letter))
}

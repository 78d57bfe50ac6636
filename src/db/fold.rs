//! The one folding behind search and sort keys: "Łucja", "lucja" and "LUCJA" are the same word here.
//!
//! Both databases store what this module makes and never fold text themselves: their own ideas of lower case
//! and of accents differ (SQLite knows ASCII only), so a query is folded here too and compared byte by byte.
//! E-mail addresses are *not* compared by this: who someone is follows from `Email::key`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Folds text for search and sorting: NFKD, marks dropped, lower case, letters that carry their mark inside
/// (ł đ ð ø æ œ ß ı þ) spelled out, white space collapsed to single spaces.
///
/// Letters of any script stay; folding twice changes nothing.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    let ascii = text.is_ascii();
    let mut push = |c: char| {
        if c.is_whitespace() {
            gap = true;
            return;
        }
        if gap && !folded.is_empty() {
            folded.push(' ');
        }
        gap = false;
        match spelled_out(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(c),
        }
    };
    if ascii {
        text.chars().for_each(|c| push(c.to_ascii_lowercase()));
    } else {
        // Lower case letter by letter: the lower case of a whole string depends on where a Greek sigma stands,
        // and half a word must still be found in the whole one. Decomposed again, since a few lower-case
        // letters come with marks of their own.
        text.nfkd()
            .filter(|c| !is_mark(*c))
            .flat_map(char::to_lowercase)
            .nfkd()
            .filter(|c| !is_mark(*c))
            .for_each(&mut push);
    }
    folded
}

/// What one character folds to, letter by letter: nothing for a mark, white space as it is.
pub(super) fn letters(c: char, mut each: impl FnMut(char)) {
    if c.is_ascii() {
        return each(c.to_ascii_lowercase());
    }
    let lower = std::iter::once(c).nfkd().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase);
    for letter in lower.nfkd().filter(|c| !is_mark(*c)) {
        match spelled_out(letter) {
            Some(letters) => letters.chars().for_each(&mut each),
            None => each(letter),
        }
    }
}

/// Folded letters and digits only, for words that people write with any case, spacing and punctuation:
/// "E-Mail", "e mail" and "EMAIL" are one word.
pub fn bare(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The digits of a phone number, by which numbers are compared and found: "+44 20 5139" is "44205139".
pub fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// The folded column that the search index covers: name, e-mail, phone as typed and its digits, one a line,
/// so that no substring without a line break can match across two fields. Two spaces stand before each word: the one
/// or two letters that a word begins with are a substring of three then, which an index of trigrams can find.
pub fn search_text(name: &str, email: &str, phone: &str) -> String {
    let fields = [fold(name), fold(email), fold(phone), digits(phone)];
    let mut text = String::with_capacity(fields.iter().map(|field| field.len() + 8).sum());
    for (place, field) in fields.iter().enumerate() {
        if place > 0 {
            text.push('\n');
        }
        for word in field.split_whitespace() {
            text.push_str("  ");
            text.push_str(word);
        }
    }
    text
}

/// Marks that sit on a letter, and characters that only steer how text is joined or drawn. Vowel signs that
/// are letters in all but name (Devanagari, Thai) have combining class 0 and stay.
fn is_mark(c: char) -> bool {
    canonical_combining_class(c) != 0
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn spelled_out(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ø' => "o",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'ı' => "i",
        'þ' => "th",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accents_case_and_spelled_letters_fold_away() {
        for (text, folded) in [
            ("Łucja Małgorzata", "lucja malgorzata"),
            ("Søren ÆRØ", "soren aero"),
            ("Đorđe Þór Guðrún", "dorde thor gudrun"),
            ("GRÖSSE Größe GRÖẞE", "grosse grosse grosse"),
            ("Œuvre İstanbul Yılmaz", "oeuvre istanbul yilmaz"),
            ("Zoe\u{308} Zoë", "zoe zoe"),
            ("  Van\tden \u{a0} Berg\n", "van den berg"),
            ("ﬁne №1", "fine no1"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn any_script_survives() {
        for (text, folded) in
            [("محمد", "محمد"), ("مُحَمَّد", "محمد"), ("Иванов", "иванов"), ("田中", "田中"), ("הדד", "הדד")]
        {
            assert_eq!(fold(text), folded);
        }
        assert_ne!(fold("कि"), fold("का"), "vowel signs are not accents");
    }

    #[test]
    fn search_text_keeps_fields_apart() {
        let text = search_text("Zoë Ng", "Zoe@Example.org", "+44 (20) 51");
        assert_eq!(text, "  zoe  ng\n  zoe@example.org\n  +44  (20)  51\n  442051");
        assert!(!text.contains("ngzoe"));
        assert_eq!(search_text("A", "a@b.c", ""), "  a\n  a@b.c\n\n");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn folded_text_has_one_line_and_no_capitals(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert!(!folded.contains(['\n', '\r', '\t']));
            prop_assert!(folded.chars().all(|c| c.to_lowercase().eq([c])), "{:?}", folded);
        }
    }
}

//! What all typed text has in common: trimmed, NFC, on one line, nothing in it that hides or reorders.

use super::{FieldError, Limit};
use unicode_normalization::UnicodeNormalization;

/// Trims, composes (NFC) and checks one line of text against its limit.
///
/// # Errors
/// Empty though required, too long, or with characters that may not be stored.
pub fn line(raw: &str, limit: &Limit) -> Result<String, FieldError> {
    let refuse = |message: String| Err(FieldError::new(limit.field, message));
    let text = compose(raw.trim());
    let noun = limit.noun;
    if let Some(c) = text.chars().find(|c| is_forbidden(*c)) {
        return refuse(match c {
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                format!("Write the {noun} on one line, without line breaks")
            }
            _ => format!("Take the invisible character U+{:04X} out of the {noun}", u32::from(c)),
        });
    }
    if limit.min > 0 && text.chars().all(is_invisible) {
        return refuse(format!("Enter {} {noun}", article(noun)));
    }
    // Bytes bound characters from above, and counting them is free.
    if text.len() > limit.max {
        let length = text.chars().count();
        if length > limit.max {
            return refuse(format!("Shorten the {noun} to {} characters; it has {length}", limit.max));
        }
    }
    Ok(text)
}

/// Composes to NFC; text that is composed already (nearly all) is only copied.
pub fn compose(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { text.nfc().collect() }
}

/// Control characters, line and paragraph separators, and the controls that reorder the text around them.
/// Letters of right-to-left scripts, and the plain marks LRM and RLM, are fine.
fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that draw nothing: a value made of these alone would look empty.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

#[cfg(test)]
mod tests {
    use super::super::{IDENTIFIER, NAME};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn control_and_direction_characters_are_refused() {
        for bad in ["a\0b", "a\u{7f}b", "a\tb", "a\u{9b}b", "a\u{202e}b", "a\u{2066}b"] {
            let error = line(bad, &NAME).unwrap_err();
            assert!(error.message.starts_with("Take the invisible character U+"), "{}", error.message);
        }
        for bad in ["a\nb", "a\rb", "a\u{2028}b", "a\u{2029}b"] {
            assert_eq!(line(bad, &NAME).unwrap_err().message, "Write the name on one line, without line breaks");
        }
    }

    #[test]
    fn any_script_and_direction_is_fine() {
        for good in ["مريم حداد", "Иванов", "田中", "דוד", "A\u{200f}B", "👩\u{200d}💻", "<script>alert(1)</script>"]
        {
            assert_eq!(line(good, &NAME).unwrap(), good);
        }
    }

    #[test]
    fn length_counts_characters_after_composing() {
        assert!(line(&"ë".repeat(255), &NAME).is_ok());
        assert!(line(&"e\u{308}".repeat(255), &NAME).is_ok());
        let error = line(&"A".repeat(5000), &NAME).unwrap_err();
        assert_eq!(error.message, "Shorten the name to 255 characters; it has 5000");
    }

    #[test]
    fn what_looks_empty_is_empty() {
        for empty in ["", "  ", "\u{200b}", "\u{3164}\u{2800}", "\u{feff}"] {
            assert_eq!(line(empty, &NAME).unwrap_err().message, "Enter a name", "{empty:?}");
        }
        assert_eq!(line("", &IDENTIFIER).unwrap_err().message, "Enter an identifier");
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_accepted_unchanged(text in any::<String>()) {
            if let Ok(stored) = line(&text, &NAME) {
                prop_assert_eq!(line(&stored, &NAME), Ok(stored.clone()));
                prop_assert!(!stored.chars().any(char::is_control));
                prop_assert!(stored.chars().count() <= 255);
            }
        }
    }
}

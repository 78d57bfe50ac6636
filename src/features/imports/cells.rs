//! Values that a spreadsheet would take for formulas (PRODUCT.md, section 9, "Files").
//!
//! Files that we write put one apostrophe before such a value; files that we read take exactly that off again, so
//! an export comes back unchanged whatever people are called.

use std::borrow::Cow;

/// The value as it is written to a file.
pub fn guard(value: &str) -> Cow<'_, str> {
    if is_formula(value) && !is_number(value) { Cow::Owned(format!("'{value}")) } else { Cow::Borrowed(value) }
}

/// The value that a cell of a file stands for.
pub fn unguard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(value) if is_formula(value) => value,
        _ => cell,
    }
}

/// Starts like a formula, be it behind apostrophes of its own.
fn is_formula(value: &str) -> bool {
    value.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// Phone numbers and the like, which no spreadsheet evaluates into anything dangerous and people want unharmed.
fn is_number(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '(' | ')' | '.' | '/' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        for (value, cell) in [
            ("=1+1", "'=1+1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("-cmd", "'-cmd"),
            ("'=1", "''=1"),
            ("''=1", "'''=1"),
            ("+1 555 10", "+1 555 10"),
            ("'t Hart", "'t Hart"),
            ("Oxford", "Oxford"),
        ] {
            assert_eq!(guard(value), cell);
            assert_eq!(unguard(cell), value);
        }
    }

    #[test]
    fn a_number_kept_as_text_by_an_apostrophe_is_a_number() {
        assert_eq!(unguard("'+1 555 10"), "+1 555 10");
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in "['=+@\t\r 0-9a-]{0,6}") {
            let cell = guard(&value);
            prop_assert_eq!(unguard(&cell), value.as_str());
        }
    }
}

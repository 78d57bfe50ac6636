//! Where in a text a search matched: compared folded, as the search does, and told in parts of the text as it was written.

use super::fold::letters;
use super::search::Terms;

/// A part of a text; all parts put together are the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// Whether it matched.
    pub marked: bool,
}

/// The parts of a name or an address.
pub fn pieces(text: &str, terms: &Terms) -> Vec<Piece> {
    let chars: Vec<char> = text.chars().collect();
    let mut marked = vec![false; chars.len()];
    Folded::of(&chars).mark(terms, &mut marked);
    cut(&chars, &marked)
}

/// The parts of a phone number, which is also compared by its digits alone.
pub fn phone_pieces(phone: &str, terms: &Terms) -> Vec<Piece> {
    let chars: Vec<char> = phone.chars().collect();
    let mut marked = vec![false; chars.len()];
    Folded::of(&chars).mark(terms, &mut marked);
    Folded::digits(&chars).mark(terms, &mut marked);
    cut(&chars, &marked)
}

/// Folded text, and for each byte of it the character that it came from, by its place.
struct Folded {
    text: String,
    from: Vec<usize>,
}

impl Folded {
    fn of(chars: &[char]) -> Folded {
        let mut folded = Folded { text: String::new(), from: Vec::new() };
        let mut gap = None;
        for (place, c) in chars.iter().enumerate() {
            letters(*c, |letter| {
                if letter.is_whitespace() {
                    gap = Some(place);
                    return;
                }
                if let Some(gap) = gap.take()
                    && !folded.text.is_empty()
                {
                    folded.push(' ', gap);
                }
                folded.push(letter, place);
            });
        }
        folded
    }

    fn digits(chars: &[char]) -> Folded {
        let mut folded = Folded { text: String::new(), from: Vec::new() };
        for (place, c) in chars.iter().enumerate().filter(|(_, c)| c.is_ascii_digit()) {
            folded.push(*c, place);
        }
        folded
    }

    fn push(&mut self, c: char, from: usize) {
        self.text.push(c);
        self.from.resize(self.text.len(), from);
    }

    /// Marks the characters that a term came from: anywhere for those of three letters or more, where a word begins for shorter ones, and both ways
    /// of looking at what may be a phone number.
    fn mark(&self, terms: &Terms, marked: &mut [bool]) {
        for prefix in &terms.prefixes {
            self.mark_each(prefix, |start| start == 0 || self.text.as_bytes()[start - 1] == b' ', marked);
        }
        for term in terms.anywhere.iter().chain(terms.numbers.iter().map(|number| &number.digits)) {
            self.mark_each(term, |_| true, marked);
        }
        for number in &terms.numbers {
            self.mark(&number.parts, marked);
        }
    }

    fn mark_each(&self, term: &str, fits: impl Fn(usize) -> bool, marked: &mut [bool]) {
        let mut start = 0;
        while let Some(found) = self.text[start..].find(term).filter(|_| !term.is_empty()) {
            let at = start + found;
            if let (Some(first), Some(last), true) = (self.from.get(at), self.from.get(at + term.len() - 1), fits(at)) {
                marked[*first..=*last].fill(true);
            }
            // The next one may begin within this one.
            start = at + self.text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
}

fn cut(chars: &[char], marked: &[bool]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (c, own) in chars.iter().zip(marked) {
        // What folds to nothing (an accent that stands alone) belongs to the letter before it.
        let mut silent = true;
        letters(*c, |_| silent = false);
        match pieces.last_mut() {
            Some(piece) if piece.marked == *own || silent => piece.text.push(*c),
            _ => pieces.push(Piece { text: c.to_string(), marked: *own }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::super::fold::{digits, fold};
    use super::*;
    use proptest::prelude::*;

    /// The text with what is marked in brackets.
    fn shown(pieces: &[Piece]) -> String {
        pieces.iter().map(|piece| if piece.marked { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
    }

    #[test]
    fn what_matched_is_marked_as_it_was_written() {
        for (text, query, marked) in [
            ("Anna Schmidt", "schmi", "Anna [Schmi]dt"),
            ("Anna Schmidt", "an", "[An]na Schmidt"),
            ("Anna Schmidt", "dt", "Anna Schmidt"),
            ("Anna Schmidt", "schmidt anna", "[Anna] [Schmidt]"),
            ("Franz Strauß", "strauss", "Franz [Strauß]"),
            ("Franz Strauß", "auss", "Franz Str[auß]"),
            ("Łucja Wałęsa", "wales", "Łucja [Wałęs]a"),
            ("Zoe\u{308} Ng", "zoe", "[Zoe\u{308}] Ng"),
            ("Zoë Ng", "zoe", "[Zoë] Ng"),
            ("Søren Ærø", "aero", "Søren [Ærø]"),
            ("Иван Петров", "ПЕТР", "Иван [Петр]ов"),
            ("مُحَمَّد علي", "محمد", "[مُحَمَّد] علي"),
            ("田中太郎", "中太郎", "田[中太郎]"),
            ("Banana", "anana nan", "B[anana]"),
            ("aaaa", "aaa", "[aaaa]"),
            ("ﬁnancial", "fin", "[ﬁn]ancial"),
            ("Plain", "", "Plain"),
            ("", "abc", ""),
        ] {
            assert_eq!(shown(&pieces(text, &Terms::of(query))), marked, "{text}: {query}");
        }
    }

    #[test]
    fn a_number_is_found_across_its_punctuation() {
        for (phone, query, marked) in [
            ("+44 (20) 7946-0123", "44207", "+[44 (20) 7]946-0123"),
            ("+44 (20) 7946-0123", "946-01", "+44 (20) 7[946-01]23"),
            ("+44 (20) 7946-0123", "44", "+[44] (20) 7946-0123"),
            ("+44 (20) 7946-0123", "+44", "[+44] (20) 7946-0123"),
            ("030 123456", "0123", "03[0 123]456"),
        ] {
            assert_eq!(shown(&phone_pieces(phone, &Terms::of(query))), marked, "{phone}: {query}");
        }
    }

    /// Texts and terms of few letters with all their troubles, so that many match.
    fn troubled() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop::sample::select(vec![
                'a', 'A', 'ä', 's', 'S', 'ß', 'ł', 'Ł', 'l', 'æ', 'e', '\u{301}', '\u{308}', ' ', '\u{a0}', '1', '2',
                '-', '+', '\u{200d}', 'Σ', 'ς', 'İ', 'ﬁ', '田', 'م', 'َ', '№', '¨', '\t',
            ]),
            0..14,
        )
        .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in prop_oneof![troubled(), any::<String>()], query in troubled()) {
            let terms = Terms::of(&query);
            for pieces in [pieces(&text, &terms), phone_pieces(&text, &terms)] {
                let joined: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
                prop_assert_eq!(&joined, &text);
                prop_assert!(!terms.is_empty() || pieces.iter().all(|piece| !piece.marked));
                for pair in pieces.windows(2) {
                    prop_assert_ne!(pair[0].marked, pair[1].marked);
                }
            }
        }

        #[test]
        fn a_marked_piece_holds_a_term(text in prop_oneof![troubled(), any::<String>()], query in troubled()) {
            let terms = Terms::of(&query);
            let of = |terms: &Terms| -> Vec<String> { terms.anywhere.iter().chain(&terms.prefixes).cloned().collect() };
            let mut all = of(&terms);
            for number in &terms.numbers {
                all.push(number.digits.clone());
                all.extend(of(&number.parts));
            }
            let held = |text: &str| all.iter().any(|term| text.contains(term.as_str()));
            for piece in pieces(&text, &terms).into_iter().filter(|piece| piece.marked) {
                prop_assert!(held(&fold(&piece.text)), "{:?} of {:?} by {:?}", piece.text, text, terms);
            }
            for piece in phone_pieces(&text, &terms).into_iter().filter(|piece| piece.marked) {
                prop_assert!(held(&fold(&piece.text)) || held(&digits(&piece.text)), "{:?} of {:?} by {:?}", piece.text, text, terms);
            }
        }

        #[test]
        fn what_the_fold_holds_is_marked(text in prop_oneof![troubled(), any::<String>()], query in troubled()) {
            let terms = Terms::of(&query);
            let folded = fold(&text);
            let held = |terms: &Terms| {
                terms.anywhere.iter().any(|term| folded.contains(term.as_str()))
                    || terms.prefixes.iter().any(|term| folded.split(' ').any(|word| word.starts_with(term.as_str())))
            };
            let hit = held(&terms)
                || terms.numbers.iter().any(|number| folded.contains(number.digits.as_str()) || held(&number.parts));
            prop_assert_eq!(pieces(&text, &terms).iter().any(|piece| piece.marked), hit, "{:?} by {:?}", text, terms);
        }

        /// Letter by letter comes to the same as the whole text at once.
        #[test]
        fn folding_is_the_same_letter_by_letter(text in prop_oneof![troubled(), any::<String>()]) {
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(Folded::of(&chars).text, fold(&text));
        }
    }
}

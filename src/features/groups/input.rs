//! What a group may be called.

use serde::Deserialize;

use crate::db::fold::fold;
use crate::features::users::input::{Limit, line};
use crate::refusal::FieldError;

pub const NAME: Limit =
    Limit { field: "name", noun: "name", min: 1, max: 255, rule: "1 to 255 characters, on one line" };

/// The form as it is sent.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct GroupInput {
    pub name: String,
    /// The id of the customer; for a new group.
    pub customer: String,
    /// `changed_at` as the form saw it; for one that exists.
    pub version: String,
}

impl GroupInput {
    /// The name.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(&self) -> Result<String, FieldError> {
        line(&self.name, &NAME)
    }
}

/// Names of groups as one cell of a file holds them: a semicolon between them, and quotation marks around one that holds a semicolon or such a mark.
pub fn in_a_cell(names: &[String]) -> String {
    let one = |name: &String| match name.contains([';', '"']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.clone(),
    };
    names.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Reads [`in_a_cell`] back; each name once.
pub fn of_a_cell(cell: &str) -> Vec<String> {
    let (mut names, mut name, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = cell.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => name.push('"'),
            '"' if quoted || name.trim().is_empty() => quoted = !quoted,
            ';' if !quoted => names.push(std::mem::take(&mut name)),
            other => name.push(other),
        }
    }
    names.push(name);
    let mut listed: Vec<String> = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        if listed.iter().all(|other| fold(other) != fold(name)) {
            listed.push(name.to_owned());
        }
    }
    listed
}

/// Groups that were chosen, by id.
///
/// # Errors
/// Nothing chosen, or something that is no id.
pub fn chosen(ids: &[String]) -> Result<Vec<i64>, FieldError> {
    let mut chosen: Vec<i64> = Vec::with_capacity(ids.len());
    for id in ids.iter().filter(|id| !id.is_empty()) {
        chosen.push(id.parse().map_err(|_| FieldError::new("group", "Choose among these groups."))?);
    }
    chosen.sort_unstable();
    chosen.dedup();
    if chosen.is_empty() { Err(FieldError::new("group", "Choose at least one group.")) } else { Ok(chosen) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_cell_read_back() {
        for names in [vec![], vec!["Sales"], vec!["Sales", "Field Staff"], vec!["a;b", "say \"hi\"", "c\"", "\""]] {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            assert_eq!(of_a_cell(&in_a_cell(&names)), names, "{}", in_a_cell(&names));
        }
        assert_eq!(of_a_cell(" Sales ;; sales;Other"), ["Sales", "Other"]);
    }
}

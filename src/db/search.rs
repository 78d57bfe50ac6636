//! Substring search over a folded column: terms in any order, three characters or more anywhere, shorter ones as a prefix.

use diesel::sql_types::{Bool, Text};

use super::{Conn, fold};

/// What a query asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// Folded, three characters or more.
    pub anywhere: Vec<String>,
    /// Folded, shorter.
    pub prefixes: Vec<String>,
}

impl Terms {
    pub fn of(query: &str) -> Terms {
        let (anywhere, prefixes) =
            fold::fold(query).split_whitespace().map(str::to_owned).partition(|term| term.chars().count() >= 3);
        Terms { anywhere, prefixes }
    }

    pub fn is_empty(&self) -> bool {
        self.anywhere.is_empty() && self.prefixes.is_empty()
    }
}

/// A condition on users, whichever database it is.
pub type Condition = Box<
    dyn diesel::BoxableExpression<
            crate::db::schema::users::table,
            <Conn as diesel::Connection>::Backend,
            SqlType = Bool,
        >,
>;

/// The users that hold every term of three characters or more, by the index of whichever database it is; None without such a term.
pub fn users_holding(sqlite: bool, terms: &[String]) -> Option<Condition> {
    use diesel::dsl::sql;
    if terms.is_empty() {
        return None;
    }
    if sqlite {
        // A phrase of the trigram tokenizer is a substring; quotes inside are doubled (FTS5, "Full-text Query Syntax").
        let expression: Vec<String> = terms.iter().map(|term| format!("\"{}\"", term.replace('"', "\"\""))).collect();
        let expression = expression.join(" AND ");
        return Some(Box::new(
            sql::<Bool>("users.id IN (SELECT rowid FROM users_search WHERE users_search MATCH ")
                .bind::<Text, _>(expression)
                .sql(")"),
        ));
    }
    let mut terms = terms.iter().map(|term| format!("%{}%", escaped(term)));
    let first = terms.next()?;
    let mut all: Condition = Box::new(sql::<Bool>("users.search LIKE ").bind::<Text, _>(first));
    for term in terms {
        use diesel::BoolExpressionMethods;
        all = Box::new(all.and(sql::<Bool>("users.search LIKE ").bind::<Text, _>(term)));
    }
    Some(all)
}

/// `%`, `_` and `\` mean themselves in a LIKE pattern.
fn escaped(term: &str) -> String {
    term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The end (excluded) of the range of texts that begin with `prefix`, in byte order.
pub fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

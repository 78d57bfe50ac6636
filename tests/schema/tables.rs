//! What a database really holds, read from its own catalogue.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use muster::db::Conn;
use muster::refusal::Refusal;

use crate::support::files;

/// A column: what may be in it, as `diesel::table!` names it, and whether NULL may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub kind: String,
    pub nullable: bool,
}

/// Tables by name, columns by name.
pub type Tables = BTreeMap<String, BTreeMap<String, Column>>;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

/// The tables of a database, but for those that are its own or diesel's.
pub fn read(conn: &mut Conn) -> Result<Tables, Refusal> {
    let lines: Vec<Line> = match conn {
        Conn::Sqlite(c) => diesel::sql_query(
            "SELECT t.name AS table_name, c.name AS column_name, upper(c.type) AS kind, c.\"notnull\" = 0 AND c.pk = 0 AS nullable \
             FROM pragma_table_list t, pragma_table_info(t.name) c WHERE t.schema = 'main' AND t.type = 'table'",
        )
        .load(c)?,
        Conn::Postgres(c) => diesel::sql_query(
            "SELECT table_name::text, column_name::text, upper(data_type::text) AS kind, is_nullable = 'YES' AS nullable \
             FROM information_schema.columns WHERE table_schema = 'public'",
        )
        .load(c)?,
    };
    let mut tables = Tables::new();
    for line in lines {
        if line.table_name.starts_with("sqlite_") || line.table_name.starts_with("__diesel") {
            continue;
        }
        let column = Column { kind: word(&line.kind), nullable: line.nullable };
        tables.entry(line.table_name).or_default().insert(line.column_name, column);
    }
    Ok(tables)
}

/// Both databases' types in diesel's words. SQLite's INTEGER is 64 bits wide wherever we use it: as a row's id.
fn word(kind: &str) -> String {
    match kind {
        "BIGINT" | "INTEGER" => "BigInt",
        "SMALLINT" => "SmallInt",
        "BOOLEAN" => "Bool",
        "BLOB" | "BYTEA" => "Binary",
        "TEXT" => "Text",
        other => other,
    }
    .to_owned()
}

/// What `src/db/schema.rs` says.
pub fn declared() -> Tables {
    let (_, text) = files("src/db", "schema.rs").remove(0);
    let mut tables = Tables::new();
    for block in text.split("diesel::table! {").skip(1) {
        let block = block.split("\n}").next().unwrap();
        let mut name = String::new();
        for line in block.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.is_empty()) {
            if let Some((table, _)) = line.split_once(" (") {
                name = table.to_owned();
                tables.insert(name.clone(), BTreeMap::new());
            } else if let Some((column, kind)) = line.trim_end_matches(',').split_once(" -> ") {
                let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
                let column_is = Column { kind: inner.unwrap_or(kind).to_owned(), nullable: inner.is_some() };
                tables.get_mut(&name).unwrap().insert(column.to_owned(), column_is);
            }
        }
    }
    tables
}

/// Where two sets of tables differ, a line each.
pub fn differences(left: &Tables, right: &Tables) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let mut lines = Vec::new();
    for name in names {
        let (Some(left), Some(right)) = (left.get(name), right.get(name)) else {
            lines.push(format!("the table {name} is in one of them only"));
            continue;
        };
        let columns: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for column in columns {
            if left.get(column) != right.get(column) {
                lines.push(format!("{name}.{column}: {:?} and {:?}", left.get(column), right.get(column)));
            }
        }
    }
    lines
}

//! What can be chosen after `cargo bench --`.

use clap::{Parser, ValueEnum};

#[derive(Parser)]
#[command(about = "Measures Muster against a yardstick in the same run")]
pub struct Arguments {
    /// Which database; both unless said
    #[arg(long)]
    pub database: Option<Which>,
    /// How many users the large installation has
    #[arg(long, default_value_t = 1_000_000)]
    pub users: u64,
    /// Only cases whose name holds one of these, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Turns of the yardstick and of the server for each case
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Milliseconds of the server's turn; the yardstick gets half of it
    #[arg(long, default_value_t = 700)]
    pub turn: u64,
    /// Exit with 1 if a figure misses its floor
    #[arg(long)]
    pub check: bool,
    /// Be the yardstick: answer with so many bytes (used by the bench itself)
    #[arg(long, hide = true)]
    pub yardstick: Option<usize>,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Which {
    Sqlite,
    Postgres,
}

impl Arguments {
    pub fn databases(&self) -> Vec<Which> {
        self.database.map_or_else(|| vec![Which::Sqlite, Which::Postgres], |which| vec![which])
    }

    pub fn wants(&self, case: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| case.contains(part.as_str()))
    }
}

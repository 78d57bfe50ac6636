//! Work in the background: rows of the table `jobs`, each a kind and the id of what it is about, written in the transaction that asks for it.
//!
//! A worker claims a job by one conditional update and holds it for [`queue::LOCK`], which a heartbeat renews. Every batch of a job commits its
//! progress together with what it did and only while the job is still held ([`Hold::note`]); so a job that is killed in the middle is taken up by
//! whoever comes next, goes on where the progress says, and does nothing twice. The lease `jobs` says that somebody works at all, and whose turn
//! house-keeping is.

mod housekeeping;
pub mod lease;
mod pace;
pub mod queue;
mod running;
pub mod watch;
mod worker;

pub use pace::Pace;
pub use queue::{Job, State};
pub use running::{End, Hold, Running};
pub use worker::{Bell, Workers, run_alone};

use crate::features::{customers, imports, users};
use crate::refusal::Refusal;

/// What can be done in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Read an uploaded file, stage its rows, judge them.
    ImportRead,
    /// Judge staged rows again.
    ImportJudge,
    /// Write what was previewed.
    ImportApply,
    /// Write the plan of a large operation.
    OperationPlan,
    /// Carry it out.
    OperationRun,
    /// Write a list of people to a file.
    UsersExport,
    /// Write the new name of a customer wherever its users are sorted by it.
    CustomerRename,
}

impl Kind {
    const ALL: [Kind; 7] = [
        Kind::ImportRead,
        Kind::ImportJudge,
        Kind::ImportApply,
        Kind::OperationPlan,
        Kind::OperationRun,
        Kind::UsersExport,
        Kind::CustomerRename,
    ];

    /// The word in `jobs.kind`.
    pub fn word(self) -> &'static str {
        match self {
            Kind::ImportRead => "import.read",
            Kind::ImportJudge => "import.judge",
            Kind::ImportApply => "import.apply",
            Kind::OperationPlan => "operation.plan",
            Kind::OperationRun => "operation.run",
            Kind::UsersExport => "users.export",
            Kind::CustomerRename => "customer.rename",
        }
    }

    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    fn run(self, running: &Running) -> Result<End, Refusal> {
        match self {
            Kind::ImportRead => imports::actions::read::run(running),
            Kind::ImportJudge => imports::actions::judge::run(running),
            Kind::ImportApply => imports::actions::apply::run(running),
            Kind::OperationPlan => users::actions::bulk::plan::run(running),
            Kind::OperationRun => users::actions::bulk::run::run(running),
            Kind::UsersExport => users::actions::export::run(running),
            Kind::CustomerRename => customers::actions::rename::run(running),
        }
    }
}

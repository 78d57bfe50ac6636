//! `muster`: parse the arguments, call the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    muster::cli::run()
}

//! `muster`: parse the arguments, call the command line.

use std::process::ExitCode;

/// A page is thousands of small pieces, made on one thread and let go on another: a fifth of its time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    muster::cli::run()
}

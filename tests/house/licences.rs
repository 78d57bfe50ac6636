//! Every crate that Muster is built or tested with has a licence that we know and accept.

use std::process::Command;

use serde_json::Value;

/// Licences (SPDX identifiers) that go with `MIT OR Apache-2.0`.
const ACCEPTED: [&str; 16] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    // Weak copyleft by file: it asks for changes to its own files only, and we use them unchanged.
    "MPL-2.0",
    "OpenSSL",
    "PostgreSQL",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Zlib",
];

#[test]
fn every_dependency_has_an_accepted_licence() {
    let refused: Vec<String> = packages()
        .iter()
        .filter_map(|package| {
            let licence = package["license"].as_str().unwrap_or("no licence");
            (!acceptable(licence)).then(|| format!("{} {}: {licence}", package["name"], package["version"]))
        })
        .collect();
    assert!(refused.is_empty(), "licences to decide about:\n{}", refused.join("\n"));
}

#[test]
fn licence_expressions_are_understood() {
    for good in
        ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(MIT OR GPL-3.0) AND ISC", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(acceptable(good), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR ISC) AND (GPL-3.0 OR AGPL-3.0)",
        "MIT WITH some-exception",
        "no licence",
    ] {
        assert!(!acceptable(bad), "{bad}");
    }
}

/// The packages of the lock file that this platform builds, as `cargo metadata` describes them.
fn packages() -> Vec<Value> {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &platform])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

/// Whether an SPDX expression can be satisfied with accepted licences alone. `/` is the old way to write OR.
fn acceptable(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let satisfied = any_of(&mut rest);
    satisfied && rest.is_empty()
}

fn any_of(words: &mut &[&str]) -> bool {
    let mut satisfied = all_of(words);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        satisfied |= all_of(words);
    }
    satisfied
}

fn all_of(words: &mut &[&str]) -> bool {
    let mut satisfied = one(words);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        satisfied &= one(words);
    }
    satisfied
}

fn one(words: &mut &[&str]) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let satisfied = any_of(words);
            match *words {
                [")", rest @ ..] => *words = rest,
                _ => return false,
            }
            satisfied
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            ACCEPTED.contains(&format!("{licence} WITH {exception}").as_str())
        }
        [licence, rest @ ..] => {
            *words = rest;
            ACCEPTED.contains(licence)
        }
        [] => false,
    }
}

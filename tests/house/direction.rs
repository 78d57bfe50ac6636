//! The direction of dependencies that DESIGN.md draws: `pages | api | jobs | cli -> actions -> queries -> db`.
//!
//! A room may use another room's actions, queries and model, never its pages, its API or its form parsing. Read from the paths that the source names.

use crate::support::{files, in_repository, paths_below};

/// Where a file stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// The folder of `src`: access, web, db, …; a file directly in it is a folder of its own.
    layer: String,
    /// Under `features`: the noun, and the role of the file.
    room: Option<(String, String)>,
}

impl Place {
    /// The place of a file (`src/features/users/actions/create.rs`) or of a path in the code (`features::users::actions::create`).
    fn of<'a>(mut parts: impl Iterator<Item = &'a str>) -> Place {
        let layer = parts.next().unwrap_or_default().to_owned();
        let room = (layer == "features")
            .then(|| (parts.next().unwrap_or_default().to_owned(), parts.next().unwrap_or_default().to_owned()));
        Place { layer, room: room.filter(|(noun, _)| !noun.is_empty()) }
    }

    fn role(&self) -> &str {
        self.room.as_ref().map_or("", |(_, role)| role)
    }
}

/// Layers below the rooms, which know no product words; those that know them by name are listed with the reason.
const BELOW: [&str; 3] = ["web", "db", "clock"];

fn refused(from: &Place, to: &Place, path: &str) -> Option<&'static str> {
    let foreign = from.room.as_ref().map(|(noun, _)| noun) != to.room.as_ref().map(|(noun, _)| noun);
    match (from.role(), to.role()) {
        ("queries" | "model" | "input", "actions" | "pages" | "api") => return Some("goes up the stairs"),
        ("actions", "pages" | "api") => return Some("an action knows no page"),
        (_, "pages" | "api") if foreign && !matches!(from.layer.as_str(), "routes") => {
            return Some("another room's pages");
        }
        _ => {}
    }
    // Words of a room's fields (Status, Source, …) are its model's vocabulary; parsing forms is what nobody else may do.
    if foreign && to.role() == "input" && from.room.is_some() && to.room.is_some() && path.contains("Input") {
        return Some("another room's form parsing");
    }
    if BELOW.contains(&from.layer.as_str()) && to.layer == "features" {
        return Some("the frame knows no product words");
    }
    if from.layer == "cli" && to.role() == "queries" {
        return Some("a command calls actions");
    }
    if from.layer == "cli" && path.starts_with("diesel") || from.role() == "pages" && path.starts_with("diesel") {
        return Some("only queries and models speak to the database");
    }
    None
}

#[test]
fn dependencies_point_one_way() {
    let mut faults = Vec::new();
    for (file, text) in files("src", ".rs") {
        let inside = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        let parts: Vec<&str> = inside.split('/').collect();
        let from = Place::of(parts.iter().copied());
        for path in paths(&text, &parts) {
            let to = Place::of(path.split("::"));
            if let Some(why) = refused(&from, &to, &path) {
                faults.push(format!("{file}: {path}: {why}"));
            }
        }
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_rules_see_what_they_are_for() {
    let place = |path: &str| Place::of(path.split("::"));
    let judge = |from: &str, to: &str| refused(&place(from), &place(to), to);
    assert!(judge("features::users::queries", "features::users::actions").is_some());
    assert!(judge("features::users::actions", "features::users::pages::index").is_some());
    assert!(judge("features::imports::actions", "features::users::pages::index").is_some());
    assert!(judge("web::list", "features::users::model").is_some());
    assert!(judge("cli::admin", "features::users::queries").is_some());
    assert!(judge("features::imports::actions", "features::users::actions").is_none());
    assert!(judge("routes", "features::users::pages::index").is_none());
    let text = "use crate::features::{customers, roles::{self, queries::find}};\nlet x = crate::db::fold::fold(y);\nuse super::input::Name;";
    let found = paths(text, &["features", "users", "model"]);
    assert_eq!(
        found,
        [
            "db::fold::fold",
            "features::customers",
            "features::roles",
            "features::roles::queries::find",
            "features::users::input::Name"
        ]
    );
}

#[test]
fn no_file_is_a_drawer_for_odds_and_ends() {
    for folder in ["src", "tests", "static", "templates"] {
        for path in paths_below(folder) {
            let name = path.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default().to_lowercase();
            assert!(!matches!(name.as_str(), "utils" | "util" | "helpers" | "helper" | "common" | "misc"), "{path}");
        }
    }
}

/// The program's own paths that a file names, from the crate's root: from `use` trees and from the code. Tests inside a file may use what they like.
fn paths(text: &str, here: &[&str]) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    let mut rest = code.as_str();
    while let Some(place) = rest.find("use ") {
        let begins = rest[..place].chars().next_back().is_none_or(|c| c.is_whitespace());
        rest = &rest[place + 4..];
        if begins {
            let tree = rest.split(';').next().unwrap_or_default();
            branches("", tree, &mut found);
        }
    }
    for (place, _) in code.match_indices("crate::") {
        let path: String =
            code[place..].chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
        found.push(path.trim_end_matches(':').to_owned());
    }
    let mut paths: Vec<String> = found.iter().filter_map(|path| from_root(path, here)).collect();
    paths.sort();
    paths.dedup();
    // "features" and other bare beginnings of a tree say nothing that their branches do not say.
    paths.retain(|path| path.contains("::"));
    paths
}

/// Every path of a `use` tree.
fn branches(before: &str, tree: &str, found: &mut Vec<String>) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let last = tree.split(" as ").next().unwrap_or_default().trim();
        let path = if last == "self" { before.trim_end_matches("::").to_owned() } else { format!("{before}{last}") };
        found.push(path);
        return;
    };
    let before = format!("{before}{}", tree[..open].trim());
    let inside = tree[open + 1..].trim_end().trim_end_matches('}');
    let inside =
        if tree.matches('{').count() > 1 { &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())] } else { inside };
    let (mut depth, mut begin) = (0, 0);
    for (place, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                branches(&before, &inside[begin..place], found);
                begin = place + 1;
            }
            _ => {}
        }
    }
    if !inside[begin..].trim().is_empty() {
        branches(&before, &inside[begin..], found);
    }
}

/// `crate::…`, `super::…` and `self::…` from the root; what comes from other crates is kept if it is diesel.
fn from_root(path: &str, here: &[&str]) -> Option<String> {
    if let Some(rest) = path.strip_prefix("crate::") {
        return Some(rest.to_owned());
    }
    if path.starts_with("diesel::") {
        return Some(path.to_owned());
    }
    let mut up = here.len();
    let mut rest = path;
    if let Some(inner) = rest.strip_prefix("self::") {
        return Some(format!("{}::{inner}", here.join("::")));
    }
    while let Some(inner) = rest.strip_prefix("super::") {
        up = up.checked_sub(1)?;
        rest = inner;
    }
    (up < here.len()).then(|| format!("{}::{rest}", here[..up].join("::")).trim_start_matches("::").to_owned())
}

#[test]
fn the_top_level_is_what_the_owner_listed() {
    let expected = ["Cargo.toml", "diesel.toml", "src", "templates", "static", "migrations", "tests"];
    for name in expected {
        assert!(in_repository(name).exists(), "{name}");
    }
}

//! Who may do what, as a table for people: `policy.txt`.

use muster::access::{BuiltIn, Permission};

use crate::support::agrees_with_file;

#[test]
fn the_policy_is_the_committed_one() {
    let mut text = format!("{:<22}", "");
    for role in BuiltIn::ALL {
        text.push_str(&format!("{:<15}", role.word()));
    }
    text = format!("{}\n", text.trim_end());
    for permission in Permission::ALL {
        let mut line = format!("{:<22}", permission.word());
        for role in BuiltIn::ALL {
            line.push_str(&format!("{:<15}", if role.allows(permission) { "yes" } else { "-" }));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    agrees_with_file("tests/house/policy.txt", &text);
}

#[test]
fn every_permission_is_in_the_list_of_all() {
    let words: std::collections::BTreeSet<&str> = Permission::ALL.iter().map(|permission| permission.word()).collect();
    assert_eq!(words.len(), Permission::ALL.len());
    for permission in Permission::ALL {
        assert_eq!(Permission::from_word(permission.word()), Some(permission));
    }
    for route in muster::routes::site() {
        assert!(route.permission.is_none_or(|permission| Permission::ALL.contains(&permission)), "{}", route.path);
    }
}

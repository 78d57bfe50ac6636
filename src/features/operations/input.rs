//! The URL of the list of operations: which columns and filters there are.

use super::model::{Kind as What, State as Progress};
use crate::web::list::{Column, Filter, Kind, Spec, Takes};

/// The list: always newest first.
pub static SPEC: Spec = Spec {
    path: "/operations",
    label: "Operations",
    nouns: ("operation", "operations"),
    search: None,
    ticks: None,
    selection: None,
    views: false,
    columns: &[
        Column::new("what", "What", Kind::Title).unsorted(),
        Column::new("when", "When", Kind::Time).unsorted(),
        Column::new("who", "Who", Kind::Words).unsorted(),
        Column::new("state", "State", Kind::Badge).unsorted(),
        Column::new("done", "Changed", Kind::Number).unsorted(),
        Column::new("skipped", "Skipped", Kind::Number).unsorted(),
    ],
    filters: &[
        Filter {
            key: "kind",
            label: "What",
            takes: Takes::Words(|| What::ALL.iter().map(|kind| (kind.word(), kind.label())).collect()),
        },
        Filter {
            key: "state",
            label: "State",
            takes: Takes::Words(|| Progress::ALL.iter().map(|state| (state.code(), state.label())).collect()),
        },
    ],
    sort: "when",
};

//! The URL of the ledger: which columns and filters there are.

use super::model::{Kind as About, State};
use crate::web::list::{Column, Filter, Kind, Spec, Takes};

/// The ledger: always newest first.
pub static SPEC: Spec = Spec {
    path: "/mails",
    label: "Mails",
    nouns: ("mail", "mails"),
    search: Some("Search by the beginning of an address"),
    ticks: Some("/mails/resends"),
    selection: None,
    views: false,
    columns: &[
        Column::new("to", "To", Kind::Title).unsorted(),
        Column::new("about", "About", Kind::Words).unsorted(),
        Column::new("state", "State", Kind::Badge).unsorted(),
        Column::new("link", "Link", Kind::Badge).unsorted(),
        Column::new("queued", "Queued", Kind::Time).unsorted(),
        Column::new("answer", "Answer", Kind::Long).unsorted(),
        Column::new("tries", "Tries", Kind::Number).unsorted().hidden(),
    ],
    filters: &[
        Filter {
            key: "state",
            label: "State",
            takes: Takes::Words(|| State::FILTERED.iter().map(|state| (state.code(), state.label())).collect()),
        },
        Filter {
            key: "about",
            label: "About",
            takes: Takes::Words(|| About::ALL.iter().map(|kind| (kind.word(), kind.label())).collect()),
        },
    ],
    sort: "queued",
};

//! The panels above a list, which are drawn only when they are asked for: with the page (`panel=filters`, works without script) or alone
//! (`X-Fragment: panel`), to be put in place.

use askama::Template;

use super::{Column, Density, PanelName, State, Takes};
use crate::refusal::Refusal;
use crate::web::answer::drawn;
use crate::web::forms::Choice;

/// Choices of a panel are never refused: what makes no sense is left out.
pub const NO_ERRORS: [String; 0] = [];

/// A panel and what is in it.
#[derive(Debug, Clone)]
pub enum Panel {
    Filters(FiltersPanel),
    Columns(ColumnsPanel),
    Views(ViewsPanel),
}

/// The filters to set.
#[derive(Debug, Clone)]
pub struct FiltersPanel {
    /// Where its form goes, and what that carries along.
    pub path: String,
    pub carried: Vec<(&'static str, String)>,
    pub fields: Vec<FilterField>,
    /// The list without filters.
    pub clear: String,
}

/// The columns and densities to choose from.
#[derive(Debug, Clone)]
pub struct ColumnsPanel {
    pub path: String,
    pub carried: Vec<(&'static str, String)>,
    /// The one that stays where it is.
    pub title: Choice,
    /// Those shown, in their order, then the rest.
    pub columns: Vec<Choice>,
    pub densities: Vec<Choice>,
    /// The list with its usual columns.
    pub reset: String,
}

impl Panel {
    pub fn is(&self, name: &PanelName) -> bool {
        *name
            == match self {
                Panel::Filters(_) => PanelName::Filters,
                Panel::Columns(_) => PanelName::Columns,
                Panel::Views(_) => PanelName::Views,
            }
    }

    /// The panel that is asked for of a list with nothing to choose but its columns.
    pub fn of_columns(state: &State) -> Option<Panel> {
        match state.panel? {
            PanelName::Columns => Some(Panel::columns(state)),
            PanelName::Filters | PanelName::Views => None,
        }
    }

    /// The panel that is asked for of a list whose filters are set to one of some words.
    pub fn of_words(state: &State) -> Option<Panel> {
        match state.panel? {
            PanelName::Columns => Some(Panel::columns(state)),
            PanelName::Filters => {
                let facets = state.spec.filters.iter().filter_map(|filter| {
                    let Takes::Words(words) = filter.takes else { return None };
                    let choice = |(code, label): (&str, &str)| (code.to_owned(), label.to_owned(), String::new());
                    Some(Facet { key: filter.key, choices: words().into_iter().map(choice).collect() })
                });
                Some(Panel::filters(state, facets.collect()))
            }
            PanelName::Views => None,
        }
    }

    pub fn columns(state: &State) -> Panel {
        let choice = |column: &Column| Choice::new(column.key, column.label, state.shows(column.key));
        let hidden = state.spec.columns.iter().filter(|column| !state.shows(column.key));
        Panel::Columns(ColumnsPanel {
            path: state.path.clone(),
            carried: state.carried(&["columns", "density"]),
            title: choice(&state.spec.columns[0]),
            columns: state.columns[1..].iter().copied().chain(hidden).map(choice).collect(),
            densities: Density::ALL
                .into_iter()
                .map(|density| Choice::new(density.code(), density.label(), density == state.density))
                .collect(),
            reset: state.with_usual_columns(),
        })
    }

    /// The filters, each with what the room offers for it; one that it offers nothing for is left out.
    pub fn filters(state: &State, mut facets: Vec<Facet>) -> Panel {
        let fields = state.spec.filters.iter().filter_map(|filter| {
            let place = facets.iter().position(|facet| facet.key == filter.key)?;
            let set = state.filter(filter.key);
            let choices = facets.swap_remove(place).choices.into_iter().map(|(value, label, count)| FilterChoice {
                chosen: set == Some(value.as_str()),
                label: if count.is_empty() { label } else { format!("{label} ({count})") },
                href: state.with_filter(filter.key, &value),
                value,
            });
            Some(FilterField {
                key: filter.key,
                label: filter.label,
                input: filter.takes.input(),
                value: set.unwrap_or_default().to_owned(),
                choices: choices.collect(),
            })
        });
        Panel::Filters(FiltersPanel {
            path: state.path.clone(),
            carried: state.carried_by_filters(),
            fields: fields.collect(),
            clear: state.without_filters(),
        })
    }
}

/// The saved views of a list.
#[derive(Debug, Clone)]
pub struct ViewsPanel {
    pub mine: Vec<ViewLink>,
    pub shared: Vec<ViewLink>,
    /// The form that saves what the list shows now.
    pub save: String,
}

/// A saved view as it is listed.
#[derive(Debug, Clone)]
pub struct ViewLink {
    pub name: String,
    /// Whom it is shared with.
    pub note: String,
    pub href: String,
    /// Whether the list shows it now.
    pub current: bool,
    /// Where it is changed, for whoever may.
    pub edit: Option<String>,
}

/// A saved view as its room knows it.
#[derive(Debug, Clone)]
pub struct SavedView {
    pub id: i64,
    pub name: String,
    pub note: String,
    pub query: String,
    pub changeable: bool,
}

impl Panel {
    pub fn views(state: &State, mine: Vec<SavedView>, shared: Vec<SavedView>) -> Panel {
        let (base, present) = (format!("{}/views", state.spec.path), state.kept());
        let with = |address: String| if present.is_empty() { address } else { format!("{address}?{present}") };
        let link = |view: SavedView| {
            let kept = State::parse(state.spec, &view.query);
            ViewLink {
                current: kept.kept() == present,
                href: kept.href(),
                edit: view.changeable.then(|| with(format!("{base}/{}", view.id))),
                name: view.name,
                note: view.note,
            }
        };
        Panel::Views(ViewsPanel {
            mine: mine.into_iter().map(link).collect(),
            shared: shared.into_iter().map(link).collect(),
            save: with(format!("{base}/new")),
        })
    }
}

/// What a room offers for one of its filters.
#[derive(Debug, Clone)]
pub struct Facet {
    pub key: &'static str,
    /// Value, label, and how many rows it would leave, as a figure; empty where that is not cheap to say.
    pub choices: Vec<(String, String, String)>,
}

/// A filter as the panel draws it.
#[derive(Debug, Clone)]
pub struct FilterField {
    pub key: &'static str,
    pub label: &'static str,
    /// The type of the field; empty: it is chosen from the choices, which are suggestions otherwise.
    pub input: &'static str,
    pub value: String,
    pub choices: Vec<FilterChoice>,
}

/// One thing to filter by.
#[derive(Debug, Clone)]
pub struct FilterChoice {
    pub value: String,
    /// With the number of rows that it would leave, where that is known.
    pub label: String,
    pub chosen: bool,
    /// The list with this.
    pub href: String,
}

#[derive(Template)]
#[template(path = "_ui/list_panel.html")]
struct PanelAlone<'a> {
    panel: &'a Panel,
}

/// A panel alone, drawn.
///
/// # Errors
/// As for [`drawn`].
pub(super) fn panel_alone(panel: &Panel) -> Result<Vec<u8>, Refusal> {
    drawn(&PanelAlone { panel })
}

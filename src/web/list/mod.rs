//! The one list machine: what a list can do ([`Spec`]), what its URL says ([`State`]), and the page of it that is drawn ([`View`]).
//!
//! A room declares a [`Spec`], reads a [`Page`] of rows at the state's [`Place`], turns each into a [`Line`] of [`Cell`]s, and draws the [`View`]
//! with a template that extends `_ui/list.html`; how such a [`ListPage`] is answered, whole or in part, is the same for all. Every link on the page is made from the state, so no parameter can reset another. The place in the
//! list is a cursor (value and id of a row), which is dropped when query, filter, order or limit changes. What the reader rarely needs (filters,
//! columns) lies in a [`Panel`] that is asked for on its own.

mod answer;
mod cell;
mod links;
mod listed;
mod pager;
mod panel;
mod place;
mod remembered;
mod selection;
mod spec;
mod state;
mod total;
mod view;
mod whole;

pub use answer::{Asked, ListPage, answer};
pub use cell::{Cell, Line};
pub use listed::Listed;
pub use pager::{Page, Pager};
pub use panel::{
    ColumnsPanel, Facet, FilterChoice, FilterField, FiltersPanel, NO_ERRORS, Panel, SavedView, ViewLink, ViewsPanel,
};
pub use place::{Course, Cursor, Place, Value};
pub use remembered::Remembered;
pub use selection::{Kept, Offer};
pub use spec::{Column, Density, Filter, Kind, LIMITS, PanelName, Spec, Takes};
pub use state::State;
pub use total::{COUNT_CAP, Total, grouped};
pub use view::{Chip, Heading, Names, View};
pub use whole::page_of;

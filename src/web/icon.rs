//! Line drawings beside texts, as a template of their own: drawn in place, all of them would be compiled again wherever one stands.

use askama::Template;
use askama::filters::HtmlSafe;

/// The drawing with a name; `templates/_ui/icons.html` says which there are.
#[derive(Template)]
#[template(path = "_ui/icon.html")]
pub struct Icon<'n> {
    name: &'n str,
}

/// It is a template, which has escaped what is in it.
impl HtmlSafe for Icon<'_> {}

pub fn icon(name: &str) -> Icon<'_> {
    Icon { name }
}

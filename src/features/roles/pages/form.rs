//! The form of a role, new or changed: its name and the grid of permissions.

use std::collections::BTreeSet;

use askama::Template;

use super::{Area, Shown, areas};
use crate::access::{Permission, Rights};
use crate::features::roles::actions::grantable;
use crate::features::roles::input::{NAME, RoleInput};
use crate::refusal::FieldError;
use crate::web::forms::{Field, summary};
use crate::web::shell::{Crumb, Shell};

#[derive(Template)]
#[template(path = "roles/form.html")]
pub struct FormPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    title: String,
    /// Where it is sent to, and where "Cancel" leads.
    action: String,
    back: String,
    button: &'static str,
    errors: Vec<(String, String)>,
    messages: Vec<String>,
    name: Field,
    areas: Vec<Area>,
    version: String,
    /// What it would do to those who hold the role, to be looked at before it is done.
    shown: Shown,
    /// Why nothing was done, where somebody else was first.
    conflict: String,
}

impl FormPage {
    pub fn new(shell: Shell, rights: &Rights, input: &RoleInput, errors: &[FieldError]) -> FormPage {
        let ticked: BTreeSet<Permission> =
            input.permission.iter().filter_map(|word| Permission::from_word(word)).collect();
        let mine = grantable(rights);
        let messages =
            errors.iter().filter(|error| error.field == "permission").map(|error| error.message.clone()).collect();
        FormPage {
            shell,
            crumbs: vec![Crumb::new("Roles", "/roles"), Crumb::here("New Role")],
            title: "New Role".into(),
            action: "/roles".into(),
            back: "/roles".into(),
            button: "Create Role",
            errors: summary(errors),
            messages,
            name: Field::new("name", "Name", &input.name).required().max(NAME.max).errors(errors),
            areas: areas(&ticked, &ticked, &mine),
            version: input.version.clone(),
            shown: Shown::default(),
            conflict: String::new(),
        }
    }

    /// The form of a role that exists.
    pub fn of_role(mut self, id: i64, name: &str) -> FormPage {
        let href = format!("/roles/{id}");
        self.crumbs = vec![Crumb::new("Roles", "/roles"), Crumb::new(name, &href), Crumb::here("Edit")];
        self.title = format!("Edit {name}");
        (self.action, self.back, self.button) = (href.clone(), href, "Save");
        self
    }

    pub fn showing(mut self, shown: Shown) -> FormPage {
        self.shown = shown;
        self
    }

    pub fn in_conflict(mut self, why: String) -> FormPage {
        self.conflict = why;
        self
    }
}

//! What can be found.

/// Results of one kind.
#[derive(Debug, Clone)]
pub struct Section {
    /// "Users", "Pages"
    pub title: &'static str,
    pub results: Vec<Found>,
}

/// One thing that was found, and where it is.
#[derive(Debug, Clone)]
pub struct Found {
    pub title: String,
    /// What tells it from another of the same name; may be empty.
    pub note: String,
    pub href: String,
}

/// Something that can be begun from anywhere: a page that asks for the rest.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// As its button says it elsewhere.
    pub label: &'static str,
    /// Words that it is looked for by as well.
    pub words: &'static str,
    pub path: &'static str,
}

impl Command {
    const fn new(label: &'static str, words: &'static str, path: &'static str) -> Command {
        Command { label, words, path }
    }

    /// All of them. Who may begin which follows from the doors of their paths.
    pub const ALL: [Command; 10] = [
        Command::new("Create User", "new add person", "/users/new"),
        Command::new("Import User", "upload csv file", "/users/import"),
        Command::new("Export", "download csv user list report", "/users/exports/new"),
        Command::new("Paste a list", "select users addresses", "/users/selection/paste"),
        Command::new("Save view", "user list filter", "/users/views/new"),
        Command::new("Create Group", "new add", "/groups/new"),
        Command::new("New Role", "create add permissions", "/roles/new"),
        Command::new("Compare roles", "permissions difference", "/roles/compare"),
        Command::new("New Customer", "create add organisation", "/customers/new"),
        Command::new("Change your password", "account security", "/account/password"),
    ];
}

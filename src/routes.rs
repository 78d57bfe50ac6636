//! The site map: every URL on one line, with its handler. Door and permission are read from the type of the handler's first argument, so that the
//! table (`muster routes`) cannot say anything but what is enforced, and a handler without one does not compile.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Responder};

use crate::access::doors::Demands;
use crate::access::{Door, Permission, Rights, Scope};
use crate::features::customers::listing::CustomerList;
use crate::features::groups::listing::GroupList;
use crate::features::users::actions::selection::UserList;
use crate::features::users::pages::group_selection::{self, Addition, Removal};
use crate::features::{
    account, audit, customers, dashboard, groups, help, imports, mail, operations, reports, roles, search, selections,
    settings, sign_in, users, views,
};
use crate::web::assets;
use crate::web::forms::Checked;
use crate::web::health;
use crate::web::shell::{NavGroup, NavItem};

/// Every URL.
pub fn site() -> Vec<Route> {
    vec![
        // Public.
        get("/", health::home),
        get("/healthz", health::show),
        get("/static/{hash}/{path:.*}", assets::show),
        get("/branding/{version}/{file}", settings::pages::look::show),
        // Signing in.
        get("/login", sign_in::pages::login::show),
        post("/login", sign_in::pages::login::submit),
        get("/login/code", sign_in::pages::code::show),
        post("/login/code", sign_in::pages::code::submit),
        get("/login/activation", sign_in::pages::activation::show),
        post("/login/activation", sign_in::pages::activation::submit),
        get("/login/password", sign_in::pages::password::show),
        post("/login/password", sign_in::pages::password::submit),
        get("/login/confirm", sign_in::pages::confirm::show),
        post("/login/confirm", sign_in::pages::confirm::submit),
        get("/login/unfinished", sign_in::pages::unfinished::show),
        get("/login/link", sign_in::pages::link::show),
        post("/login/link", sign_in::pages::link::submit),
        get("/login/forgot", sign_in::pages::forgot::show),
        post("/login/forgot", sign_in::pages::forgot::submit),
        get("/links/{secret}", sign_in::pages::link::open),
        post("/passwords/check", sign_in::pages::check::submit),
        get("/setup", sign_in::pages::setup::show),
        post("/setup", sign_in::pages::setup::submit),
        post("/logout", sign_in::pages::logout::submit),
        // One's own account.
        get("/account", account::pages::show::show),
        get("/account/password", account::pages::password::show),
        post("/account/password", account::pages::password::submit),
        get("/account/two-factor", account::pages::two_factor::show),
        post("/account/two-factor", account::pages::two_factor::submit),
        get("/account/recovery-codes", account::pages::two_factor::ask_for_codes),
        post("/account/recovery-codes", account::pages::two_factor::renew_codes),
        post("/account/keyboard", account::pages::keyboard::submit),
        post("/account/sessions", account::pages::sessions::end_others),
        post("/account/sessions/{id}", account::pages::sessions::end),
        // Whatever there is.
        get("/search", search::pages::index),
        get("/help", help::pages::index),
        // Users.
        get("/users", users::pages::index::index),
        get("/users/new", users::pages::create::new),
        post("/users", users::pages::create::create),
        get("/users/deleted", users::pages::deleted::index),
        post("/users/restorations", users::pages::deleted::restore),
        post("/users/selection", selections::pages::update::<UserList>),
        get("/users/selection/paste", users::pages::paste::new),
        post("/users/selection/paste", users::pages::paste::create),
        post("/users/deletions", users::pages::deletion::plan),
        get("/users/edits/new", users::pages::bulk_edit::new),
        post("/users/edits/new", users::pages::bulk_edit::choose),
        post("/users/edits", users::pages::bulk_edit::create),
        post("/users/password-changes", users::pages::password::choose),
        post("/users/recovery-mails", users::pages::mails::plan),
        post("/users/two-factor-resets", users::pages::two_factor::plan),
        get("/users/group-additions/new", group_selection::new::<Addition>),
        post("/users/group-additions/new", group_selection::choose::<Addition>),
        post("/users/group-additions", group_selection::create::<Addition>),
        get("/users/group-removals/new", group_selection::new::<Removal>),
        post("/users/group-removals/new", group_selection::choose::<Removal>),
        post("/users/group-removals", group_selection::create::<Removal>),
        get("/users/import", imports::pages::new::new),
        post("/users/import", imports::pages::new::create),
        get("/users/import/sample", imports::pages::new::sample),
        get("/users/import/{id}", imports::pages::show::show),
        post("/users/import/{id}/columns", imports::pages::mapping::update),
        post("/users/import/{id}/remapping", imports::pages::mapping::reopen),
        post("/users/import/{id}/options", imports::pages::changes::options),
        get("/users/import/{id}/refused", imports::pages::refused::show),
        post("/users/import/{id}/corrections", imports::pages::corrections::update),
        post("/users/import/{id}/additions", imports::pages::changes::add),
        post("/users/import/{id}/cancellation", imports::pages::changes::cancel),
        get("/users/exports/new", users::pages::export::new),
        post("/users/exports", users::pages::export::create),
        get("/users/views/new", views::pages::new::new::<UserList>),
        post("/users/views", views::pages::new::create::<UserList>),
        get("/users/views/{id}", views::pages::edit::edit::<UserList>),
        post("/users/views/{id}", views::pages::edit::update::<UserList>),
        post("/users/views/{id}/deletion", views::pages::edit::remove::<UserList>),
        get("/users/{id}", users::pages::show::show),
        get("/users/{id}/groups", users::pages::groups::show),
        get("/users/{id}/groups/new", users::pages::group_choice::new),
        post("/users/{id}/groups", users::pages::group_choice::create),
        post("/users/{id}/groups/removal", users::pages::group_removal::ask),
        post("/users/{id}/groups/removals", users::pages::group_removal::create),
        get("/users/{id}/edit", users::pages::edit::edit),
        post("/users/{id}", users::pages::edit::update),
        post("/users/{id}/status", users::pages::status::update),
        get("/users/{id}/rights", users::pages::rights::show),
        get("/users/{id}/roles", users::pages::roles::edit),
        post("/users/{id}/roles", users::pages::roles::update),
        post("/users/{id}/activation", users::pages::activation::create),
        post("/users/{id}/unlock", users::pages::unlock::create),
        get("/users/{id}/password", users::pages::password::new),
        post("/users/{id}/password", users::pages::password::create),
        // Roles.
        get("/roles", roles::pages::index::index),
        get("/roles/new", roles::pages::new::new),
        post("/roles", roles::pages::new::create),
        get("/roles/compare", roles::pages::compare::show),
        get("/roles/{id}", roles::pages::show::show),
        get("/roles/{id}/users", roles::pages::show::users),
        get("/roles/{id}/scope", roles::pages::show::scope),
        get("/roles/{id}/edit", roles::pages::edit::edit),
        post("/roles/{id}", roles::pages::edit::update),
        get("/roles/{id}/deletion", roles::pages::deletion::show),
        post("/roles/{id}/deletion", roles::pages::deletion::create),
        // Customers.
        get("/customers", customers::pages::index::index),
        get("/customers/new", customers::pages::new::new),
        post("/customers", customers::pages::new::create),
        get("/customers/switch", customers::pages::switch::show),
        post("/customers/switch", customers::pages::switch::update),
        get("/customers/views/new", views::pages::new::new::<CustomerList>),
        post("/customers/views", views::pages::new::create::<CustomerList>),
        get("/customers/views/{id}", views::pages::edit::edit::<CustomerList>),
        post("/customers/views/{id}", views::pages::edit::update::<CustomerList>),
        post("/customers/views/{id}/deletion", views::pages::edit::remove::<CustomerList>),
        get("/customers/{id}", customers::pages::show::show),
        get("/customers/{id}/edit", customers::pages::edit::edit),
        post("/customers/{id}", customers::pages::edit::update),
        get("/customers/{id}/archive", customers::pages::archive::show),
        post("/customers/{id}/archive", customers::pages::archive::create),
        post("/customers/{id}/restoration", customers::pages::show::restore),
        // Groups.
        get("/groups", groups::pages::index::index),
        get("/groups/new", groups::pages::create::new),
        post("/groups", groups::pages::create::create),
        get("/groups/suggestions", groups::pages::suggestions::index),
        post("/groups/deletions", groups::pages::deletion::plan),
        post("/groups/selection", selections::pages::update::<GroupList>),
        get("/groups/views/new", views::pages::new::new::<GroupList>),
        post("/groups/views", views::pages::new::create::<GroupList>),
        get("/groups/views/{id}", views::pages::edit::edit::<GroupList>),
        post("/groups/views/{id}", views::pages::edit::update::<GroupList>),
        post("/groups/views/{id}/deletion", views::pages::edit::remove::<GroupList>),
        get("/groups/{id}", groups::pages::show::show),
        get("/groups/{id}/edit", groups::pages::edit::edit),
        post("/groups/{id}/removals", groups::pages::removals::plan),
        post("/groups/{id}", groups::pages::edit::update),
        // Mails.
        get("/mails", mail::pages::index::index),
        post("/mails/resends", mail::pages::changes::resend),
        post("/mails/revocations", mail::pages::changes::revoke),
        post("/mails/tests", mail::pages::changes::send_test),
        get("/mails/{id}", mail::pages::show::show),
        post("/mails/{id}/link", mail::pages::changes::copy_link),
        // How things stand.
        get("/dashboard", dashboard::pages::show),
        // Files that were asked for.
        get("/reports", reports::pages::index),
        get("/reports/{id}", reports::pages::show),
        post("/reports/{id}/deletion", reports::pages::remove),
        // What was done.
        get("/operations", operations::pages::index::index),
        get("/operations/work", operations::pages::work::show),
        get("/operations/{id}", operations::pages::show::show),
        post("/operations/{id}", operations::pages::show::carry_out),
        post("/operations/{id}/cancellation", operations::pages::show::cancel),
        post("/operations/{id}/undo", operations::pages::undo::create),
        get("/audit", audit::pages::index::index),
        post("/audit/exports", audit::pages::export::create),
        get("/audit/{id}", audit::pages::show::show),
        // What the installation decides about itself.
        get("/settings", settings::pages::index::index),
        get("/settings/account-security", settings::pages::security::show),
        post("/settings/account-security", settings::pages::security::submit),
        get("/settings/sessions", settings::pages::sessions::show),
        post("/settings/sessions", settings::pages::sessions::submit),
        get("/settings/passwords", settings::pages::passwords::show),
        post("/settings/passwords", settings::pages::passwords::submit),
        get("/settings/mail", settings::pages::mail::show),
        post("/settings/mail", settings::pages::mail::submit),
        get("/settings/branding", settings::pages::branding::show),
        post("/settings/branding", settings::pages::branding::submit),
        post("/settings/branding/logo", settings::pages::branding::set_logo),
        post("/settings/branding/logo/removal", settings::pages::branding::remove_logo),
    ]
    .into_iter()
    .chain(gallery())
    .collect()
}

/// Every component in every state, for eyes: of a debug build, since it takes a minute to optimise.
#[cfg(debug_assertions)]
fn gallery() -> Option<Route> {
    Some(get("/gallery", crate::web::gallery::show))
}

#[cfg(not(debug_assertions))]
fn gallery() -> Option<Route> {
    None
}

/// One URL and method.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub door: Door,
    pub permission: Option<Permission>,
    pub step_up: bool,
    mount: Box<dyn Fn(Method) -> actix_web::Route>,
}

/// A handler's arguments, the first of which says who may come in.
pub trait Guarded {
    type Guard: Demands;
}

/// Arguments that hold a body whose CSRF token was checked, second.
pub trait Posted: Guarded {}

macro_rules! arguments {
    ($($rest:ident),*) => {
        impl<G: Demands, $($rest),*> Guarded for (G, $($rest,)*) {
            type Guard = G;
        }
    };
}
arguments!();
arguments!(A);
arguments!(A, B);
arguments!(A, B, C);
arguments!(A, B, C, D);
arguments!(A, B, C, D, E);

macro_rules! posted {
    ($($rest:ident),*) => {
        impl<G: Demands, F: Checked, $($rest),*> Posted for (G, F, $($rest,)*) {}
    };
}
posted!();
posted!(A);
posted!(A, B);
posted!(A, B, C);

fn get<F, Args>(path: &'static str, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + Guarded + 'static,
    F::Output: Responder + 'static,
{
    route(Method::GET, path, handler)
}

fn post<F, Args>(path: &'static str, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + Posted + 'static,
    F::Output: Responder + 'static,
{
    route(Method::POST, path, handler)
}

fn route<F, Args>(method: Method, path: &'static str, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + Guarded + 'static,
    F::Output: Responder + 'static,
{
    Route {
        method,
        path,
        door: Args::Guard::DOOR,
        permission: Args::Guard::PERMISSION,
        step_up: Args::Guard::STEP_UP,
        mount: Box::new(move |method| web::method(method).to(handler.clone())),
    }
}

/// The pages that somebody with these rights may open, as the doors have it. Roles and customers belong to the whole installation:
/// changing those takes the right for all customers.
pub fn open_to(rights: &Rights) -> BTreeSet<&'static str> {
    let permits = |route: &Route| match route.permission {
        None => true,
        Some(needed @ (Permission::ManageRoles | Permission::ManageCustomers)) => {
            rights.scope_of(needed) == Some(&Scope::All)
        }
        Some(needed) => rights.scope_of(needed).is_some(),
    };
    site().into_iter().filter(|route| route.method == Method::GET && permits(route)).map(|route| route.path).collect()
}

/// Puts the site into a server. What begins with the same word is found by that word, so that a request is compared with few patterns of others; below
/// it, paths keep the order of the map, so that a fixed word goes before a parameter.
pub fn mount(config: &mut ServiceConfig) {
    let mut order: Vec<&'static str> = Vec::new();
    let mut resources: BTreeMap<&'static str, actix_web::Resource> = BTreeMap::new();
    for route in site() {
        if !order.contains(&route.path) {
            order.push(route.path);
        }
        let (_, below) = parted(route.path);
        let resource = resources.remove(route.path).unwrap_or_else(|| web::resource(below));
        let mut resource = resource.route((route.mount)(route.method.clone()));
        if route.method == Method::GET {
            resource = resource.route(head(&route));
        }
        resources.insert(route.path, resource);
    }
    let mut scopes: BTreeMap<&'static str, actix_web::Scope> = BTreeMap::new();
    for path in order {
        let Some(resource) = resources.remove(path) else { continue };
        match parted(path).0 {
            "" => drop(config.service(resource)),
            word => {
                let scope = scopes.remove(word).unwrap_or_else(|| web::scope(word));
                scopes.insert(word, scope.service(resource));
            }
        }
    }
    for scope in scopes.into_values() {
        config.service(scope);
    }
}

/// The first word of a path and what comes below it: "/users" and "/{id}". The front page is below no word.
fn parted(path: &'static str) -> (&'static str, &'static str) {
    match path.get(1..).and_then(|rest| rest.find('/')) {
        Some(end) => path.split_at(end + 1),
        None if path == "/" => ("", path),
        None => (path, ""),
    }
}

/// HEAD answers like GET; the server leaves the body out.
fn head(route: &Route) -> actix_web::Route {
    (route.mount)(Method::HEAD)
}

/// The navigation of somebody with these rights. `customer`: the one whose people the lists are to show.
pub fn navigation(rights: &Rights, path: &str, customer: Option<i64>) -> Vec<NavGroup> {
    let sees = |permission| rights.scope_of(permission).is_some();
    let item = |label, href: &'static str, icon| NavItem { label, href, query: String::new(), icon, current: false };
    let narrowed = |item: NavItem| match customer {
        Some(id) => NavItem { query: format!("?customer={id}"), ..item },
        None => item,
    };
    let mut dashboard = Vec::new();
    let mut users = Vec::new();
    if sees(Permission::ViewUsers) {
        dashboard.push(item("Overview", "/dashboard", "chart"));
        dashboard.push(item("Reports", "/reports", "export"));
        users.push(narrowed(item("User List", "/users", "users")));
    }
    if sees(Permission::ViewGroups) {
        users.push(narrowed(item("Groups", "/groups", "list")));
    }
    if sees(Permission::DeleteUsers) {
        users.push(narrowed(item("Deleted users", "/users/deleted", "restore")));
    }
    if sees(Permission::ViewCustomers) {
        users.push(item("Customers", "/customers", "building"));
    }
    let mut security = Vec::new();
    if sees(Permission::ViewUsers) {
        security.push(item("Operations", "/operations", "undo"));
    }
    if sees(Permission::ViewRoles) {
        security.push(item("Roles", "/roles", "shield"));
    }
    if sees(Permission::ViewAudit) {
        security.push(narrowed(item("Audit", "/audit", "clock")));
    }
    if rights.scope_of(Permission::ManageInstallation) == Some(&Scope::All) {
        security.push(item("Mails", "/mails", "mail"));
    }
    let mut settings = Vec::new();
    // Settings are of the whole installation.
    if rights.scope_of(Permission::ManageInstallation) == Some(&Scope::All) {
        settings.push(item("Portal Management", "/settings", "settings"));
    }
    let mut groups = vec![
        NavGroup { label: "Dashboard", items: dashboard },
        NavGroup { label: "Users", items: users },
        NavGroup { label: "Security", items: security },
        NavGroup { label: "Settings", items: settings },
    ];
    groups.retain(|group| !group.items.is_empty());
    // The longest address that this page lies under is where the reader is.
    let current = groups
        .iter()
        .flat_map(|group| &group.items)
        .map(|item| item.href)
        .filter(|href| path == *href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')))
        .max_by_key(|href| href.len());
    for item in groups.iter_mut().flat_map(|group| &mut group.items) {
        item.current = Some(item.href) == current;
    }
    groups
}

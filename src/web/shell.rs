//! What surrounds the content of every page.

use actix_web::{HttpMessage, HttpRequest, web};
use serde::{Deserialize, Serialize};

use super::answer::local_path;
use super::cookies::Jar;
use super::current::{Current, switches};
use super::dates::Zone;
use super::kept::Sent;
use super::work;
use crate::access::keyring::KeyRing;
use crate::access::{Visitor, csrf};
use crate::app::App;
use crate::jobs::watch::Work;

/// Everything that the layout draws around a page.
#[derive(Debug, Clone)]
pub struct Shell {
    pub installation: String,
    /// The style sheet of the installation's own colour, if it has one.
    pub style: Option<String>,
    pub logo: Option<Logo>,
    /// Where style sheets and scripts lie, without a slash at the end.
    pub assets: String,
    pub csrf: String,
    pub person: Option<Person>,
    pub nav: Vec<NavGroup>,
    /// The customer whose people the lists show; None: all.
    pub customer: Option<Current>,
    /// Whether the reader can choose one.
    pub switches: bool,
    pub flash: Option<Flash>,
    /// The reader's own work in the background, but what the page itself is about.
    pub work: Vec<Work>,
    /// Path and query of this page: where a form that was kept comes back to.
    pub page: String,
    pub zone: Zone,
    /// Whether single keys are shortcuts for the reader.
    pub single_keys: bool,
}

/// The logo of an installation.
#[derive(Debug, Clone)]
pub struct Logo {
    pub src: String,
    /// Points of a page.
    pub width: u32,
    pub height: u32,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub email: String,
}

#[derive(Debug, Clone)]
pub struct NavGroup {
    pub label: &'static str,
    pub items: Vec<NavItem>,
}

#[derive(Debug, Clone)]
pub struct NavItem {
    pub label: &'static str,
    pub href: &'static str,
    /// What follows it: "?customer=3", or nothing.
    pub query: String,
    pub icon: &'static str,
    pub current: bool,
}

/// A step of the way to a page; an empty `href` is the page itself.
#[derive(Debug, Clone)]
pub struct Crumb {
    pub label: String,
    pub href: String,
}

impl Crumb {
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Crumb { label: label.into(), href: href.into() }
    }

    pub fn here(label: impl Into<String>) -> Self {
        Crumb { label: label.into(), href: String::new() }
    }
}

/// A tab of a page that has several, each with a URL of its own.
#[derive(Debug, Clone)]
pub struct Tab {
    pub label: &'static str,
    pub href: String,
    pub current: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlashKind {
    Success,
    Problem,
    Notice,
}

impl FlashKind {
    pub fn class(&self) -> &'static str {
        match self {
            FlashKind::Success => "success",
            FlashKind::Problem => "problem",
            FlashKind::Notice => "notice",
        }
    }
}

/// One message for the next page, carried by a cookie that only we can write.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flash {
    pub kind: FlashKind,
    pub text: String,
    /// The operation that "Undo" beside it takes back.
    #[serde(default)]
    pub undo: Option<i64>,
}

impl Flash {
    pub fn sealed(&self, keys: &KeyRing) -> String {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mac = keys.mac("flash", &[&body]);
        format!("{}.{}", data_encoding::BASE64URL_NOPAD.encode(&body), data_encoding::BASE64URL_NOPAD.encode(&mac))
    }

    fn opened(keys: &KeyRing, value: &str) -> Option<Flash> {
        let (body, mac) = value.split_once('.')?;
        let body = data_encoding::BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
        let mac = data_encoding::BASE64URL_NOPAD.decode(mac.as_bytes()).ok()?;
        keys.verify_mac("flash", &[&body], &mac).then(|| serde_json::from_slice(&body).ok()).flatten()
    }
}

/// The page that a request is about: its own address, or for a form the page that it was sent from, so that one drawn again keeps it.
fn page_of(req: &HttpRequest) -> String {
    let sent = req.extensions().get::<Sent>().and_then(|sent| {
        let page = url::form_urlencoded::parse(&sent.0).find(|(name, _)| name == "page")?.1;
        local_path(&page).map(ToOwned::to_owned)
    });
    sent.unwrap_or_else(|| req.uri().path_and_query().map(ToString::to_string).unwrap_or_default())
}

impl Shell {
    /// The shell for whoever asks: with navigation if they are fully signed in.
    pub fn of(app: &web::Data<App>, req: &HttpRequest) -> Shell {
        let mut shell = Shell::without_nav(app, req);
        let extensions = req.extensions();
        if let Some(session) = extensions.get::<Visitor>().and_then(|visitor| visitor.session.as_ref()) {
            shell.person = Some(Person { name: session.actor.name.clone(), email: session.actor.email.clone() });
            shell.single_keys = session.actor.single_keys;
            shell.customer = Current::of(app, req, &session.actor);
            shell.switches = switches(&session.actor);
            let customer = shell.customer.as_ref().map(|current| current.id);
            shell.nav = crate::routes::navigation(&session.actor.rights, req.path(), customer);
            shell.work = work::shown(req);
        }
        shell
    }

    /// The shell of pages outside: sign-in, set-up, errors.
    pub fn without_nav(app: &web::Data<App>, req: &HttpRequest) -> Shell {
        let flash = req
            .cookie(Jar::Flash.name(&app.settings.public))
            .and_then(|cookie| Flash::opened(&app.keys, cookie.value()));
        let extensions = req.extensions();
        let current = app.installation.get();
        let seed = extensions.get::<Visitor>().map_or("", |visitor| visitor.csrf_seed.as_str());
        Shell {
            installation: current.branding.name.clone(),
            style: current.style.as_ref().map(|_| format!("{}/accent.css", current.look())),
            logo: current.logo.as_ref().map(|logo| {
                let (width, height) = logo.shown();
                Logo { src: format!("{}/logo.png", current.look()), width, height }
            }),
            assets: app.assets.base(),
            csrf: csrf::token(&app.keys, seed),
            person: None,
            nav: Vec::new(),
            customer: None,
            switches: false,
            flash,
            work: Vec::new(),
            page: page_of(req),
            zone: Zone::of(req),
            single_keys: false,
        }
    }

    /// A time (unix milliseconds) in the reader's zone, in the form 2020/04/01 03:52:39 PM.
    pub fn date(&self, at: &i64) -> String {
        self.zone.show(*at)
    }

    /// Whether something of one's own runs in the background.
    pub fn is_working(&self) -> bool {
        self.work.iter().any(|work| !work.has_ended)
    }

    /// A time as machines read it, for `<time datetime>`.
    pub fn iso(&self, at: &i64) -> String {
        super::dates::iso(*at)
    }
}

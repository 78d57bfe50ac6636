//! The customer whose people the lists show, for who looks after several: kept by a cookie that only we can write, good for the person who chose it
//! and only within their scope. The lists themselves know nothing of it; the navigation carries it along as their filter.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::cookies::Jar;
use crate::access::keyring::KeyRing;
use crate::access::{Actor, Permission, Scope};
use crate::app::App;

/// A year, in seconds.
const LASTS: i64 = 365 * 24 * 3_600;

/// A customer that somebody has chosen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Current {
    /// Who chose it.
    pub user_id: i64,
    pub id: i64,
    pub name: String,
}

impl Current {
    /// What the reader has chosen, as long as they may see it.
    pub fn of(app: &App, req: &HttpRequest, actor: &Actor) -> Option<Current> {
        let cookie = req.cookie(Jar::Customer.name(&app.settings.public))?;
        let current = Current::opened(&app.keys, cookie.value())?;
        let sees = actor.rights.allow(Permission::ViewUsers, current.id);
        (current.user_id == actor.id && sees && switches(actor)).then_some(current)
    }

    pub fn remember(&self, app: &App, response: &mut HttpResponse) {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mac = app.keys.mac("customer", &[&body]);
        let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
        let value = format!("{}.{}", encode(&body), encode(&mac));
        let _ = response.add_cookie(&Jar::Customer.cookie(&app.settings.public, value, Some(LASTS)));
    }

    pub fn forget(app: &App, response: &mut HttpResponse) {
        let _ = response.add_cookie(&Jar::Customer.removal(&app.settings.public));
    }

    fn opened(keys: &KeyRing, value: &str) -> Option<Current> {
        let (body, mac) = value.split_once('.')?;
        let body = data_encoding::BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
        let mac = data_encoding::BASE64URL_NOPAD.decode(mac.as_bytes()).ok()?;
        keys.verify_mac("customer", &[&body], &mac).then(|| serde_json::from_slice(&body).ok()).flatten()
    }
}

/// Whether there is anything to switch between: the people of several customers are seen.
pub fn switches(actor: &Actor) -> bool {
    match actor.rights.scope_of(Permission::ViewUsers) {
        Some(Scope::All) => true,
        Some(Scope::Some(ids)) => ids.len() > 1,
        None => false,
    }
}

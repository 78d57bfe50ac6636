//! The doors of the house as extractors: a handler's first argument says who may come in, and `routes.rs` reads the site's table from its type.

use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::Either;

use super::actor::Origin;
use super::permit::{Action, Anyone, HalfSignedIn, Permit, SignedIn, SteppedUp};
use super::policy::Permission;
use super::session::Session;
use crate::refusal::Refusal;
use crate::web::errors::Problem;
use crate::web::kept::{self, DoorShut};

/// Who is asking: put into the request by `web/frame.rs` before any handler runs.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub session: Option<Session>,
    pub origin: Origin,
    /// The value of the cookie that the CSRF token of this visitor's forms is made from.
    pub csrf_seed: String,
    /// Who the cookie's session belonged to, if it has ended.
    pub late_user: Option<i64>,
}

/// Who a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Public,
    HalfSignedIn,
    SignedIn,
}

impl Door {
    pub fn word(self) -> &'static str {
        match self {
            Door::Public => "public",
            Door::HalfSignedIn => "half signed in",
            Door::SignedIn => "signed in",
        }
    }
}

/// What a handler's first argument demands.
pub trait Demands {
    const DOOR: Door;
    const PERMISSION: Option<Permission> = None;
    const STEP_UP: bool = false;
}

impl<A: Action> Demands for Permit<A> {
    const DOOR: Door = Door::SignedIn;
    const PERMISSION: Option<Permission> = Some(A::PERMISSION);
    const STEP_UP: bool = A::STEP_UP;
}
impl Demands for SignedIn {
    const DOOR: Door = Door::SignedIn;
}
impl Demands for SteppedUp {
    const DOOR: Door = Door::SignedIn;
    const STEP_UP: bool = true;
}
impl Demands for HalfSignedIn {
    const DOOR: Door = Door::HalfSignedIn;
}
impl Demands for Anyone {
    const DOOR: Door = Door::Public;
}

fn visitor(req: &HttpRequest) -> Result<Visitor, Problem> {
    req.extensions()
        .get::<Visitor>()
        .cloned()
        .ok_or_else(|| Problem(Refusal::Broken("a handler ran outside the frame".into())))
}

/// At once, or after the form of somebody who is sent to sign in or to confirm first was kept.
type Opening<T> = Either<Ready<Result<T, Problem>>, Pin<Box<dyn Future<Output = Result<T, Problem>>>>>;

fn door<T>(req: &HttpRequest, open: impl FnOnce(Option<&Session>, Origin) -> Result<T, Refusal>) -> Result<T, Problem> {
    visitor(req).and_then(|visitor| open(visitor.session.as_ref(), visitor.origin.clone()).map_err(Problem))
}

/// A door that keeps what a late visitor brought.
fn keeping_door<T: 'static>(
    req: &HttpRequest,
    payload: &mut Payload,
    open: impl FnOnce(Option<&Session>, Origin) -> Result<T, Refusal>,
) -> Opening<T> {
    let refusal = match door(req, open) {
        Err(Problem(refusal @ (Refusal::SignIn | Refusal::StepUp))) => refusal,
        other => return Either::Left(ready(other)),
    };
    let Some(user_id) = kept::keeper(req) else { return Either::Left(ready(Err(Problem(refusal)))) };
    req.extensions_mut().insert(DoorShut);
    let (req, payload) = (req.clone(), payload.take());
    Either::Right(Box::pin(async move {
        if let Some(cookie) = kept::keep(&req, payload, user_id).await? {
            req.extensions_mut().insert(cookie);
        }
        Err(Problem(refusal))
    }))
}

impl<A: Action> FromRequest for Permit<A> {
    type Error = Problem;
    type Future = Opening<Self>;
    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        keeping_door(req, payload, Permit::of_session)
    }
}
impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = Opening<Self>;
    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        keeping_door(req, payload, SignedIn::of_session)
    }
}
impl FromRequest for SteppedUp {
    type Error = Problem;
    type Future = Opening<Self>;
    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        keeping_door(req, payload, SteppedUp::of_session)
    }
}
impl FromRequest for HalfSignedIn {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(door(req, HalfSignedIn::of_session))
    }
}
impl FromRequest for Anyone {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(door(req, |session, origin| Ok(Anyone::of_session(session, origin))))
    }
}

//! Who asks to come in, and what came of it.

use actix_web::http::header;
use actix_web::{HttpRequest, web};

use crate::access::Origin;
use crate::access::credentials::Credentials;
use crate::access::guesses::{Attempt, Source};
use crate::access::one_time::Secret;
use crate::access::session::{Client, Level};
use crate::access::throttle::Verdict;
use crate::app::App;
use crate::features::users::model::User;
use crate::refusal::Refusal;
use crate::web::cookies::Jar;

/// Longest part of a browser's own name that is kept.
const LONGEST_BROWSER: usize = 300;

/// Somebody who asks to come in: from where, with which browser.
#[derive(Debug, Clone)]
pub struct Asker {
    pub origin: Origin,
    pub client: Client,
    pub source: Source,
}

impl Asker {
    pub fn of(app: &web::Data<App>, req: &HttpRequest, origin: Origin) -> Self {
        let browser = req.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let browser = browser.chars().take(LONGEST_BROWSER).collect();
        let known = req.cookie(Jar::Browser.name(&app.settings.public)).map(|cookie| cookie.value().to_owned());
        Asker {
            client: Client { address: origin.address.clone(), browser },
            source: Source { address: origin.address.clone(), browser: known },
            origin,
        }
    }

    /// The origin of what this person does, once it is known who they are.
    pub fn origin_as(&self, user: &User) -> Origin {
        Origin { actor_id: Some(user.id), actor_name: user.title().to_owned(), ..self.origin.clone() }
    }
}

/// Somebody whom an e-mail address and a password would let in: local, active, in a role that may sign in, with a password.
#[derive(Clone)]
pub struct Candidate {
    pub user: User,
    pub credentials: Credentials,
}

/// What came of testing a secret.
pub enum Tested<T> {
    Right(T),
    Wrong,
    /// It was not tested: too many tries.
    Held(Verdict),
}

/// A password that was right; its attempt is not settled yet.
pub struct Proof {
    pub candidate: Candidate,
    pub attempt: Attempt,
}

/// A session has begun.
pub struct Entered {
    pub session: Secret,
    /// The cookie of a browser that was not known before.
    pub browser: Option<Secret>,
    pub level: Level,
    pub user_id: i64,
    /// The page of theirs to begin with.
    pub home: &'static str,
}

/// What a verdict says to people, and seconds for `Retry-After`.
pub fn wait(verdict: Verdict, now: i64) -> (String, Option<u64>) {
    match verdict.retry_after_s(now).and_then(|seconds| u64::try_from(seconds).ok()) {
        Some(retry_after) => (Refusal::TooOften { retry_after }.to_string(), Some(retry_after)),
        None => (
            "Too many wrong tries: no more are taken from here. Use a browser that you have signed in with before, or ask an administrator for a recovery link.".into(),
            None,
        ),
    }
}

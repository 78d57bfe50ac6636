//! What a new password of somebody has to be: how long, and which words it must not be made of. Every path on which one is chosen asks here.

use actix_web::web;

use crate::access::password::{Fault, Password, PasswordRules, own_words};
use crate::app::App;
use crate::db::Conn;
use crate::features::roles::actions::{tfa_required, tfa_required_of};
use crate::features::settings::model::{Branding, PasswordSettings};
use crate::features::settings::queries::read;
use crate::refusal::{FieldError, Refusal};

/// Whose password it is to be.
#[derive(Debug, Clone)]
pub enum Chooser {
    /// Somebody with this id, name and address.
    User(i64, String, String),
    /// The first administrator, called so.
    First(String, String),
}

/// What it has to be.
#[derive(Debug, Clone)]
pub struct Demand {
    rules: PasswordRules,
    /// Texts whose words it must not be made of.
    texts: Vec<String>,
    /// Those of them that are the person's own.
    own: Vec<String>,
}

impl Demand {
    /// What somebody's has to be.
    pub async fn of(app: &web::Data<App>, chooser: Chooser) -> Result<Demand, Refusal> {
        app.db.read(move |conn| Demand::read(conn, &chooser)).await
    }

    /// [`Demand::of`] where the database is at hand.
    pub fn read(conn: &mut Conn, chooser: &Chooser) -> Result<Demand, Refusal> {
        let settings: PasswordSettings = read(conn)?;
        let (required, name, email) = match chooser {
            Chooser::User(id, name, email) => (!tfa_required_of(conn, &[*id])?.is_empty(), name, email),
            Chooser::First(name, email) => (tfa_required(conn)?, name, email),
        };
        let rules = match required {
            true => PasswordRules::WITH_SECOND_FACTOR.at_least(settings.with_second_factor),
            false => PasswordRules::ALONE.at_least(settings.alone),
        };
        Demand::with(conn, rules, vec![name.clone(), email.clone()], settings)
    }

    /// What a page says that it has to be, for somebody who is still typing: not what counts when it is sent.
    pub fn of_page(conn: &mut Conn, shortest: usize, own: Vec<String>) -> Result<Demand, Refusal> {
        let settings = read(conn)?;
        Demand::with(conn, PasswordRules::WITH_SECOND_FACTOR.at_least(shortest), own, settings)
    }

    fn with(
        conn: &mut Conn,
        rules: PasswordRules,
        own: Vec<String>,
        settings: PasswordSettings,
    ) -> Result<Demand, Refusal> {
        let branding: Branding = read(conn)?;
        let texts = own.iter().cloned().chain(settings.words).chain([branding.name]).collect();
        Ok(Demand { rules, texts, own })
    }

    /// The shortest that is accepted, in characters.
    pub fn shortest(&self) -> usize {
        self.rules.min_length()
    }

    /// The person's own words, as they are called.
    pub fn own(&self) -> &[String] {
        &self.own
    }

    /// What is wrong with a password.
    ///
    /// # Errors
    /// Broken.
    pub async fn faults(&self, typed: &Password) -> Result<Vec<Fault>, Refusal> {
        let (demand, typed) = (self.clone(), typed.clone());
        let judge = move || {
            let texts: Vec<&str> = demand.texts.iter().map(String::as_str).collect();
            demand.rules.faults(&typed, &own_words(&texts))
        };
        web::block(judge).await.map_err(|_| Refusal::Broken("a password could not be judged".into()))
    }

    /// The same as messages of the form's field.
    ///
    /// # Errors
    /// Broken.
    pub async fn problems(&self, typed: &Password) -> Result<Vec<FieldError>, Refusal> {
        let faults = self.faults(typed).await?;
        Ok(faults.into_iter().map(|fault| FieldError::new("password", fault.message)).collect())
    }
}

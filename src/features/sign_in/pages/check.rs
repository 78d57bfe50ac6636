//! `POST /passwords/check`: which rules a new password meets, for somebody who is still typing it. Nothing is looked up about anybody, nothing is
//! kept; what counts is judged when the password is sent.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use crate::access::Anyone;
use crate::access::password::Password;
use crate::app::App;
use crate::features::sign_in::actions::Demand;
use crate::features::sign_in::pieces::{RuleLine, rule_lines};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, page};
use crate::web::forms::Form;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    password: String,
    /// What the page says that it has to have at least, in characters.
    shortest: usize,
    /// The person's own words, one to a line.
    words: String,
}

/// Longest row of own words that is looked at.
const LONGEST_WORDS: usize = 2_000;

#[derive(Template)]
#[template(path = "sign_in/rules.html")]
struct RulesPart {
    lines: Vec<RuleLine>,
}

pub async fn submit(_anyone: Anyone, form: Form<Typed>, app: web::Data<App>) -> Answer {
    let Form(Typed { password, shortest, words }) = form;
    let password = Password::new(password);
    // Judging costs, and anybody may ask: who comes while others are judged is told to come again.
    let _turn = app.judges.try_acquire().map_err(|_| Refusal::Unavailable("Try again in a moment.".into()))?;
    let own: Vec<String> = words.chars().take(LONGEST_WORDS).collect::<String>().lines().map(str::to_owned).collect();
    let demand = app.db.read(move |conn| Demand::of_page(conn, shortest, own)).await?;
    let lines = match password.is_empty() {
        true => rule_lines(demand.shortest(), None),
        false => rule_lines(demand.shortest(), Some(&demand.faults(&password).await?)),
    };
    page(&RulesPart { lines })
}

//! `GET /dashboard`: what needs attention, and the last days.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::model::{DAYS, Day};
use super::queries;
use crate::access::Permit;
use crate::access::permit::{ManageMails, ViewUsers};
use crate::app::App;
use crate::clock::DAY;
use crate::db::Conn;
use crate::features::mail::actions::everywhere;
use crate::features::mail::model::State as Sent;
use crate::features::mail::queries as mail;
use crate::features::operations::actions::sees_all;
use crate::features::operations::model::State as Progress;
use crate::features::operations::queries as operations;
use crate::features::users::input::listing;
use crate::features::users::queries as users;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn, html};
use crate::web::dates::iso;
use crate::web::list::{COUNT_CAP, State, Total, grouped};
use crate::web::shell::Shell;

/// What of the User List needs attention: what it is called, and what narrows the list to it.
const PEOPLE: [(&str, &str); 5] = [
    ("May sign in without 2FA", "status=active&access=may&tfa=not-active"),
    ("2FA was reset, not set up again", "status=active&access=may&tfa=not-configured"),
    ("May sign in, never logged in", "status=active&access=may&login=never"),
    ("Activation pending", "access=pending"),
    ("Held back after wrong passwords", "access=held"),
];

/// What may need attention: how many, and the list of just these.
struct Attention {
    label: &'static str,
    count: Total,
    href: String,
}

impl Attention {
    fn is_due(&self) -> bool {
        self.count.at_least() > 0
    }
}

/// A day as it stands in the table.
struct DayLine {
    /// 2026-11-23
    day: String,
    sign_ins: String,
    new_users: String,
    /// Empty: not known.
    coverage: String,
}

/// A bar of a chart, in units of its drawing.
struct Bar {
    x: usize,
    y: i64,
    height: i64,
    title: String,
}

/// A chart, and what it says to whoever does not see it.
struct Chart {
    title: &'static str,
    said: String,
    /// What the highest bar stands for.
    top: String,
    bars: Vec<Bar>,
}

/// The height of a drawing, and how wide a day is in it.
const HEIGHT: i64 = 100;
const STEP: usize = 10;

impl Chart {
    /// `top`: what the full height stands for; `shown`: a figure in words.
    fn of(
        title: &'static str,
        figures: &[(String, Option<i64>)],
        top: i64,
        shown: impl Fn(i64) -> String,
        said: String,
    ) -> Chart {
        let bar = |(place, (day, figure)): (usize, &(String, Option<i64>))| {
            let number = (*figure)?;
            // A little is not nothing.
            let height = (number * HEIGHT / top.max(1)).max(i64::from(number > 0));
            Some(Bar { x: place * STEP + 1, y: HEIGHT - height, height, title: format!("{day}: {}", shown(number)) })
        };
        Chart { title, said, top: shown(top), bars: figures.iter().enumerate().filter_map(bar).collect() }
    }
}

#[derive(Template)]
#[template(path = "dashboard/show.html")]
struct DashboardPage {
    shell: Shell,
    attention: Vec<Attention>,
    charts: Vec<Chart>,
    /// The newest first.
    days: Vec<DayLine>,
    first: String,
    last: String,
}

impl DashboardPage {
    fn is_calm(&self) -> bool {
        !self.attention.iter().any(Attention::is_due)
    }
}

pub async fn show(permit: Permit<ViewUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let shell = Shell::of(&app, &req);
    let body = app.db.read(move |conn| drawn(&read(conn, &permit, shell)?)).await?;
    Ok(html(StatusCode::OK, body))
}

fn read(conn: &mut Conn, permit: &Permit<ViewUsers>, shell: Shell) -> Result<DashboardPage, Refusal> {
    let today = permit.now().div_euclid(DAY);
    let days = queries::days(conn, permit.scope(), today - DAYS + 1, today)?;
    let name = |day: &Day| iso(day.day * DAY).chars().take(10).collect::<String>();
    let lines = days.iter().rev().map(|day| DayLine {
        day: name(day),
        sign_ins: grouped(day.sign_ins),
        new_users: grouped(day.new_users),
        coverage: day.coverage().map(|percent| percentage(percent, day)).unwrap_or_default(),
    });
    let charts = charts(&days, name);
    let (first, last) = (days.first().map(name).unwrap_or_default(), days.last().map(name).unwrap_or_default());
    Ok(DashboardPage { attention: attention(conn, permit)?, charts, days: lines.collect(), first, last, shell })
}

fn percentage(percent: i64, day: &Day) -> String {
    format!("{percent} % ({} of {})", grouped(day.protected), grouped(day.signing_in))
}

/// Each count is that of the list it leads to: from the kept totals, or counted as far as the list counts.
fn attention(conn: &mut Conn, permit: &Permit<ViewUsers>) -> Result<Vec<Attention>, Refusal> {
    let mut all = Vec::new();
    let people = PEOPLE.map(|(label, query)| (label, State::parse(&listing::SPEC, query)));
    let narrows = people.each_ref().map(|(_, state)| listing::narrow(permit.scope(), permit.now(), state));
    for ((label, state), count) in people.into_iter().zip(users::totals(conn, &narrows)?) {
        all.push(Attention { label, count, href: state.href() });
    }
    for (label, state) in [("Work under way", Progress::Running), ("Work that failed", Progress::Failed)] {
        let narrow = operations::Narrow {
            actor: (!sees_all(permit)).then_some(permit.actor().id),
            kind: None,
            state: Some(state.number()),
            now: permit.now(),
        };
        let count = Total::counted(operations::count(conn, &narrow, COUNT_CAP + 1)?);
        all.push(Attention { label, count, href: format!("/operations?state={}", state.code()) });
    }
    // Whoever may not open the ledger is not told of it either.
    if permit.also::<ManageMails>().is_ok_and(|permit| everywhere(&permit).is_ok()) {
        for (label, state) in [("Mails that failed", Sent::Failed), ("Mails that may have arrived", Sent::Uncertain)] {
            let narrow = mail::Narrow { state: Some(state), ..mail::Narrow::default() };
            let count = Total::counted(mail::count(conn, &narrow, COUNT_CAP + 1)?);
            all.push(Attention { label, count, href: format!("/mails?state={}", state.code()) });
        }
    }
    Ok(all)
}

fn charts(days: &[Day], name: impl Fn(&Day) -> String) -> Vec<Chart> {
    let figures = |of: fn(&Day) -> Option<i64>| days.iter().map(|day| (name(day), of(day))).collect::<Vec<_>>();
    let counts = |title: &'static str, of: fn(&Day) -> Option<i64>| {
        let figures = figures(of);
        let numbers = || figures.iter().filter_map(|(_, number)| *number);
        let (sum, most) = (numbers().sum::<i64>(), numbers().max().unwrap_or(0));
        let said = format!("{title} a day: {} in {DAYS} days, at most {} on one day.", grouped(sum), grouped(most));
        Chart::of(title, &figures, most, grouped, said)
    };
    let coverage = days.iter().rev().find_map(|day| Some(percentage(day.coverage()?, day)));
    let said = format!("2FA coverage: {}.", coverage.unwrap_or_else(|| "not known yet".into()));
    let percent = |number: i64| format!("{number} %");
    vec![
        counts("Sign-ins", |day| Some(day.sign_ins)),
        counts("New users", |day| Some(day.new_users)),
        Chart::of("2FA coverage", &figures(Day::coverage), 100, percent, said),
    ]
}

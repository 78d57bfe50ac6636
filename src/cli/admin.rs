//! `muster admin`

use std::process::ExitCode;

use clap::Subcommand;

use crate::access::Origin;
use crate::access::links::FROM_ADMIN;
use crate::app::App;
use crate::features::sign_in::actions;
use crate::features::sign_in::input::SetUp;
use crate::features::users::input::Email;
use crate::web::dates::iso;

#[derive(Subcommand)]
pub enum Admin {
    /// Create an administrator who may do everything, and print a one-time link to choose the password
    Create {
        /// The address to sign in with
        #[arg(long)]
        email: String,
        /// The name shown in lists
        #[arg(long)]
        username: String,
    },
    /// Print a one-time link with which somebody who may sign in chooses a new password
    Recover {
        /// The address they sign in with
        #[arg(long)]
        email: String,
        /// Also take their two-factor authentication away; it must be set up again within 24 hours
        #[arg(long)]
        reset_2fa: bool,
    },
}

/// Runs the command and prints the link: it alone on standard output, for scripts; what it is good for on standard error.
pub fn run(mut app: App, command: Admin) -> Result<ExitCode, String> {
    app.follow_public_url().map_err(|refusal| refusal.to_string())?;
    let now = app.clock.now();
    let app = std::sync::Arc::new(app);
    let (inside, origin) = (app.clone(), Origin::console(app.clock.now()));
    let base = app.settings.public.clone();
    let link = match command {
        Admin::Create { email, username } => {
            let user = SetUp { name: username, email, ..SetUp::default() }.user().map_err(in_a_line)?;
            app.db.write_now(move |conn| actions::create_administrator(conn, &inside, &origin, &user))
        }
        Admin::Recover { email, reset_2fa } => {
            let email = Email::parse(&email).map_err(|error| error.message)?;
            app.db.write_now(move |conn| actions::recover(conn, &inside, &origin, &email, reset_2fa))
        }
    };
    super::say(&link.map_err(|refusal| refusal.to_string())?)?;
    eprintln!(
        "good once, for 24 hours, until {}; it leads to the server at {} (--public-url names another)",
        iso(now + FROM_ADMIN),
        base.origin()
    );
    Ok(ExitCode::SUCCESS)
}

fn in_a_line(errors: Vec<crate::refusal::FieldError>) -> String {
    errors.into_iter().map(|error| format!("{}: {}", error.field, error.message)).collect::<Vec<_>>().join("; ")
}

//! Handing mails over by SMTP (RFC 5321), step by step, so that it is known how far a mail had got when something went wrong: until its text leaves,
//! nothing was handed over; after that, only an answer tells.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use url::Url;
use zeroize::Zeroizing;

use super::message::{Message, one_line};
use super::{Outcome, is_near};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the answer to a whole mail is waited for: the server may look through it (RFC 5321 4.5.3.2.6 asks for more, and nobody should wait).
const LAST_PATIENCE: Duration = Duration::from_secs(120);
/// Answers that say that we have to sign in, or otherwise: no fault of the mail.
const ABOUT_US: [&str; 4] = ["530", "534", "535", "538"];
/// So much of an answer is kept.
const LONGEST_ANSWER: usize = 500;

/// How a connection is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (smtps://).
    Implicit,
    /// In the clear until STARTTLS, which must be there (smtp://).
    StartTls,
    /// Not at all: on this machine alone.
    None,
}

/// Which server mails are handed to.
#[derive(Clone, PartialEq, Eq)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Whom we sign in as, and the password.
    pub login: Option<(String, Zeroizing<String>)>,
    /// A file of certificates (PEM) that are trusted besides those of the system.
    pub authority: Option<PathBuf>,
    /// What we call ourselves.
    pub hello: String,
}

/// Without the password.
impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Smtp({}:{}, {:?}, {})",
            self.host,
            self.port,
            self.security,
            if self.login.is_some() { "signed in" } else { "nobody" }
        )
    }
}

impl Smtp {
    /// Reads `smtp://name:password@host:587` (STARTTLS) or `smtps://name:password@host:465`; `?tls=none` only where the host is this machine.
    ///
    /// # Errors
    /// One line, without the password.
    pub fn parse(text: &str, authority: Option<PathBuf>, hello: &str) -> Result<Smtp, String> {
        let url = Url::parse(text).map_err(|error| format!("MUSTER_SMTP_URL is not a URL: {error}"))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() || !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("MUSTER_SMTP_URL must be like smtps://name:password@mail.example.org:465".into());
        }
        let near = is_near(&host);
        let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let asked: Vec<(&str, &str)> = asked.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let security = match (url.scheme(), asked.as_slice()) {
            ("smtps", []) => Security::Implicit,
            ("smtp", []) => Security::StartTls,
            ("smtp", [("tls", "none")]) if near => Security::None,
            ("smtp", [("tls", "none")]) => {
                return Err(format!(
                    "MUSTER_SMTP_URL names another machine ({host}): ?tls=none would send passwords and links in the clear"
                ));
            }
            ("smtp" | "smtps", _) => {
                return Err("MUSTER_SMTP_URL: only ?tls=none may follow, and only with smtp://".into());
            }
            (scheme, _) => return Err(format!("MUSTER_SMTP_URL must begin with smtps:// or smtp://, not {scheme}:")),
        };
        let decoded = |text: &str| {
            percent_decoded(text).ok_or("MUSTER_SMTP_URL: name and password must be percent-encoded UTF-8")
        };
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (name, password) => Some((decoded(name)?, Zeroizing::new(decoded(password.unwrap_or_default())?))),
        };
        let port = url.port().unwrap_or(if security == Security::Implicit { 465 } else { 587 });
        Ok(Smtp { host, port, security, login, authority, hello: hello.to_owned() })
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// A connection that is made when it is needed and kept while there is more to send.
pub struct Client {
    settings: Smtp,
    open: Option<SmtpConnection>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

/// What a server or the way to it said, in a line.
fn said(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    one_line(&text).chars().take(LONGEST_ANSWER).collect()
}

impl Client {
    pub fn new(settings: Smtp) -> Client {
        Client { settings, open: None }
    }

    /// Hands a mail over; `begin` is asked right before its text leaves.
    pub fn send(&mut self, message: &Message, begin: impl FnOnce() -> bool) -> Outcome {
        let reused = self.open.is_some();
        let mut connection = match self.connection() {
            Ok(connection) => connection,
            Err(why) => return Outcome::Unreachable(why),
        };
        if let Err(error) = announce(&mut connection, message) {
            let about_us = error.status().is_some_and(|code| ABOUT_US.contains(&code.to_string().as_str()));
            let about_this_mail = !about_us && (error.is_transient() || error.is_permanent());
            if about_this_mail {
                self.keep(connection);
                return if error.is_permanent() {
                    Outcome::Refused(said(&error))
                } else {
                    Outcome::Deferred(said(&error))
                };
            }
            // A connection that was idle may have been closed meanwhile; a new one tells.
            return if reused { self.send(message, begin) } else { Outcome::Unreachable(said(&error)) };
        }
        if !begin() {
            // The server waits for a text that does not come: without its last line it is no mail.
            connection.abort();
            return Outcome::NotOurs;
        }
        if let Err(error) = connection.set_timeout(Some(LAST_PATIENCE)) {
            return Outcome::Uncertain(one_line(&error.to_string()));
        }
        match connection.message(&message.bytes) {
            Ok(response) => {
                let code = response.code().to_string();
                let answer = one_line(&response.message().collect::<Vec<_>>().join(" "));
                self.keep(connection);
                Outcome::Sent(format!("{code} {answer}").chars().take(LONGEST_ANSWER).collect())
            }
            Err(error) if error.is_permanent() => {
                self.keep(connection);
                Outcome::Refused(said(&error))
            }
            Err(error) if error.is_transient() => {
                self.keep(connection);
                Outcome::Deferred(said(&error))
            }
            Err(error) => Outcome::Uncertain(said(&error)),
        }
    }

    /// Ends the connection as is polite.
    pub fn hang_up(&mut self) {
        if let Some(mut connection) = self.open.take() {
            connection.abort();
        }
    }

    /// Keeps a connection that is still good for another mail.
    fn keep(&mut self, mut connection: SmtpConnection) {
        if !connection.has_broken()
            && connection.set_timeout(Some(PATIENCE)).is_ok()
            && connection.command(Rset).is_ok()
        {
            self.open = Some(connection);
        }
    }

    fn connection(&mut self) -> Result<SmtpConnection, String> {
        if let Some(open) = self.open.take() {
            return Ok(open);
        }
        let settings = &self.settings;
        let hello = ClientId::Domain(settings.hello.clone());
        let tls = match settings.security {
            Security::None => None,
            _ => Some(self.trust()?),
        };
        let implicit = tls.as_ref().filter(|_| settings.security == Security::Implicit);
        let place = (settings.host.as_str(), settings.port);
        let mut connection =
            SmtpConnection::connect(place, Some(PATIENCE), &hello, implicit, None).map_err(|error| said(&error))?;
        if let (Security::StartTls, Some(tls)) = (settings.security, &tls) {
            connection.starttls(tls, &hello).map_err(|error| said(&error))?;
        }
        if let Some((name, password)) = &settings.login {
            let credentials = Credentials::new(name.clone(), password.to_string());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).map_err(|error| said(&error))?;
        }
        Ok(connection)
    }

    fn trust(&self) -> Result<TlsParameters, String> {
        let mut trust = TlsParameters::builder(self.settings.host.clone());
        if let Some(path) = &self.settings.authority {
            let pem = std::fs::read(path)
                .map_err(|error| format!("cannot read MUSTER_SMTP_CA {}: {error}", path.display()))?;
            let bad = |error: Error| format!("MUSTER_SMTP_CA {}: {}", path.display(), said(&error));
            trust = trust.add_root_certificate(Certificate::from_pem(&pem).map_err(bad)?);
        }
        trust.build_rustls().map_err(|error| said(&error))
    }
}

/// Everything before the text of a mail.
fn announce(connection: &mut SmtpConnection, message: &Message) -> Result<(), Error> {
    let mut options = Vec::new();
    let addresses = message.envelope.to().iter().chain(message.envelope.from());
    if addresses.map(AsRef::<str>::as_ref).any(|address| !address.is_ascii()) {
        options.push(MailParameter::SmtpUtfEight);
    }
    if !message.bytes.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection.command(Mail::new(message.envelope.from().cloned(), options))?;
    for recipient in message.envelope.to() {
        connection.command(Rcpt::new(recipient.clone(), Vec::new()))?;
    }
    connection.command(Data).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Smtp, String> {
        Smtp::parse(text, None, "muster.example.org")
    }

    #[test]
    fn a_server_is_read_from_a_url() {
        let smtp = read("smtps://ada%40example.org:p%40ss%3Aw%C3%B6rd@mail.example.org").unwrap();
        assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("mail.example.org", 465, Security::Implicit));
        let (name, password) = smtp.login.clone().unwrap();
        assert_eq!((name.as_str(), password.as_str()), ("ada@example.org", "p@ss:wörd"));
        assert!(!format!("{smtp:?}").contains("wörd"));
        let smtp = read("smtp://mail.example.org").unwrap();
        assert_eq!((smtp.port, smtp.security, smtp.login.is_none()), (587, Security::StartTls, true));
        assert_eq!(read("smtp://127.0.0.1:2525?tls=none").unwrap().security, Security::None);
    }

    #[test]
    fn what_would_travel_in_the_clear_is_refused_without_naming_the_password() {
        for text in [
            "smtp://ada:secretword@mail.example.org?tls=none",
            "smtps://ada:secretword@mail.example.org?tls=off",
            "https://ada:secretword@mail.example.org",
            "smtps://ada:secretword@mail.example.org/inbox",
            "smtps://ada:secretword%ff@mail.example.org",
            "secretword",
        ] {
            let error = read(text).unwrap_err();
            assert!(
                error.contains("MUSTER_SMTP_URL") && !error.contains("secretword") && !error.contains('\n'),
                "{error}"
            );
        }
    }
}

//! One mail, ready to travel: a text part and an HTML part that say the same. Every value that came from outside is put on one line and encoded
//! (RFC 2047), so that none can add a header.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

/// What a mail is made of.
#[derive(Debug)]
pub struct Parts<'a> {
    /// "name@host", with < and > around it.
    pub message_id: &'a str,
    /// The installation's name and address.
    pub from: (&'a str, &'a str),
    /// The reader's name, empty if it is not known, and address.
    pub to: (&'a str, &'a str),
    pub subject: &'a str,
    pub text: String,
    pub html: String,
    /// Unix milliseconds.
    pub date: i64,
}

/// A mail as bytes, with the addresses that it goes from and to.
#[derive(Debug, Clone)]
pub struct Message {
    /// What its file is called, without the ending.
    pub name: String,
    pub envelope: Envelope,
    pub bytes: Vec<u8>,
}

/// Tells programs that answer by themselves not to (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

/// Text on one line, without anything that is not to be seen.
pub fn one_line(text: &str) -> String {
    let spaced: String =
        text.chars().map(|c| if c.is_control() || "\u{2028}\u{2029}".contains(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An address as mail servers write it: the domain in its ASCII form.
fn address(text: &str) -> Result<Address, String> {
    let unusable = || format!("{} is not an address that mail can be sent to", one_line(text));
    let (user, domain) = text.rsplit_once('@').ok_or_else(unusable)?;
    let domain =
        if domain.starts_with('[') { domain.into() } else { idna::domain_to_ascii(domain).map_err(|_| unusable())? };
    Address::new(user, domain).map_err(|_| unusable())
}

fn mailbox((name, email): (&str, &str)) -> Result<Mailbox, String> {
    let name = one_line(name);
    Ok(Mailbox::new(Some(name).filter(|name| !name.is_empty()), address(email)?))
}

impl Message {
    /// # Errors
    /// One line: an address that no mail can be sent to.
    pub fn new(name: String, parts: Parts<'_>) -> Result<Message, String> {
        let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(parts.date).unwrap_or(0));
        let message = lettre::Message::builder()
            .message_id(Some(one_line(parts.message_id)))
            .date(at)
            .from(mailbox(parts.from)?)
            .to(mailbox(parts.to)?)
            .subject(one_line(parts.subject))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(parts.text, parts.html))
            .map_err(|error| format!("the mail cannot be written: {error}"))?;
        Ok(Message { name, envelope: message.envelope().clone(), bytes: message.formatted() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, email: &str, subject: &str) -> Result<Message, String> {
        let parts = Parts {
            message_id: "<1@example.org>",
            from: ("Muster", "muster@localhost"),
            to: (name, email),
            subject,
            text: "Grüße".into(),
            html: "<p>Grüße</p>".into(),
            date: 1_795_348_800_000,
        };
        Message::new("1".into(), parts)
    }

    #[test]
    fn no_value_adds_a_header() {
        let evil = "Eve\r\nBcc: all@example.org\r\n\r\nBody \u{2028} \0 \u{85} x";
        let message = with(evil, "eve@example.org", evil).unwrap();
        let text = String::from_utf8(message.bytes).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
        let names: Vec<&str> = head
            .lines()
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap())
            .collect();
        assert_eq!(
            names,
            ["Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"],
            "{head}"
        );
        assert_eq!(message.envelope.to().len(), 1);
        assert!(with("Eve", "eve@example.org\r\nRCPT TO:<a@b>", "x").is_err());
        assert!(with("Eve", "eve@example.org>,<x@example.org", "x").is_err());
    }

    #[test]
    fn a_domain_travels_in_its_ascii_form() {
        let message = with("", "zoe@bücher.example", "Hello").unwrap();
        assert_eq!(message.envelope.to()[0].to_string(), "zoe@xn--bcher-kva.example");
        assert!(message.bytes.is_ascii());
    }
}

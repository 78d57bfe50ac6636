//! Mails as they travel: what they look like ([`message`]) and how they leave, by SMTP or into a folder. Which mails there are, and what became of
//! each, is the outbox's: `features/mail`.

mod folder;
pub mod message;
mod smtp;

use std::path::PathBuf;

pub use smtp::{Security, Smtp};

use self::message::Message;

/// What came of handing a mail over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is the other side's now; what it answered.
    Sent(String),
    /// Not now, said the server: once more later.
    Deferred(String),
    /// Never, said the server.
    Refused(String),
    /// Nothing was handed over, and it is not about this mail: no connection, no trust, no leave to send.
    Unreachable(String),
    /// The mail was handed over and no answer came.
    Uncertain(String),
    /// Somebody else is at it.
    NotOurs,
}

/// Where mails go.
#[derive(Debug)]
pub enum Transport {
    /// A folder of `.eml` files, where no server is set.
    Folder(PathBuf),
    Smtp(Box<smtp::Client>),
}

impl Transport {
    pub fn smtp(settings: Smtp) -> Transport {
        Transport::Smtp(Box::new(smtp::Client::new(settings)))
    }

    /// Hands a mail over. `begin` is asked right before its text leaves: from then on a server may have it, whatever happens here.
    pub fn send(&mut self, message: &Message, begin: impl FnOnce() -> bool) -> Outcome {
        match self {
            Transport::Folder(folder) => folder::write(folder, message),
            Transport::Smtp(client) => client.send(message, begin),
        }
    }

    /// Lets go of a connection that is not needed any more.
    pub fn rest(&mut self) {
        if let Transport::Smtp(client) = self {
            client.hang_up();
        }
    }
}

/// Whether mails can come from this address.
pub fn is_address(text: &str) -> bool {
    text.contains('@')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && text.parse::<lettre::Address>().is_ok()
}

/// Whether a host is this machine, so that nothing between could read along.
pub fn is_near(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

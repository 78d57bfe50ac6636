//! Settings, read once and passed down: flag, else `MUSTER_*` variable, else `muster.toml`, else the default. No globals.
//!
//! An unknown key in the file or an unknown `MUSTER_` variable is an error: a mistyped setting must not be silently without effect.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use url::{Host, Url};

use crate::db::Target;
use crate::mail::{Smtp, is_address};

/// Everything that is decided before the server starts.
#[derive(Debug, Clone)]
pub struct Settings {
    pub listen: SocketAddr,
    pub public: PublicUrl,
    pub data_dir: PathBuf,
    pub database: Target,
    pub key_file: PathBuf,
    pub tls: Option<TlsFiles>,
    pub trusted_proxies: Vec<IpNet>,
    /// How many days the audit is kept.
    pub audit_days: u32,
    pub log_json: bool,
    /// The server that mails are handed to; None: the one of the settings page, if it names one.
    pub smtp: Option<Smtp>,
    /// A file of certificates (PEM) that mail servers may have besides those that the system trusts.
    pub smtp_ca: Option<PathBuf>,
    /// The address that mails come from; None: that of the settings page.
    pub mail_from: Option<String>,
}

/// Where browsers find this installation; links in mails and redirects come from here only.
#[derive(Debug, Clone)]
pub struct PublicUrl {
    url: Url,
}

/// Certificate chain and key, PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

impl PublicUrl {
    /// # Errors
    /// One line that names the fix.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("MUSTER_PUBLIC_URL {text:?} is not a URL: {error}"))?;
        if !matches!(url.scheme(), "http" | "https")
            || url.host().is_none()
            || url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(format!("MUSTER_PUBLIC_URL {text:?} must be like https://muster.example.org, without a path"));
        }
        let public = PublicUrl { url };
        if !public.is_https() && !public.is_loopback() {
            return Err(format!(
                "MUSTER_PUBLIC_URL {text} is http and not loopback: passwords would travel in the clear. Use an https URL, with MUSTER_TLS_CERT and MUSTER_TLS_KEY or behind a proxy that does TLS"
            ));
        }
        Ok(public)
    }

    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it is what it is when nobody says anything.
    pub fn is_default(&self) -> bool {
        KEYS.iter().any(|(key, default)| *key == "public_url" && *default == self.origin())
    }

    fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Scheme, host and port as a browser writes them in `Origin`.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The host, as it is written in addresses.
    pub fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }

    /// The address that mails come from when nobody says anything.
    pub fn mail_address(&self) -> String {
        match self.url.host() {
            Some(Host::Ipv4(address)) => format!("muster@[{address}]"),
            Some(Host::Ipv6(address)) => format!("muster@[IPv6:{address}]"),
            _ => format!("muster@{}", self.host()),
        }
    }

    /// The full URL of a local path.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }
}

/// Every setting: its key in muster.toml, and what it is when nobody says anything.
const KEYS: [(&str, &str); 13] = [
    ("listen", "127.0.0.1:8080"),
    ("public_url", "http://localhost:8080"),
    ("data_dir", "./data"),
    ("database_url", ""),
    ("key_file", ""),
    ("tls_cert", ""),
    ("tls_key", ""),
    ("trusted_proxies", ""),
    ("audit_days", "730"),
    ("log_format", "text"),
    ("smtp_url", ""),
    ("smtp_ca", ""),
    ("mail_from", ""),
];

/// Variables of ours that are not settings: the key ring itself, and the tests' own.
const OTHER_VARIABLES: [&str; 2] = ["MUSTER_KEY", "MUSTER_TEST_DATABASE_URL"];

impl Settings {
    /// Reads the settings from flags, variables and the file.
    ///
    /// # Errors
    /// One line for the person at the console.
    pub fn read(
        flags: BTreeMap<&'static str, String>,
        config: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, String> {
        let mut values: BTreeMap<&'static str, String> =
            KEYS.iter().map(|(key, default)| (*key, (*default).to_owned())).collect();
        for (key, value) in file_values(config)? {
            values.insert(key, value);
        }
        for (name, value) in variables {
            let Some(rest) = name.strip_prefix("MUSTER_") else { continue };
            if OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            let key = known(&rest.to_lowercase())
                .ok_or_else(|| format!("the variable {name} is not a setting of Muster; see muster serve --help"))?;
            values.insert(key, value);
        }
        values.extend(flags);
        Self::checked(&values)
    }

    fn checked(values: &BTreeMap<&'static str, String>) -> Result<Self, String> {
        let text = |key: &str| values.get(key).map_or("", |value| value.trim());
        let optional = |key: &str| Some(text(key)).filter(|value| !value.is_empty());

        let listen = text("listen").parse().map_err(|_| {
            format!("MUSTER_LISTEN {:?} is not an address and port such as 127.0.0.1:8080", text("listen"))
        })?;
        let data_dir = PathBuf::from(optional("data_dir").ok_or("MUSTER_DATA_DIR is empty")?);
        let database = match optional("database_url") {
            None => Target::Sqlite(data_dir.join("muster.sqlite")),
            Some(url) => database(url)?,
        };
        let tls = match (optional("tls_cert"), optional("tls_key")) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some(TlsFiles { cert: cert.into(), key: key.into() }),
            (Some(_), None) => return Err("MUSTER_TLS_CERT is set but MUSTER_TLS_KEY is not".into()),
            (None, Some(_)) => return Err("MUSTER_TLS_KEY is set but MUSTER_TLS_CERT is not".into()),
        };
        let public = PublicUrl::parse(text("public_url"))?;
        if tls.is_some() && !public.is_https() {
            return Err(format!("MUSTER_TLS_CERT is set, so MUSTER_PUBLIC_URL must be https, not {}", public.origin()));
        }
        let log_json = match text("log_format") {
            "text" => false,
            "json" => true,
            other => return Err(format!("MUSTER_LOG_FORMAT {other:?} is neither text nor json")),
        };
        // What was done can be undone for 30 days; so long it must be told, too.
        let audit_days = match text("audit_days").parse() {
            Ok(days @ 30..=36_500) => days,
            _ => {
                return Err(format!(
                    "MUSTER_AUDIT_DAYS {:?} is not a number of days from 30 to 36500",
                    text("audit_days")
                ));
            }
        };
        let smtp_ca = optional("smtp_ca").map(PathBuf::from);
        let smtp = match optional("smtp_url") {
            None => None,
            Some(url) => Some(Smtp::parse(url, smtp_ca.clone(), &public.host())?),
        };
        let mail_from = match optional("mail_from") {
            None => None,
            Some(address) if is_address(address) => Some(address.to_owned()),
            Some(other) => {
                return Err(format!("MUSTER_MAIL_FROM {other:?} is not an address such as muster@example.org"));
            }
        };
        Ok(Settings {
            smtp,
            smtp_ca,
            mail_from,
            listen,
            public,
            key_file: optional("key_file").map_or_else(|| data_dir.join("secret.key"), PathBuf::from),
            data_dir,
            database,
            tls,
            trusted_proxies: proxies(text("trusted_proxies"))?,
            audit_days,
            log_json,
        })
    }
}

fn known(name: &str) -> Option<&'static str> {
    KEYS.iter().map(|(key, _)| *key).find(|key| *key == name)
}

/// The values of muster.toml: the file named by flag, else the one in the working directory if it exists.
fn file_values(config: Option<&Path>) -> Result<Vec<(&'static str, String)>, String> {
    let path = config.unwrap_or(Path::new("muster.toml"));
    if config.is_none() && !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| format!("{} is not valid TOML: {}", path.display(), error.message()))?;
    table
        .into_iter()
        .map(|(name, value)| {
            let key = known(&name).ok_or_else(|| format!("{}: {name:?} is not a setting of Muster", path.display()))?;
            match value {
                toml::Value::String(text) => Ok((key, text)),
                toml::Value::Array(items) => {
                    Ok((key, items.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(",")))
                }
                _ => Err(format!("{}: {name} must be a text in quotes", path.display())),
            }
        })
        .collect()
}

fn proxies(text: &str) -> Result<Vec<IpNet>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
                format!("MUSTER_TRUSTED_PROXIES: {part:?} is neither an address nor a network such as 10.0.0.0/8")
            })
        })
        .collect()
}

fn database(text: &str) -> Result<Target, String> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        return Ok(Target::Sqlite(PathBuf::from(path.trim_start_matches("//"))));
    }
    // The URL may hold a password, so no message repeats it.
    let url = Url::parse(text).map_err(|error| format!("MUSTER_DATABASE_URL is not a URL: {error}"))?;
    // As PostgreSQL's client compares it; anything else it takes for something that is no URL.
    if !["postgres://", "postgresql://"].iter().any(|begin| text.starts_with(begin)) {
        return Err("MUSTER_DATABASE_URL must begin with postgres:// or sqlite:".into());
    }
    unmistakable(text)?;
    let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let host = query("host").or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default();
    let host = percent_decoded(&host);
    let near = host.is_empty()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if !near && query("sslmode").as_deref() != Some("verify-full") {
        return Err(format!(
            "MUSTER_DATABASE_URL names another machine ({host}); add ?sslmode=verify-full, so that nobody in between can read or answer"
        ));
    }
    Ok(Target::Postgres(text.to_owned()))
}

/// Refuses what PostgreSQL's client reads in another way than we do, or cannot read: it would repeat the password in its message.
fn unmistakable(url: &str) -> Result<(), String> {
    let part = url.split_once("://").map_or("", |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
    let escapes = url.split('%').skip(1).map(|rest| rest.get(..2).unwrap_or_default());
    let escaped = |digits: &str| digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_hexdigit()) && digits != "00";
    let problem = if part.matches('@').count() > 1 {
        "has more than one @: write one that belongs to the password as %40"
    } else if url.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        "holds a space: write one that belongs to the password as %20"
    } else if !escapes.into_iter().all(escaped) {
        "holds a % that begins no escape such as %40: write one that belongs to the password as %25"
    } else {
        return Ok(());
    };
    Err(format!("MUSTER_DATABASE_URL {problem}"))
}

fn percent_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(
            BTreeMap::new(),
            Some(Path::new("/dev/null")),
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        )
    }

    #[test]
    fn the_defaults_hold() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.database, Target::Sqlite("./data/muster.sqlite".into()));
        assert_eq!(settings.key_file, PathBuf::from("./data/secret.key"));
    }

    #[test]
    fn a_wrong_setting_is_one_clear_line() {
        for (name, value, says) in [
            ("MUSTER_LISTEN", "here", "MUSTER_LISTEN"),
            ("MUSTER_PUBLIC_URL", "http://muster.example.org", "https"),
            ("MUSTER_PUBLIC_URL", "muster", "not a URL"),
            ("MUSTER_TLS_CERT", "cert.pem", "MUSTER_TLS_KEY"),
            ("MUSTER_DATABASE_URL", "mysql://x/y", "postgres://"),
            ("MUSTER_DATABASE_URL", "postgres://db.example.org/muster", "verify-full"),
            ("MUSTER_TRUSTED_PROXIES", "10.0.0.0/99", "MUSTER_TRUSTED_PROXIES"),
            ("MUSTER_SMTP_URL", "smtp://mail.example.org?tls=none", "in the clear"),
            ("MUSTER_MAIL_FROM", "nobody", "MUSTER_MAIL_FROM"),
            ("MUSTER_LISTEM", "127.0.0.1:1", "MUSTER_LISTEM"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.contains(says) && !error.contains('\n'), "{name}={value}: {error}");
        }
    }

    #[test]
    fn a_near_database_needs_no_tls() {
        for url in [
            "postgres:///muster?host=/run/postgresql",
            "postgres://localhost/m",
            "postgres://127.0.0.1:5433/m",
            "postgres://x@%2Ftmp%2Fpg/m",
            "postgres://db.example.org/m?sslmode=verify-full",
        ] {
            assert!(read(&[("MUSTER_DATABASE_URL", url)]).is_ok(), "{url}");
        }
    }
}

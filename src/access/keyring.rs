//! The installation's key ring: what makes a stolen database worthless without the machine it ran on.
//!
//! A ring is a list of 256-bit keys, newest first, in a file outside backups. One line is one key: its
//! id (eight hex digits), a space, the key in base64. New secrets use the first key; older keys stay
//! only to read what was written under them, so a key is replaced by writing a new first line. At its next
//! start the server seals anew what an older key sealed (`rotation.rs`); after that the older line can go.
//!
//! No key is used as it is. Each purpose has a key of its own, derived by HMAC-SHA256 over a label (the
//! expand step of HKDF, RFC 5869, with the ring's uniformly random key as its input), so nothing that
//! one purpose shows tells anything about another.
//!
//! - `seal` / `open`: XChaCha20-Poly1305. The associated data names table, column and row, so a value
//!   copied from one place to another does not open. A sealed value is: version (1 byte, 1), key id (4),
//!   nonce (24), ciphertext with tag.
//! - `mac` / `verify_mac`: HMAC-SHA256 under a label, over parts each preceded by its length, so that
//!   ("ab", "c") and ("a", "bc") differ.
//! - `bind` / `is_bound`: a MAC that ties a stored hash to its row, for values that are looked up and
//!   therefore can't be sealed.
//! - `check_value`: a sealed constant kept in the database. A wrong or lost key is noticed at the start,
//!   before anything is touched.

mod file;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use data_encoding::BASE64;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::random::Random;

const VERSION: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;
const HEAD: usize = 1 + 4 + NONCE;
const CHECK_CONTEXT: Context = Context { table: "installation", column: "key_check", row: 1 };
const CHECK_CONSTANT: &[u8] = b"muster key check";

/// Why there is no usable key ring. Each message is one line for an operator, without secrets.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("key file {0} is missing, but this installation has data: put the file back, nothing was changed")]
    Missing(PathBuf),
    #[error("key file {0} exists already; it was left as it is")]
    Exists(PathBuf),
    #[error("key file {0} is not a regular file")]
    NotAFile(PathBuf),
    #[error("key file {path} may be read by others (mode {mode:04o}): run chmod 600 {path}")]
    LooseMode { path: PathBuf, mode: u32 },
    #[error("key file {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{origin}: {problem}")]
    Content { origin: String, problem: String },
    #[error("the key does not belong to this database: use the key file it was made with, nothing was changed")]
    WrongKey,
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("not a sealed value")]
    Malformed,
    #[error("sealed under key {0:08x}, which is not in the key ring")]
    UnknownKey(u32),
    #[error("sealed value was altered, moved from another place, or sealed under another key")]
    Refused,
}

/// A value too long to be sealed (256 GiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("value is too long to be sealed")]
pub struct SealError;

/// The place a sealed or bound value belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    pub table: &'static str,
    pub column: &'static str,
    pub row: i64,
}

struct RingKey {
    id: u32,
    key: Zeroizing<[u8; 32]>,
}

/// The keys, newest first; never empty. They are wiped from memory when it is dropped.
pub struct KeyRing {
    keys: Vec<RingKey>,
}

impl KeyRing {
    /// Reads the ring from `path`.
    ///
    /// # Errors
    /// Missing, not a regular file (a symbolic link included), readable by group or others, or not a ring.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let text = file::read(path, true)?;
        Self::from_text(&text, &format!("key file {}", path.display()))
    }

    /// Reads the ring from a credential that a service manager put at `path`
    /// (systemd: `$CREDENTIALS_DIRECTORY/muster-key`), which guards the file by means of its own.
    ///
    /// # Errors
    /// As `load`, but for the mode.
    pub fn load_credential(path: &Path) -> Result<Self, KeyError> {
        let text = file::read(path, false)?;
        Self::from_text(&text, &format!("credential {}", path.display()))
    }

    /// Makes a new ring of one key and writes it to `path`: mode 0600, on the disk when this returns, whole
    /// or not at all, and never over a file that exists.
    ///
    /// # Errors
    /// `Exists`, or the file can't be written.
    pub fn create(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        let ring = Self::generate(random);
        file::create(path, &ring.to_text())?;
        Ok(ring)
    }

    /// Reads the ring from text, as it stands in a file or an environment variable. `origin` begins the message
    /// of an error ("key file /var/lib/muster/secret.key").
    ///
    /// # Errors
    /// `Content`, naming the line at fault.
    pub fn from_text(text: &str, origin: &str) -> Result<Self, KeyError> {
        let refuse = |problem: String| KeyError::Content { origin: origin.to_owned(), problem };
        let mut keys: Vec<RingKey> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let key = parse_line(line).map_err(|problem| refuse(format!("line {number} {problem}")))?;
            if keys.iter().any(|other| other.id == key.id) {
                return Err(refuse(format!("line {number} repeats the id {:08x}", key.id)));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(refuse("holds no key".to_owned()));
        }
        Ok(Self { keys })
    }

    /// A new ring of one key, kept nowhere yet.
    pub fn generate(random: &dyn Random) -> Self {
        let (mut id, mut key) = ([0; 4], Zeroizing::new([0; 32]));
        random.fill(&mut id);
        random.fill(key.as_mut_slice());
        Self { keys: vec![RingKey { id: u32::from_be_bytes(id), key }] }
    }

    fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.keys.len() * 64));
        for ring_key in &self.keys {
            text.push_str(&format!("{:08x} ", ring_key.id));
            BASE64.encode_append(ring_key.key.as_slice(), &mut text);
            text.push('\n');
        }
        text
    }

    /// Encrypts `plain` for one place, under the newest key and a fresh random nonce.
    ///
    /// # Errors
    /// Only for 256 GiB or more.
    pub fn seal(&self, random: &dyn Random, context: &Context, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let ring_key = self.newest();
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let associated = associated_data(ring_key.id, context);
        let sealed = ring_key
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &associated })
            .map_err(|_| SealError)?;
        let mut out = Vec::with_capacity(HEAD + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&ring_key.id.to_be_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Decrypts what `seal` made for the same place.
    ///
    /// # Errors
    /// See `OpenError`; none of them says anything about the content.
    pub fn open(&self, context: &Context, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let id = key_id(sealed).ok_or(OpenError::Malformed)?;
        let nonce: [u8; NONCE] = sealed[5..HEAD].try_into().map_err(|_| OpenError::Malformed)?;
        let ring_key = self.keys.iter().find(|k| k.id == id).ok_or(OpenError::UnknownKey(id))?;
        ring_key
            .cipher()
            .decrypt(&XNonce::from(nonce), Payload { msg: &sealed[HEAD..], aad: &associated_data(id, context) })
            .map(Zeroizing::new)
            .map_err(|_| OpenError::Refused)
    }

    /// Whether a sealed value was made under an older key and is better written anew.
    pub fn is_outdated(&self, sealed: &[u8]) -> bool {
        key_id(sealed) != Some(self.newest().id)
    }

    /// Whether there are keys besides the newest.
    pub fn has_older(&self) -> bool {
        self.keys.len() > 1
    }

    /// HMAC-SHA256 over `parts` under the newest key's sub-key for `label` (a constant of the caller's, such as "csrf").
    pub fn mac(&self, label: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        self.newest().mac(label, parts)
    }

    /// Whether `tag` is the MAC of `parts` under any key of the ring. Takes the same time whatever differs.
    pub fn verify_mac(&self, label: &'static str, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.keys.iter().any(|k| k.mac(label, parts).ct_eq(tag).into())
    }

    /// A tag that ties `value` (a hash that is looked up) to its row. Store it beside the value.
    pub fn bind(&self, context: &Context, value: &[u8]) -> [u8; 32] {
        self.mac("binding", &[context.table.as_bytes(), context.column.as_bytes(), &context.row.to_be_bytes(), value])
    }

    /// Whether `tag` is what `bind` made for this place and value.
    pub fn is_bound(&self, context: &Context, value: &[u8], tag: &[u8]) -> bool {
        let row = context.row.to_be_bytes();
        self.verify_mac("binding", &[context.table.as_bytes(), context.column.as_bytes(), &row, value], tag)
    }

    /// The value to keep in a new database (and after a change of keys, see `is_outdated`).
    ///
    /// # Errors
    /// Never in practice: the constant is short.
    pub fn check_value(&self, random: &dyn Random) -> Result<Vec<u8>, SealError> {
        self.seal(random, &CHECK_CONTEXT, CHECK_CONSTANT)
    }

    /// Tests a kept check value.
    ///
    /// # Errors
    /// `WrongKey` if this ring did not make it.
    pub fn verify_check_value(&self, kept: &[u8]) -> Result<(), KeyError> {
        match self.open(&CHECK_CONTEXT, kept) {
            Ok(plain) if plain.as_slice() == CHECK_CONSTANT => Ok(()),
            _ => Err(KeyError::WrongKey),
        }
    }

    // `from_text` and `generate` see to it that there is a first key.
    fn newest(&self) -> &RingKey {
        &self.keys[0]
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.keys.len())
    }
}

impl RingKey {
    /// The sub-key for one purpose: HMAC-SHA256(key, scheme, kind, label).
    fn derive(&self, kind: &[u8], label: &[u8]) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(hmac(&self.key, &[b"muster 1", kind, label]))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.derive(b"aead", b"")).into())
    }

    fn mac(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        hmac(&self.derive(b"mac", label.as_bytes()), parts)
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC pads a key that is shorter than its block with zeros (RFC 2104); doing so here needs no error case.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn key_id(sealed: &[u8]) -> Option<u32> {
    if sealed.len() < HEAD + TAG || sealed[0] != VERSION {
        return None;
    }
    sealed[1..5].try_into().ok().map(u32::from_be_bytes)
}

fn associated_data(key_id: u32, context: &Context) -> Vec<u8> {
    let mut data = vec![VERSION];
    data.extend_from_slice(&key_id.to_be_bytes());
    for name in [context.table, context.column] {
        data.extend_from_slice(&(name.len() as u64).to_be_bytes());
        data.extend_from_slice(name.as_bytes());
    }
    data.extend_from_slice(&context.row.to_be_bytes());
    data
}

fn parse_line(line: &str) -> Result<RingKey, &'static str> {
    let (id, key) = line.split_once(' ').ok_or("is not an id, a space and a key")?;
    if id.len() != 8 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("does not begin with an id of eight hex digits");
    }
    let id = u32::from_str_radix(id, 16).map_err(|_| "does not begin with an id of eight hex digits")?;
    let bytes = Zeroizing::new(BASE64.decode(key.as_bytes()).map_err(|_| "holds a key that is not base64")?);
    let key = bytes.as_slice().try_into().map_err(|_| "holds a key that is not 32 bytes long")?;
    Ok(RingKey { id, key: Zeroizing::new(key) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;
    use crate::access::random::{CountingRandom, SystemRandom};

    const PLACE: Context = Context { table: "users", column: "totp_secret", row: 7 };

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// A file like the one `create` writes, holding `text`.
    fn file_with(text: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        fs::write(&path, text).unwrap();
        set_mode(&path, 0o600);
        (folder, path)
    }

    #[test]
    fn a_new_file_is_tight_complete_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let ring = KeyRing::create(&path, &SystemRandom).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        let sealed = ring.seal(&SystemRandom, &PLACE, b"hello").unwrap();
        assert_eq!(KeyRing::load(&path).unwrap().open(&PLACE, &sealed).unwrap().as_slice(), b"hello");

        let before = fs::read(&path).unwrap();
        assert!(matches!(KeyRing::create(&path, &SystemRandom), Err(KeyError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_file_is_not_made_by_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        assert!(matches!(KeyRing::load(&path), Err(KeyError::Missing(_))));
        assert!(!path.exists());
    }

    #[test]
    fn loose_modes_are_refused() {
        let (_folder, path) = file_with(KeyRing::generate(&SystemRandom).to_text().as_bytes());
        for mode in [0o640, 0o604, 0o644, 0o660, 0o666, 0o610, 0o602] {
            set_mode(&path, mode);
            let error = KeyRing::load(&path).unwrap_err();
            assert!(matches!(error, KeyError::LooseMode { .. }), "{mode:o}: {error}");
            assert!(error.to_string().contains("chmod 600"));
            assert!(KeyRing::load_credential(&path).is_ok());
        }
        for mode in [0o600, 0o400] {
            set_mode(&path, mode);
            assert!(KeyRing::load(&path).is_ok());
        }
    }

    #[test]
    fn links_and_folders_are_refused() {
        let (folder, path) = file_with(KeyRing::generate(&SystemRandom).to_text().as_bytes());
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(matches!(KeyRing::load(&link), Err(KeyError::NotAFile(_))));
        assert!(matches!(KeyRing::load(folder.path()), Err(KeyError::NotAFile(_))));
        assert!(matches!(KeyRing::load(Path::new("/dev/null")), Err(KeyError::NotAFile(_))));
    }

    #[test]
    fn garbage_is_refused_in_one_line_that_shows_no_secret() {
        let good = KeyRing::generate(&CountingRandom::default()).to_text().to_string();
        let key = good.trim_end().split(' ').nth(1).unwrap().to_owned();
        let id = &good[..8];
        let cases: Vec<Vec<u8>> = vec![
            Vec::new(),
            b"\n".to_vec(),
            b"garbage".to_vec(),
            vec![0; 32],
            vec![0xff; 53],
            good.as_bytes()[..20].to_vec(),
            good.as_bytes()[..good.len() - 2].to_vec(),
            format!("{id} {key}AAAA\n").into_bytes(),
            format!("{id} {}\n", BASE64.encode(&[1; 31])).into_bytes(),
            format!("{id}  {key}\n").into_bytes(),
            format!("+{} {key}\n", &id[1..]).into_bytes(),
            format!("{id} {key} more\n").into_bytes(),
            format!("{good}{good}").into_bytes(),
            format!("{good}\n").into_bytes(),
            good.repeat(2000).into_bytes(),
        ];
        for case in cases {
            let (_folder, path) = file_with(&case);
            let message = KeyRing::load(&path).unwrap_err().to_string();
            assert!(message.starts_with("key file /"), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
            assert!(!message.contains(&key[..10]), "{message}");
        }
        assert!(KeyRing::from_text(&format!("{id} {key}"), "variable").is_ok());
        assert!(
            KeyRing::from_text("", "variable MUSTER_KEY").unwrap_err().to_string().starts_with("variable MUSTER_KEY: ")
        );
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_unaltered() {
        let ring = KeyRing::generate(&SystemRandom);
        let sealed = ring.seal(&SystemRandom, &PLACE, b"twenty bytes of TOTP").unwrap();
        assert_eq!(ring.open(&PLACE, &sealed).unwrap().as_slice(), b"twenty bytes of TOTP");
        assert!(!sealed.windows(6).any(|w| w == b"twenty"));

        for other in [
            Context { row: 8, ..PLACE },
            Context { row: -7, ..PLACE },
            Context { column: "password", ..PLACE },
            Context { table: "links", ..PLACE },
            Context { table: "userstotp", column: "_secret", row: 7 },
        ] {
            assert_eq!(ring.open(&other, &sealed).unwrap_err(), OpenError::Refused);
        }
        for position in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[position] ^= 1;
            assert!(ring.open(&PLACE, &altered).is_err(), "byte {position}");
        }
        for length in 0..sealed.len() {
            assert!(ring.open(&PLACE, &sealed[..length]).is_err(), "length {length}");
        }
        assert_eq!(ring.open(&PLACE, &[]).unwrap_err(), OpenError::Malformed);
        assert!(ring.open(&PLACE, &ring.seal(&SystemRandom, &PLACE, b"").unwrap()).unwrap().is_empty());
    }

    #[test]
    fn the_same_value_is_never_sealed_alike() {
        let ring = KeyRing::generate(&SystemRandom);
        let seal = || ring.seal(&SystemRandom, &PLACE, b"x").unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn keys_rotate() {
        let random = CountingRandom::default();
        let old = KeyRing::generate(&random);
        let sealed = old.seal(&random, &PLACE, b"before").unwrap();
        let tag = old.mac("audit", &[b"row"]);
        let check = old.check_value(&random).unwrap();

        let new_line = KeyRing::generate(&random).to_text();
        let both = KeyRing::from_text(&format!("{}{}", *new_line, *old.to_text()), "test").unwrap();
        assert_eq!(both.open(&PLACE, &sealed).unwrap().as_slice(), b"before");
        assert!(both.is_outdated(&sealed) && both.is_outdated(&check) && both.is_outdated(b""));
        assert!(both.verify_mac("audit", &[b"row"], &tag));
        assert_ne!(both.mac("audit", &[b"row"]), tag);
        assert!(both.verify_check_value(&check).is_ok());
        assert!(!both.is_outdated(&both.check_value(&random).unwrap()));

        let without = KeyRing::from_text(&new_line, "test").unwrap();
        assert!(matches!(without.open(&PLACE, &sealed), Err(OpenError::UnknownKey(_))));
        assert!(!without.verify_mac("audit", &[b"row"], &tag));
        assert!(matches!(without.verify_check_value(&check), Err(KeyError::WrongKey)));
    }

    #[test]
    fn another_installations_key_is_noticed_even_under_the_same_id() {
        let ring = KeyRing::generate(&SystemRandom);
        let check = ring.check_value(&SystemRandom).unwrap();
        assert!(ring.verify_check_value(&check).is_ok());
        let same_id = KeyRing { keys: vec![RingKey { id: ring.keys[0].id, key: Zeroizing::new([9; 32]) }] };
        assert!(matches!(same_id.verify_check_value(&check), Err(KeyError::WrongKey)));
        assert!(matches!(ring.verify_check_value(b""), Err(KeyError::WrongKey)));
        // A value sealed elsewhere does not pass for the check value.
        assert!(ring.verify_check_value(&ring.seal(&SystemRandom, &PLACE, CHECK_CONSTANT).unwrap()).is_err());
    }

    #[test]
    fn macs_depend_on_label_and_on_where_parts_end() {
        let ring = KeyRing::generate(&SystemRandom);
        let tag = ring.mac("csrf", &[b"ab", b"c"]);
        assert!(ring.verify_mac("csrf", &[b"ab", b"c"], &tag));
        assert!(!ring.verify_mac("flash", &[b"ab", b"c"], &tag));
        for parts in [&[b"a".as_slice(), b"bc"] as &[&[u8]], &[b"abc"], &[b"ab", b"c", b""], &[b"c", b"ab"], &[]] {
            assert!(!ring.verify_mac("csrf", parts, &tag));
        }
        assert!(!ring.verify_mac("csrf", &[b"ab", b"c"], &tag[..31]));
        assert!(!ring.verify_mac("csrf", &[b"ab", b"c"], b""));
    }

    #[test]
    fn a_bound_hash_can_not_move() {
        let ring = KeyRing::generate(&SystemRandom);
        let tag = ring.bind(&PLACE, b"hash");
        assert!(ring.is_bound(&PLACE, b"hash", &tag));
        assert!(!ring.is_bound(&Context { row: 8, ..PLACE }, b"hash", &tag));
        assert!(!ring.is_bound(&PLACE, b"hush", &tag));
    }

    #[test]
    fn padding_the_key_here_is_what_hmac_does_itself() {
        let mut reference = <Hmac<Sha256> as KeyInit>::new_from_slice(&[5; 32]).unwrap();
        reference.update(&3u64.to_be_bytes());
        reference.update(b"abc");
        assert_eq!(hmac(&[5; 32], &[b"abc"]), <[u8; 32]>::from(reference.finalize().into_bytes()));
    }

    #[test]
    fn debug_shows_nothing() {
        let ring = KeyRing::generate(&SystemRandom);
        assert_eq!(format!("{ring:?}"), "KeyRing(1 keys)");
    }
}

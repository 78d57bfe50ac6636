//! Guessing which column of a file holds which field.

use super::detect::{Detected, looks_like_address};
use super::mapping::{Field, missing};
use crate::db::fold::bare;
use sha2::{Digest, Sha256};

/// The fields guessed for a file, and what a person must decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// One field for each column; a column that nobody knows is ignored until someone says otherwise.
    pub columns: Vec<Field>,
    /// The columns (from 0) that nobody knows.
    pub unknown: Vec<usize>,
    /// Required fields without a column, in plain words.
    pub missing: Vec<String>,
}

impl Proposal {
    /// Whether a person must look at it before the file is read.
    pub fn needs_mapping(&self) -> bool {
        !self.unknown.is_empty() || !self.missing.is_empty()
    }
}

/// Guesses the mapping of a file: by well-known headers, or without a header by the order of its columns.
pub fn propose(file: &Detected) -> Proposal {
    let (columns, unknown) = if file.dialect.header { by_titles(&file.titles) } else { by_order(file) };
    let missing = missing(&columns);
    Proposal { columns, unknown, missing }
}

/// Names a header, so that the mapping of the next file with the same one is known. Case, spacing and punctuation
/// make no difference; the order of columns does.
pub fn header_fingerprint(titles: &[String]) -> String {
    let words: Vec<String> = titles.iter().map(|title| bare(title)).collect();
    data_encoding::HEXLOWER.encode(&Sha256::digest(words.join("\n")))
}

fn by_titles(titles: &[String]) -> (Vec<Field>, Vec<usize>) {
    let meanings: Vec<Meaning> = titles.iter().map(|title| meaning(title)).collect();
    let means = |field| meanings.contains(&Meaning::Field(field));
    // One source for the name: the display name, else first and last name, else what a tool calls user name.
    let in_parts = means(Field::FirstName) && means(Field::LastName) || !meanings.contains(&Meaning::Username);
    let whole = means(Field::DisplayName) || !in_parts;
    let mut columns = Vec::new();
    let mut unknown = Vec::new();
    for (index, meaning) in meanings.iter().copied().enumerate() {
        let field = match meaning {
            Meaning::Username if whole && !means(Field::DisplayName) => Field::DisplayName,
            Meaning::Field(field) if field.is_name_part() && whole => Field::Ignore,
            Meaning::Field(field) => field,
            Meaning::Username | Meaning::Uninteresting => Field::Ignore,
            Meaning::Unknown => {
                unknown.push(index);
                Field::Ignore
            }
        };
        if field != Field::Ignore && columns.contains(&field) {
            unknown.push(index);
            columns.push(Field::Ignore);
        } else {
            columns.push(field);
        }
    }
    (columns, unknown)
}

/// "name, e-mail, phone", or "e-mail, first, last, initial, phone", told by where the addresses are.
fn by_order(file: &Detected) -> (Vec<Field>, Vec<usize>) {
    let width = file.titles.len();
    let addresses = |column: usize| {
        let cells = file.sample.iter().filter_map(|row| row.get(column));
        cells.filter(|cell| looks_like_address(cell)).count()
    };
    let email = (0..width).rev().max_by_key(|column| addresses(*column));
    match (email, width) {
        (Some(1), 2 | 3) => ([Field::DisplayName, Field::Email, Field::Mobile][..width].to_vec(), Vec::new()),
        (Some(0), 5) => {
            (vec![Field::Email, Field::FirstName, Field::LastName, Field::MiddleInitial, Field::Mobile], Vec::new())
        }
        _ => {
            let is_email = |column| Some(column) == email && addresses(column) > 0;
            let field = |column| if is_email(column) { Field::Email } else { Field::Ignore };
            ((0..width).map(field).collect(), (0..width).filter(|column| !is_email(*column)).collect())
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Field(Field),
    /// The name someone signs in with at another tool: a display name for want of a better one.
    Username,
    /// Known, and nothing to import: columns of our own exports that are worked out.
    Uninteresting,
    Unknown,
}

/// What other tools mean by their headers.
fn meaning(title: &str) -> Meaning {
    Meaning::Field(match bare(title).as_str() {
        "displayname" | "name" | "fullname" | "completename" | "realname" => Field::DisplayName,
        "firstname" | "first" | "givenname" | "forename" => Field::FirstName,
        "initial" | "initials" | "middleinitial" | "middlename" => Field::MiddleInitial,
        "lastname" | "last" | "surname" | "familyname" => Field::LastName,
        "email" | "mail" | "emailaddress" | "mailaddress" | "emailid" | "primaryemail" | "useremail" | "workemail" => {
            Field::Email
        }
        "mobile" | "mobilephone" | "mobilenumber" | "mobilephonenumber" | "phone" | "phonenumber" | "telephone"
        | "telephonenumber" | "tel" | "cell" | "cellphone" | "cellphonenumber" => Field::Mobile,
        "ownership" | "deviceownership" | "ownershiptype" => Field::Ownership,
        "devicename" | "device" => Field::DeviceName,
        "serialnumber" | "serial" | "serialno" | "deviceserialnumber" => Field::SerialNumber,
        "platform" | "os" | "operatingsystem" | "deviceplatform" => Field::Platform,
        "groups" | "usergroups" => Field::Groups,
        "username" | "user" | "login" | "loginname" | "accountname" | "samaccountname" => return Meaning::Username,
        "ofdevices" | "numberofdevices" | "2fastatus" | "lastlogin" | "timeadd" | "status" | "source" | "customer"
        | "roles" | "row" | "reason" | "reasons" => return Meaning::Uninteresting,
        // As we call one without a title.
        word if word.strip_prefix("column").is_some_and(|rest| rest.parse::<u16>().is_ok()) => {
            return Meaning::Uninteresting;
        }
        _ => return Meaning::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::super::detect::detect;
    use super::super::dialect::Overrides;
    use super::super::mapping::Mapping;
    use super::*;
    use std::io::Cursor;

    fn look(text: &str) -> (Detected, Proposal) {
        let detected = detect(&mut Cursor::new(text), Overrides::default()).unwrap().unwrap();
        let proposal = propose(&detected);
        (detected, proposal)
    }

    fn codes(text: &str) -> (String, bool) {
        let (_, proposal) = look(text);
        let codes: Vec<_> = proposal.columns.iter().map(|field| field.code()).collect();
        (codes.join(" "), proposal.needs_mapping())
    }

    #[test]
    fn headers_of_other_tools_are_mapped_at_once() {
        for (header, fields) in [
            (
                "Display Name,Email,Mobile,Ownership,Device Name,Serial Number,Platform",
                "display-name email mobile ownership device-name serial-number platform",
            ),
            ("USER NAME;E-mail address;Telephone", "display-name email mobile"),
            ("Full_name,Mail,Phone number", "display-name email mobile"),
            ("Given name,Surname,E-Mail", "first-name last-name email"),
            ("Username,First name,Last name,Email", "ignore first-name last-name email"),
            ("displayName,givenName,surname,mail,mobilePhone", "display-name ignore ignore email mobile"),
            (
                "Name,Email,Phone number,# of devices,2FA status,Last login",
                "display-name email mobile ignore ignore ignore",
            ),
        ] {
            assert_eq!(codes(header), (fields.to_owned(), false), "{header}");
        }
    }

    #[test]
    fn what_nobody_knows_is_asked() {
        let (detected, proposal) = look("Name,Email,Shoe size\n");
        assert!(proposal.needs_mapping());
        assert_eq!(proposal.unknown, [2]);
        let mapping = Mapping::new(proposal.columns).unwrap();
        assert_eq!(mapping.ignored(&detected.titles), ["Shoe size"]);
        assert!(codes("Name,Phone\n").1, "no e-mail");
        assert!(codes("Name,Email,Phone,Mobile\n").1, "two phone numbers");
        assert!(codes("Email\n").1, "no name");
    }

    #[test]
    fn files_without_header_are_known_by_their_order() {
        assert_eq!(codes("A,a@example.org,1\nB,b@example.org,"), ("display-name email mobile".into(), false));
        assert_eq!(codes("A,a@example.org"), ("display-name email".into(), false));
        assert_eq!(codes("a@example.org;A;B;;\n"), ("email first-name last-name middle-initial mobile".into(), false));
        assert_eq!(codes("a@example.org,SN1\n"), ("email ignore".into(), true));
        assert_eq!(codes("1,A,a@example.org\n"), ("ignore ignore email".into(), true));
    }

    #[test]
    fn a_fingerprint_knows_the_header_again() {
        let print = |titles: [&str; 2]| header_fingerprint(&titles.map(str::to_owned));
        assert_eq!(print(["User name", "E-Mail"]), print(["USERNAME", "e mail"]));
        assert_ne!(print(["User name", "E-Mail"]), print(["E-Mail", "User name"]));
    }
}

//! Bringing people in, as somebody at a browser does: send a file, look at the preview, tick and choose, press "Add".

use diesel::prelude::*;
use muster::db::schema::{expected_devices, users};
use muster::features::users::model::User;

use super::{Answer, Person, Site, in_repository};

/// An import that somebody has begun.
pub struct Import<'p, 's> {
    person: &'p Person<'s>,
    /// Its address.
    pub path: String,
}

impl<'s> Person<'s> {
    /// Sends a file of tests/fixtures.
    #[track_caller]
    pub fn upload(&self, fixture: &str) -> Import<'_, 's> {
        let content = std::fs::read(in_repository(&format!("tests/fixtures/{fixture}"))).unwrap();
        self.upload_bytes(fixture, &content)
    }

    /// Sends a file with this text.
    #[track_caller]
    pub fn upload_text(&self, text: &str) -> Import<'_, 's> {
        self.upload_bytes("people.csv", text.as_bytes())
    }

    #[track_caller]
    pub fn upload_bytes(&self, name: &str, content: &[u8]) -> Import<'_, 's> {
        let answer = self.post_file(name, content, &[]).expect(303);
        Import { person: self, path: answer.location().to_owned() }
    }
}

impl Import<'_, '_> {
    pub fn id(&self) -> i64 {
        self.path.rsplit('/').next().unwrap().parse().unwrap()
    }

    /// Its page, once no job is at it any more.
    #[track_caller]
    pub fn page(&self) -> Answer {
        self.page_of("")
    }

    #[track_caller]
    fn page_of(&self, query: &str) -> Answer {
        for _ in 0..3_000 {
            let page = self.person.open(&format!("{}{query}", self.path));
            if page.all("[data-progress]").is_empty() {
                return page;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("{} never settled", self.path);
    }

    /// The number under a heading of the preview or the result; 0 if it does not stand there.
    #[track_caller]
    pub fn count(&self, label: &str) -> i64 {
        count(&self.page(), label)
    }

    /// The numbers of refused rows with their reasons.
    #[track_caller]
    pub fn refused(&self) -> Vec<(i64, String)> {
        let page = self.page_of("?show=refused");
        let rows = page.all(".import-rows tbody .col-row");
        let html = page.page();
        let css = |text: &str| scraper::Selector::parse(text).unwrap();
        let (row, reason) = (css(".import-rows tbody tr"), css(".wrap .change, .wrap .field-error span"));
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let reasons = html.select(&row).map(|row| row.select(&reason).map(|one| words(one.text().collect())).collect());
        rows.iter().map(|row| row.parse().unwrap()).zip(reasons).collect()
    }

    /// The preview's form as it is drawn.
    #[track_caller]
    pub fn preview(&self) -> Preview {
        let page = self.page();
        let fields = page.form("#preview");
        assert!(!fields.is_empty(), "no preview:\n{}", page.readable());
        Preview { fields }
    }

    /// Presses "Continue" and gives the page that it comes to.
    #[track_caller]
    pub fn carry_on(&self, preview: &Preview) -> Answer {
        self.press("options", preview)
    }

    /// Presses "Add" and gives the page that it comes to.
    #[track_caller]
    pub fn add(&self, preview: &Preview) -> Answer {
        self.press("additions", preview)
    }

    /// Types into cells (row, column from 0) of the preview as it is drawn with that query, and presses "Check".
    #[track_caller]
    pub fn correct(&self, cells: &[(i64, usize, &str)]) -> Answer {
        self.send("corrections", &self.preview().type_into(cells))
    }

    /// Presses "Add" below the preview as it is drawn; everything must go well.
    #[track_caller]
    pub fn add_all(&self) -> Answer {
        let page = self.add(&self.preview());
        assert_eq!(page.one(".badge").as_deref(), Some("Done"), "{}", page.readable());
        page
    }

    /// Sends the preview to one of its addresses, without waiting for what becomes of it.
    pub fn send(&self, to: &str, preview: &Preview) -> Answer {
        let fields: Vec<(&str, &str)> =
            preview.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.person.post(&format!("{}/{to}", self.path), &fields)
    }

    #[track_caller]
    fn press(&self, to: &str, preview: &Preview) -> Answer {
        let answer = self.send(to, preview);
        if answer.status == 303 { self.page() } else { answer.expect(422) }
    }
}

/// A number of a preview or result.
pub fn count(page: &Answer, label: &str) -> i64 {
    let (stats, numbers) = (page.all(".stat"), page.all(".stat strong"));
    let found = stats.iter().zip(numbers).find(|(stat, number)| stat.strip_prefix(number.as_str()) == Some(label));
    let digits: String =
        found.map(|(_, number)| number.chars().filter(char::is_ascii_digit).collect()).unwrap_or_default();
    digits.parse().unwrap_or(0)
}

/// The form of a preview, to be filled in.
#[derive(Debug, Clone)]
pub struct Preview {
    pub fields: Vec<(String, String)>,
}

impl Preview {
    /// Chooses in a select, among radio buttons, or ticks a box.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Preview {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn untick(mut self, row: i64) -> Preview {
        let before = self.fields.len();
        self.fields.retain(|(name, value)| name != "tick" || *value != row.to_string());
        assert_eq!(self.fields.len() + 1, before, "row {row} was not ticked");
        self
    }

    /// Types into cells: row, column from 0, text.
    #[must_use]
    #[track_caller]
    pub fn type_into(mut self, cells: &[(i64, usize, &str)]) -> Preview {
        for (row, column, text) in cells {
            let at = format!("{row}:{column}");
            let place = self.fields.iter().position(|(name, value)| name == "at" && *value == at);
            let place = place.unwrap_or_else(|| panic!("there is no cell {at} to correct"));
            assert_eq!(self.fields[place + 1].0, "cell");
            self.fields[place + 1].1 = (*text).to_owned();
        }
        self
    }

    /// Chooses for one row: keep, replace, fill, restore, leave, as-all.
    #[must_use]
    pub fn choose(mut self, row: i64, choice: &str) -> Preview {
        let of_row = format!("{row}:");
        let mut fields = self.fields.iter_mut();
        let field = fields.find(|(name, value)| name == "choice" && value.starts_with(&of_row));
        field.unwrap_or_else(|| panic!("row {row} offers no choice")).1 = format!("{row}:{choice}");
        self
    }
}

impl Site {
    /// Who has this address, deleted or not.
    pub fn with_address(&self, email: &str) -> Option<User> {
        let key = email.to_lowercase();
        self.read(|conn| Ok(users::table.filter(users::email_key.eq(key)).first(conn).optional()?))
    }

    /// The name of whoever has this address.
    #[track_caller]
    pub fn name_of(&self, email: &str) -> String {
        self.with_address(email).unwrap_or_else(|| panic!("nobody has {email}")).name
    }

    /// How many users there are, the deleted left out.
    pub fn people(&self) -> i64 {
        self.read(|conn| Ok(users::table.filter(users::deleted_at.eq(0)).count().get_result(conn)?))
    }

    /// How many devices are expected.
    pub fn devices(&self) -> i64 {
        self.read(|conn| {
            Ok(expected_devices::table.filter(expected_devices::is_gone.eq(false)).count().get_result(conn)?)
        })
    }
}

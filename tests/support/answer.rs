//! What came back, as a reader of the page sees it.

use scraper::{ElementRef, Html, Selector};

/// An answer of the server.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads the bytes of one answer. Without any, the status is 0: the server hung up.
    pub fn parse(bytes: &[u8]) -> Answer {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Answer { status: 0, headers: Vec::new(), body: bytes.to_vec() };
        };
        let head = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = head.split("\r\n");
        let status =
            lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok()).unwrap_or(0);
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
            .collect();
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let rest = &bytes[end + 4..];
        Answer { status, headers, body: if chunked { unchunked(rest) } else { rest.to_vec() } }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn cookies(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str())
    }

    /// Everything that may not differ between two answers that must look the same: all but date and request id.
    pub fn essence(&self) -> (u16, Vec<(String, String)>, String) {
        let same = |name: &str| name != "date" && name != "x-request-id";
        let mut headers: Vec<_> = self.headers.iter().filter(|(name, _)| same(name)).cloned().collect();
        // The server keeps them in no order.
        headers.sort();
        (self.status, headers, self.text())
    }

    /// The answer itself, if it has this status; else the test ends here.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "location {:?}, page:\n{}", self.location(), self.readable());
        self
    }

    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn page(&self) -> Html {
        Html::parse_document(&self.text())
    }

    /// The text of everything that fits a CSS selector.
    pub fn all(&self, selector: &str) -> Vec<String> {
        self.page().select(&css(selector)).map(|element| words(&element)).collect()
    }

    /// The text of the first thing that fits.
    pub fn one(&self, selector: &str) -> Option<String> {
        self.all(selector).into_iter().next()
    }

    /// An attribute of everything that fits.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        self.page().select(&css(selector)).filter_map(|element| element.value().attr(name).map(str::to_owned)).collect()
    }

    /// The value of a form's field: of an input, a chosen option or a text area.
    pub fn field(&self, name: &str) -> Option<String> {
        self.attributes(&format!("input[name='{name}'], select[name='{name}'] option[selected]"), "value")
            .into_iter()
            .next()
    }

    /// What a browser would send of a form as it is drawn, its token left out.
    pub fn form(&self, selector: &str) -> Vec<(String, String)> {
        let page = self.page();
        let (fields, options) = (css("input[name], select[name]"), css("option"));
        let mut sent = Vec::new();
        for field in page.select(&css(selector)).flat_map(|form| form.select(&fields).collect::<Vec<_>>()) {
            let said = |attribute: &str| field.value().attr(attribute);
            let name = said("name").unwrap_or_default();
            let value = if field.value().name() == "select" {
                let all: Vec<_> = field.select(&options).collect();
                let chosen = all.iter().find(|option| option.value().attr("selected").is_some()).or(all.first());
                chosen.and_then(|option| option.value().attr("value"))
            } else if matches!(said("type"), Some("checkbox" | "radio")) && said("checked").is_none() {
                None
            } else {
                said("value")
            };
            if name != "csrf" {
                sent.extend(value.map(|value| (name.to_owned(), value.to_owned())));
            }
        }
        sent
    }

    /// The messages of the error summary.
    pub fn errors(&self) -> Vec<String> {
        self.all(".error-summary li")
    }

    pub fn flash(&self) -> Option<String> {
        self.one(".flash p")
    }

    /// The ids of the rows that can be ticked, in the order of the page.
    pub fn ids(&self) -> Vec<i64> {
        self.attributes("input[data-tick]", "value").iter().map(|id| id.parse().expect("an id")).collect()
    }

    /// The page without its tags, for messages of failing tests.
    pub fn readable(&self) -> String {
        words(&self.page().root_element()).chars().take(2_000).collect()
    }
}

fn css(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"))
}

fn words(element: &ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end])
            .ok()
            .and_then(|text| usize::from_str_radix(text.trim(), 16).ok())
            .unwrap_or(0);
        if size == 0 || rest.len() < end + 2 + size {
            break;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    body
}

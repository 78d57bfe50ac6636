//! Dates as the reader sees them: in their time zone, which their browser tells by the cookie `tz`; UTC until it has.

use actix_web::HttpRequest;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The reader's time zone.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Zone {
    pub fn utc() -> Self {
        Zone(TimeZone::UTC)
    }

    pub fn of(req: &HttpRequest) -> Self {
        let name = req.cookie("tz").map(|cookie| cookie.value().replace("%2F", "/")).unwrap_or_default();
        let plausible =
            name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte));
        let zone = if plausible && !name.is_empty() { TimeZone::get(&name).ok() } else { None };
        zone.map_or_else(Zone::utc, Zone)
    }

    /// When a day (2026-11-22) or, `days` later, another one begins here, in unix milliseconds.
    pub fn start_of(&self, day: &str, days: i64) -> Option<i64> {
        let day: jiff::civil::Date = day.parse().ok()?;
        let day = day.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        Some(day.to_zoned(self.0.clone()).ok()?.timestamp().as_millisecond())
    }

    /// 2020/04/01 03:52:39 PM
    pub fn show(&self, at: i64) -> String {
        match Timestamp::from_millisecond(at) {
            Ok(time) => time.to_zoned(self.0.clone()).strftime("%Y/%m/%d %I:%M:%S %p").to_string(),
            Err(_) => "a time out of range".into(),
        }
    }
}

/// ISO 8601 in UTC, for files, APIs and `datetime` attributes.
pub fn iso(at: i64) -> String {
    Timestamp::from_millisecond(at).map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_the_form_of_the_seeds() {
        assert_eq!(Zone::utc().show(1_585_756_359_000), "2020/04/01 03:52:39 PM");
        assert_eq!(Zone(TimeZone::get("Europe/Berlin").unwrap()).show(1_585_756_359_000), "2020/04/01 05:52:39 PM");
        assert_eq!(Zone::utc().start_of("2020-04-01", 0), Some(1_585_699_200_000));
        assert_eq!(Zone(TimeZone::get("Europe/Berlin").unwrap()).start_of("2020-03-31", 1), Some(1_585_692_000_000));
        assert_eq!(Zone::utc().start_of("soon", 0), None);
        assert_eq!(iso(1_585_756_359_000), "2020-04-01T15:52:39Z");
    }
}

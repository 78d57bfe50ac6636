//! What a browser remembers of how its reader likes lists: page size and density, from the last URL that named one.

use actix_web::{HttpRequest, HttpResponse};

use super::{Density, LIMITS, State};
use crate::settings::PublicUrl;
use crate::web::cookies::Jar;

/// A year, in seconds.
const LASTS: i64 = 365 * 24 * 3_600;

/// What stands in the cookie; None: nothing said yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Remembered {
    pub limit: Option<i64>,
    pub density: Option<Density>,
}

impl Remembered {
    pub fn of(req: &HttpRequest, public: &PublicUrl) -> Remembered {
        req.cookie(Jar::List.name(public)).map(|cookie| Remembered::parse(cookie.value())).unwrap_or_default()
    }

    fn parse(value: &str) -> Remembered {
        let (limit, density) = value.split_once('.').unwrap_or((value, ""));
        Remembered {
            limit: limit.parse().ok().filter(|limit| LIMITS.contains(limit)),
            density: Density::from_code(density),
        }
    }

    fn value(self) -> String {
        let limit = self.limit.map(|limit| limit.to_string()).unwrap_or_default();
        format!("{limit}.{}", self.density.map_or("", Density::code))
    }
}

impl State {
    /// Lets the browser remember what this URL names.
    pub fn remember(&self, public: &PublicUrl, response: &mut HttpResponse) {
        let now = Remembered {
            limit: if self.says_limit { Some(self.limit) } else { self.remembered.limit },
            density: if self.says_density { Some(self.density) } else { self.remembered.density },
        };
        if now != self.remembered {
            let _ = response.add_cookie(&Jar::List.cookie(public, now.value(), Some(LASTS)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_says_what_was_put_into_it() {
        for limit in [None, Some(25), Some(250)] {
            for density in [None, Some(Density::Comfortable), Some(Density::Compact)] {
                let remembered = Remembered { limit, density };
                assert_eq!(Remembered::parse(&remembered.value()), remembered);
            }
        }
        for nonsense in ["", ".", "26", "-1.wide", "9999999999999999999.compact."] {
            assert_eq!(Remembered::parse(nonsense), Remembered::default(), "{nonsense}");
        }
    }
}

//! The accent colour: whether it can be read, and the shades that are made of it. Contrast is that of WCAG 2.2.
//!
//! One colour is chosen. In light it is what buttons are filled with and what links are written in, so it must be legible as it is; in dark it is
//! brightened as far as that takes. Whatever is accepted has 4.5:1 wherever it is text or lies under text, and 3:1 against the page (tested over
//! the whole cube of colours).

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::refusal::FieldError;

/// Text on its ground.
const TEXT: f64 = 4.5;
/// What can be pressed against the page.
const SHAPE: f64 = 3.0;
/// The luminance of the grounds that it lies on (tokens.css): the darkest of light, the page and the lightest of dark.
const LIGHT_GROUND: f64 = 0.863;
const DARK_PAGE: f64 = 0.0123;
const DARK_GROUND: f64 = 0.0176;
const WHITE: Accent = Accent([255; 3]);
const BLACK: Accent = Accent([0; 3]);
/// The page in dark, to mix with.
const DARK: Accent = Accent([18, 20, 25]);

/// A colour, red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Accent([u8; 3]);

impl From<Accent> for String {
    fn from(accent: Accent) -> String {
        accent.text()
    }
}

impl TryFrom<String> for Accent {
    type Error = FieldError;

    fn try_from(text: String) -> Result<Accent, FieldError> {
        Accent::parse(&text)
    }
}

impl Accent {
    /// Reads `#1a5fb4` and refuses what cannot be read in light and dark.
    ///
    /// # Errors
    /// Not a colour; too little contrast, with the figures.
    pub fn parse(typed: &str) -> Result<Accent, FieldError> {
        let typed = typed.trim();
        let hex = typed.strip_prefix('#').unwrap_or(typed);
        let digits = hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(hex, 16).ok().filter(|_| digits).ok_or_else(|| {
            FieldError::new("accent", "Write the colour as # and six digits or letters from a to f: #1a5fb4.")
        })?;
        let [_, red, green, blue] = number.to_be_bytes();
        let accent = Accent([red, green, blue]);
        match accent.fault() {
            Some(why) => Err(FieldError::new("accent", why)),
            None => Ok(accent),
        }
    }

    pub fn text(self) -> String {
        self.0.iter().fold("#".to_owned(), |mut text, part| {
            let _ = write!(text, "{part:02x}");
            text
        })
    }

    /// Why it is not legible, if so.
    fn fault(self) -> Option<String> {
        let light = ratio(self.luminance(), LIGHT_GROUND)
            .min(self.on(self.light_soft()))
            .min(self.on(WHITE))
            .min(self.light_hover().on(WHITE));
        if light < TEXT {
            return Some(format!(
                "This cannot be read in light: it has a contrast of {} to 1 where 4.5 is needed. Choose a darker colour.",
                rounded(light)
            ));
        }
        let dark = self.dark();
        let text = dark.on(WHITE).min(self.dark_hover().on(WHITE));
        let shape = ratio(dark.luminance(), DARK_PAGE);
        if text < TEXT || shape < SHAPE {
            return Some(format!(
                "This cannot be read in dark: white on it has a contrast of {} to 1 where 4.5 is needed, and it {} against the page where 3 is needed.",
                rounded(text),
                rounded(shape)
            ));
        }
        None
    }

    fn on(self, other: Accent) -> f64 {
        ratio(self.luminance(), other.luminance())
    }

    /// Relative luminance, 0 to 1.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// So much (0 to 100) of another in it.
    fn mixed(self, other: Accent, percent: u32) -> Accent {
        let mut parts = [0_u8; 3];
        for (part, (own, theirs)) in parts.iter_mut().zip(self.0.into_iter().zip(other.0)) {
            let mixed = (u32::from(own) * (100 - percent) + u32::from(theirs) * percent + 50) / 100;
            *part = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
        Accent(parts)
    }

    /// As little white in it as makes it `enough`.
    fn brightened(self, enough: impl Fn(Accent) -> bool) -> Accent {
        (0..=100).map(|percent| self.mixed(WHITE, percent)).find(|mixed| enough(*mixed)).unwrap_or(WHITE)
    }

    fn light_hover(self) -> Accent {
        self.mixed(BLACK, 15)
    }

    fn light_soft(self) -> Accent {
        self.mixed(WHITE, 92)
    }

    /// What is filled with it in dark.
    fn dark(self) -> Accent {
        self.brightened(|mixed| ratio(mixed.luminance(), DARK_PAGE) >= SHAPE)
    }

    fn dark_hover(self) -> Accent {
        self.dark().mixed(BLACK, 8)
    }

    fn dark_soft(self) -> Accent {
        self.dark().mixed(DARK, 75)
    }

    /// What is written in it in dark.
    fn dark_text(self) -> Accent {
        let soft = self.dark_soft().luminance();
        self.dark()
            .brightened(|mixed| ratio(mixed.luminance(), DARK_GROUND) >= TEXT && ratio(mixed.luminance(), soft) >= TEXT)
    }

    /// The style sheet that puts it in the place of our own.
    pub fn style(self) -> String {
        let pair = |name: &str, light: Accent, dark: Accent| {
            format!("  --accent{name}: light-dark({}, {});\n", light.text(), dark.text())
        };
        let lines = [
            pair("", self, self.dark()),
            pair("-hover", self.light_hover(), self.dark_hover()),
            pair("-text", self, self.dark_text()),
            pair("-soft", self.light_soft(), self.dark_soft()),
        ];
        format!(":root {{\n{}}}\n", lines.concat())
    }
}

fn ratio(one: f64, two: f64) -> f64 {
    (one.max(two) + 0.05) / (one.min(two) + 0.05)
}

/// Rounded down, so that 4.46 does not read as enough.
fn rounded(ratio: f64) -> String {
    format!("{:.1}", (ratio * 10.0).floor() / 10.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((BLACK.on(WHITE) - 21.0).abs() < 0.001);
        assert!((Accent([119, 119, 119]).on(WHITE) - 4.478).abs() < 0.001);
    }

    #[test]
    fn whatever_is_accepted_is_legible_everywhere() {
        let (mut accepted, steps) = (0, [0_u8, 20, 51, 80, 102, 119, 153, 180, 204, 230, 255]);
        for red in steps {
            for green in steps {
                for blue in steps {
                    let accent = Accent([red, green, blue]);
                    if Accent::parse(&accent.text()).is_err() {
                        continue;
                    }
                    accepted += 1;
                    for (ink, ground) in [
                        (accent.luminance(), LIGHT_GROUND),
                        (accent.luminance(), accent.light_soft().luminance()),
                        (1.0, accent.luminance()),
                        (1.0, accent.light_hover().luminance()),
                        (1.0, accent.dark().luminance()),
                        (1.0, accent.dark_hover().luminance()),
                        (accent.dark_text().luminance(), DARK_GROUND),
                        (accent.dark_text().luminance(), accent.dark_soft().luminance()),
                    ] {
                        assert!(ratio(ink, ground) >= TEXT, "{}: {ink} on {ground}", accent.text());
                    }
                    assert!(ratio(accent.dark().luminance(), DARK_PAGE) >= SHAPE, "{}", accent.text());
                }
            }
        }
        assert!(accepted > 100, "{accepted} colours are accepted");
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_figures_and_what_is_no_colour_too() {
        for (typed, why) in [
            ("#ffcc00", "in light"),
            ("#ffffff", "in light"),
            ("#777777", "in light"),
            ("red", "six digits"),
            ("#12345", "six digits"),
            ("#12345g", "six digits"),
            ("#+12345", "six digits"),
            ("", "six digits"),
        ] {
            assert!(Accent::parse(typed).unwrap_err().message.contains(why), "{typed}");
        }
        assert_eq!(Accent::parse(" 1A5FB4 ").unwrap().text(), "#1a5fb4");
        assert!(Accent::parse("#000000").is_ok() && Accent::parse("#7a0030").is_ok());
    }
}

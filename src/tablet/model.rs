//! What the pages of tablets show.

use serde::{Deserialize, Serialize};

use crate::{id::EnterpriseId, text::is_invisible};

/// An enterprise has so many at a time, those that are not set up yet among them.
pub const MOST_TABLETS: u16 = 50;
/// A link to set one up works so long, in hours.
pub const LINK_HOURS: i64 = 24;
/// The longest name, in characters.
pub const NAME_CHARS: usize = 30;

/// The fields of the forms.
pub mod field {
    pub const NAME: &str = "name";
    pub const TABLET: &str = "tablet";
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletsView {
    pub enterprise: EnterpriseId,
    pub name: String,
    pub tablets: Vec<TabletLine>,
    pub made: Option<Made>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletLine {
    pub id: String,
    pub name: String,
    /// None: its link was not opened yet.
    pub set_up_at: Option<String>,
    pub link_until: String,
}

/// What became of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Made {
    /// Shown once: the link, and its QR code as an address of its picture.
    Link { link: String, qr: String, until: String },
    /// As many as there may be.
    Enough,
    /// A name that is none, as it was typed.
    Name(String),
}

/// What a link is about to make of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUpView {
    pub enterprise_name: String,
    pub name: String,
}

/// Where a tablet stands: one line of text that can be read aloud.
pub fn parse_name(text: &str) -> Option<String> {
    let name = text.trim();
    (!name.is_empty() && name.chars().count() <= NAME_CHARS && !name.chars().any(|char| char.is_control() || is_invisible(char)))
        .then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(parse_name(" 东门 "), Some("东门".to_owned()));
        for bad in ["", "  ", "东\n门", "\u{202e}门", &"门".repeat(NAME_CHARS + 1)] {
            assert_eq!(parse_name(bad), None, "{bad}");
        }
    }
}

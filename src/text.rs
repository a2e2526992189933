//! Characters that nobody sees: what copying leaves behind, and what makes a text look like another. And those that HTML would
//! take for its own.

/// As the inside of a `<textarea>`; Leptos would not escape it there. A line break at the very beginning is swallowed by HTML, so that
/// a text which begins with one gets another.
pub fn escaped(text: &str) -> String {
    let first = if text.starts_with(['\n', '\r']) { "\n" } else { "" };
    format!("{first}{}", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// Turns the direction of what follows, so that a text reads otherwise than it is stored.
pub const fn is_direction(char: char) -> bool {
    matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Shows nothing, or a blank that is no space: a name of these would be no name, and one with them another's twin. Variation
/// selectors are none of them: they choose how a character of a real name is written.
pub const fn is_invisible(char: char) -> bool {
    is_direction(char)
        || matches!(
            char,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}'
        )
}

/// Text that stays where it was read, unless there were escapes in it.
#[cfg(feature = "ssr")]
#[derive(serde::Deserialize)]
pub struct Borrowed<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);

#[cfg(feature = "ssr")]
impl AsRef<str> for Borrowed<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_field() {
        assert_eq!(escaped("</textarea><script>&"), "&lt;/textarea&gt;&lt;script&gt;&amp;");
        assert_eq!(escaped("\n一行\n"), "\n\n一行\n");
    }

    #[test]
    fn what_shows_nothing_is_known_and_what_people_write_is_not() {
        for char in "\u{3164}\u{115f}\u{1160}\u{2800}\u{ad}\u{200b}\u{200c}\u{200f}\u{202a}\u{202e}\u{2060}\u{2069}\u{feff}\u{34f}\u{180e}\u{206a}\u{fff9}\u{1d173}\u{e0041}".chars() {
            assert!(is_invisible(char), "{char:?}");
        }
        for char in "黄·A é\u{3000}\n\t𠮷ᄀ한葛\u{e0100}".chars() {
            assert!(!is_invisible(char), "{char:?}");
        }
        assert!(is_direction('\u{202e}') && is_direction('\u{2067}') && !is_direction('\u{200b}'));
    }
}

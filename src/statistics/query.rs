//! Percent-encoding of a URL's query: the little of it that links and filters need.

use std::fmt::{self, Write};

/// Text that no browser and no link of ours sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a percent-encoded query")]
pub struct NotAQuery;

/// Writes `key=value` pairs, joined by `&`.
pub fn write<'a>(f: &mut impl Write, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> fmt::Result {
    for (position, (key, value)) in pairs.into_iter().enumerate() {
        if position > 0 {
            f.write_char('&')?;
        }
        encode(f, key)?;
        f.write_char('=')?;
        encode(f, value)?;
    }
    Ok(())
}

/// RFC 3986: everything but letters, digits and `-._~` as `%XX` of its UTF-8 bytes.
fn encode(f: &mut impl Write, text: &str) -> fmt::Result {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) { f.write_char(char::from(byte))? } else { write!(f, "%{byte:02X}")? }
    }
    Ok(())
}

/// The pairs of a query, in order; a leading `?` may stand there.
pub fn read(query: &str) -> Result<Vec<(String, String)>, NotAQuery> {
    let query = query.strip_prefix('?').unwrap_or(query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(key)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, NotAQuery> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let ([high, low], after) = rest.split_first_chunk::<2>().ok_or(NotAQuery)?;
                bytes.push(hex(*high)? * 16 + hex(*low)?);
                rest = after;
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).map_err(|_| NotAQuery)
}

fn hex(digit: u8) -> Result<u8, NotAQuery> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(NotAQuery),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(pairs: &[(String, String)]) -> String {
        let mut text = String::new();
        write(&mut text, pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))).unwrap();
        text
    }

    proptest! {
        #[test]
        fn pairs_survive_the_url(pairs in prop::collection::vec((".+", ".*"), 0..8)) {
            let text = written(&pairs);
            prop_assert!(text.is_ascii() && !text.contains([' ', '"', '<', '#']), "{}", text);
            prop_assert_eq!(read(&text), Ok(pairs));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = read(&text);
        }
    }

    #[test]
    fn what_a_form_sends_is_read() {
        let pairs = |text: &str| read(text).unwrap();
        assert_eq!(pairs("?q=%E9%BB%84+a&x"), [("q".into(), "黄 a".into()), ("x".into(), String::new())]);
        assert_eq!(pairs("q=a%2Bb%26c"), [("q".into(), "a+b&c".into())]);
        assert_eq!(pairs(""), []);
    }

    #[test]
    fn broken_encoding_is_refused() {
        for text in ["q=%", "q=%4", "q=%zz", "q=%ff", "q=%E9%BB"] {
            assert_eq!(read(text), Err(NotAQuery), "{text}");
        }
    }
}

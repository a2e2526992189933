//! What a browser posts as a plain HTML form.

use crate::questionnaire::model::FormValues;

/// Reads `application/x-www-form-urlencoded`. Bytes that are not UTF-8 are replaced, and make it an `Err` with what could be read.
pub fn read(body: &[u8]) -> Result<FormValues, FormValues> {
    let mut whole = true;
    let mut decode = |part: &[u8]| match String::from_utf8(percent_decode(part)) {
        Ok(text) => text,
        Err(error) => {
            whole = false;
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
    };
    let pairs = body.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let end = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
        (decode(&pair[..end]), decode(pair.get(end + 1..).unwrap_or_default()))
    });
    let values = FormValues::from_pairs(pairs);
    if whole { Ok(values) } else { Err(values) }
}

fn percent_decode(part: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part;
    while let [first, tail @ ..] = rest {
        let (byte, after) = match (first, tail) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, after),
                _ => (b'%', tail),
            },
            (b'+', _) => (b' ', tail),
            _ => (*first, tail),
        };
        bytes.push(byte);
        rest = after;
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(feature = "ssr")]
mod body {
    use axum::{
        body::{Body, Bytes},
        http::{HeaderMap, header},
    };

    use super::read;
    use crate::{
        error::{AppError, Result},
        questionnaire::model::FormValues,
        serve::{BODY_LIMIT, is_over_the_limit},
    };

    const FORM: &[u8] = b"application/x-www-form-urlencoded";

    /// The body of a representative's form, beside the request that brings it.
    #[derive(Clone)]
    pub struct Typed(pub Bytes);

    impl Typed {
        /// What somebody wrote in words of their own, in the order of the fields' names: not what was chosen, nor any code.
        pub fn words(&self) -> Vec<String> {
            let values = read(&self.0).unwrap_or_else(|garbled| garbled);
            let is_code = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | ':');
            let words = values.pairs().map(|(_, value)| value.trim()).filter(|value| !value.chars().all(is_code));
            words.filter(|value| !value.starts_with('/')).map(str::to_owned).collect()
        }
    }

    pub fn is_form(headers: &HeaderMap) -> bool {
        let kind = headers.get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        kind.len() >= FORM.len() && kind[..FORM.len()].eq_ignore_ascii_case(FORM)
    }

    /// The form in a request's body, read as [`read`] does.
    pub async fn read_body(headers: &HeaderMap, body: Body) -> Result<Result<FormValues, FormValues>> {
        if !is_form(headers) {
            return Err(AppError::BadRequest);
        }
        let unread = |error: axum::Error| if is_over_the_limit(&error) { AppError::TooLarge } else { AppError::BadRequest };
        let bytes = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(unread)?;
        Ok(read(&bytes))
    }
}
#[cfg(feature = "ssr")]
pub use body::{Typed, is_form, read_body};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_send_it() {
        let values = read("name=%E9%BB%84+%E4%B8%BD&a=1&a=2&empty=&bare&&c=100%".as_bytes()).ok().unwrap();
        assert_eq!(values.one("name"), "黄 丽");
        assert_eq!(values.all("a"), ["1", "2"]);
        assert_eq!((values.all("empty"), values.all("bare")), (&[String::new()][..], &[String::new()][..]));
        assert_eq!(values.one("c"), "100%");
    }

    #[test]
    fn what_is_not_utf_8_is_noticed_and_the_rest_is_kept() {
        for body in [&b"a=%FF&b=2"[..], b"a=\xff&b=2", b"a=%B9%E3&b=2"] {
            let values = read(body).expect_err("not UTF-8");
            assert_eq!(values.one("b"), "2");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(body: Vec<u8>) {
            let _ = read(&body);
        }

        #[test]
        fn any_pairs_survive_the_form(pairs: Vec<(String, String)>) {
            let body: Vec<String> = pairs.iter().map(|(a, b)| format!("{}={}", crate::link::encode(a), crate::link::encode(b))).collect();
            prop_assert!(read(body.join("&").as_bytes()).ok() == Some(FormValues::from_pairs(pairs)));
        }
    }
}

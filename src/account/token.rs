//! Secrets that are handed out once and recognised by their hash: sessions, devices, one-time links, ceremonies.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::random;

/// 32 random bytes, written as 43 characters of base64url. Its text leaves the server once and is not kept.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Token([u8; 32]);

/// What the database keeps of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl Token {
    pub fn new() -> Self {
        Self(random::bytes())
    }

    /// Reads back what [`Self::text`] gave out; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        <[u8; 32]>::try_from(bytes).ok().map(Self)
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }

    pub fn text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }
}

impl Default for Token {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_text_and_differs_each_time() {
        let token = Token::new();
        assert_eq!(token.text().len(), 43);
        assert_eq!(Token::parse(&token.text()).unwrap().hash(), token.hash());
        assert_ne!(Token::new().hash(), token.hash());
        assert_eq!(format!("{token:?}"), "***");
    }

    #[test]
    fn other_text_is_no_token() {
        for text in ["", "A", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), "二"] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }
}

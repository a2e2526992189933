//! People, their documents and phones, and how well we know that it is they.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who someone is, as they said or as it was verified. Stored sealed; never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub document: IdDocument,
    /// None for a representative whom the operator entered without one.
    pub phone: Option<Phone>,
}

/// An identity document with its number in normal form: upper case, no spaces, its check digit checked where it has one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdDocument {
    pub kind: DocumentKind,
    number: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// GB 11643: residents, and the residence permits and foreigners' cards that share its form.
    ResidentId,
    Passport,
    HongKongMacauPermit,
    TaiwanPermit,
}

/// A telephone number in E.164 form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

/// How well we know that someone is who they say; kept on each session and declaration, and shown wherever it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "lowercase"))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 自报: name, document and phone given on a valid invitation.
    Claimed,
    /// 设备验证: a passkey with user verification.
    Passkey,
    /// 实名核验: an identity provider, by face.
    Face,
}

/// Whether an employee's claim stands alone, or another device claimed the same document before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Matched,
    /// 待核对: counted apart until someone has looked.
    ToVerify,
}

impl IdDocument {
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The seed's mask: `45*************27`.
    pub fn masked(&self) -> String {
        let chars: Vec<char> = self.number.chars().collect();
        let hidden = chars.len().saturating_sub(4);
        let (first, last) = (&chars[..chars.len().min(2)], &chars[chars.len() - chars.len().min(2)..]);
        format!("{}{}{}", first.iter().collect::<String>(), "*".repeat(hidden), last.iter().collect::<String>())
    }
}

impl Phone {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! secret {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }
    )+};
}
secret!(Person, IdDocument, Phone);

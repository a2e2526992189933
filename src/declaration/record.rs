//! What of a declaration is sealed. The census opens it; nothing else about a person's health is stored anywhere.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, Visitor},
};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    account::model::Level,
    id::EmployeeId,
    period::Day,
    questionnaire::model::{Answer, Answers},
    text::Borrowed,
    vault::{Cell, TenantKeys, VaultError, is_first_format},
};

/// The content of a declaration.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub answers: Answers,
    /// Where the person lives now.
    pub residence: String,
    /// How well it was known who declared.
    pub level: Level,
    /// The codes of the alert rules that held at submission.
    pub alerts: Vec<String>,
    /// 代报: who declared in the person's place. Then nothing is known of who they are but what that viewer says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf: Option<OnBehalf>,
}

/// A viewer who declared for somebody, and says that the person agreed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnBehalf {
    pub viewer: Uuid,
    pub name: String,
    /// The version of the notice to which the person agreed.
    pub notice: i64,
}

/// The rest of a declaration's row. A record is bound to all of it: neither the record nor any of these can be swapped
/// between rows.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub submission: Uuid,
    pub employee: EmployeeId,
    pub day: Day,
    pub questionnaire: &'a str,
    pub version: i64,
}

impl Record {
    pub fn seal(&self, keys: &TenantKeys, row: Row<'_>) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(self).expect("a record has only text keys"));
        keys.seal(cell(&row.bytes()), &plain)
    }

    pub fn open(keys: &TenantKeys, row: Row<'_>, blob: &[u8]) -> Result<Self, VaultError> {
        serde_json::from_slice(&Self::plain(keys, row, blob)?).map_err(|_| VaultError::DoesNotOpen)
    }

    /// The bytes of a record, for [`Counted::read`].
    pub fn plain(keys: &TenantKeys, row: Row<'_>, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let bound_to = if is_first_format(blob) { row.submission.as_bytes().to_vec() } else { row.bytes() };
        keys.open(cell(&bound_to), blob)
    }
}

/// What of a record is counted, without a copy of it: a census opens as many as there are declarations.
#[derive(Deserialize)]
pub struct Counted<'a> {
    /// By question, in the order of their codes.
    #[serde(borrow, deserialize_with = "answers")]
    pub answers: Vec<(Borrowed<'a>, Answer<Borrowed<'a>>)>,
    #[serde(borrow)]
    pub alerts: Vec<Borrowed<'a>>,
    #[serde(default)]
    on_behalf: Option<IgnoredAny>,
}

/// A map's pairs as they come.
fn answers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(Borrowed<'de>, Answer<Borrowed<'de>>)>, D::Error> {
    struct Pairs;

    impl<'de> Visitor<'de> for Pairs {
        type Value = Vec<(Borrowed<'de>, Answer<Borrowed<'de>>)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("answers by question")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(24));
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }

    deserializer.deserialize_map(Pairs)
}

impl<'a> Counted<'a> {
    /// Reads what [`Record::plain`] opened.
    pub fn read(plain: &'a [u8]) -> Result<Self, VaultError> {
        serde_json::from_slice(plain).map_err(|_| VaultError::DoesNotOpen)
    }

    /// Whether somebody declared in the person's place.
    pub const fn is_on_behalf(&self) -> bool {
        self.on_behalf.is_some()
    }
}

impl Row<'_> {
    /// All but the last have a fixed length, so no two rows share their bytes.
    fn bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + self.questionnaire.len());
        bytes.extend_from_slice(self.submission.as_bytes());
        bytes.extend_from_slice(self.employee.0.as_bytes());
        bytes.extend_from_slice(self.day.to_string().as_bytes());
        bytes.extend_from_slice(&self.version.to_be_bytes());
        bytes.extend_from_slice(self.questionnaire.as_bytes());
        bytes
    }
}

const fn cell(row: &[u8]) -> Cell<'_> {
    Cell { table: "declaration", column: "record", row }
}

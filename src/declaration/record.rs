//! What of a declaration is sealed. The census opens it; nothing else about a person's health is stored anywhere.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    account::model::Level,
    id::EmployeeId,
    period::Day,
    questionnaire::model::Answers,
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
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(self).expect("a record has only text keys"));
        keys.seal(cell(&row.bytes()), &plain)
    }

    pub fn open(keys: &TenantKeys, row: Row<'_>, blob: &[u8]) -> Result<Self, VaultError> {
        let bound_to = if is_first_format(blob) { row.submission.as_bytes().to_vec() } else { row.bytes() };
        let plain = keys.open(cell(&bound_to), blob)?;
        serde_json::from_slice(&plain).map_err(|_| VaultError::DoesNotOpen)
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

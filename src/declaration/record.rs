//! What of a declaration is sealed. The census opens it; nothing else about a person's health is stored anywhere.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    account::model::Level,
    questionnaire::model::Answers,
    vault::{Cell, TenantKeys, VaultError},
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
}

impl Record {
    /// Seals it for its row, which its submission key names.
    pub fn seal(&self, keys: &TenantKeys, submission: Uuid) -> Vec<u8> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(self).expect("a record has only text keys"));
        keys.seal(cell(submission.as_bytes()), &plain)
    }

    pub fn open(keys: &TenantKeys, submission: Uuid, blob: &[u8]) -> Result<Self, VaultError> {
        let plain = keys.open(cell(submission.as_bytes()), blob)?;
        serde_json::from_slice(&plain).map_err(|_| VaultError::DoesNotOpen)
    }
}

const fn cell(row: &[u8]) -> Cell<'_> {
    Cell { table: "declaration", column: "record", row }
}

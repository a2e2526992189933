//! Lines of the roster, and the report on a file, as they lie on the disk.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::model::{FaultLine, FileProblem, Kept, Preview};
use crate::{
    id::{DepartmentId, EntryId},
    vault::{Cell, TenantKeys, VaultError},
};

impl Kept {
    pub fn seal(&self, keys: &TenantKeys, entry: EntryId) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(self).expect("a line has only text keys"));
        keys.seal(entry_cell(entry.0.as_bytes()), &plain)
    }

    pub fn open(keys: &TenantKeys, entry: EntryId, blob: &[u8]) -> Result<Self, VaultError> {
        let plain = keys.open(entry_cell(entry.0.as_bytes()), blob)?;
        serde_json::from_slice(&plain).map_err(|_| VaultError::DoesNotOpen)
    }

    /// By which a line finds its employee: the same as theirs.
    pub fn document_index(&self, keys: &TenantKeys) -> [u8; 32] {
        keys.index("document", &self.person.document.key())
    }
}

/// Where a row of a file would be put.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    None,
    Known(DepartmentId),
    New(String),
}

impl Target {
    /// What a department that would be made is called.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::New(name) => Some(name),
            _ => None,
        }
    }
}

/// What a file came to.
#[derive(Serialize, Deserialize)]
pub enum Report {
    Refused(FileProblem),
    Faulty(u32, Vec<FaultLine>),
    /// With the departments that rows name by their place.
    Ready(Preview, Vec<Target>),
}

impl Report {
    pub fn seal(&self, keys: &TenantKeys, upload: Uuid) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(self).expect("a report has only text keys"));
        keys.seal(report_cell(upload.as_bytes()), &plain)
    }

    pub fn open(keys: &TenantKeys, upload: Uuid, blob: &[u8]) -> Result<Self, VaultError> {
        let plain = keys.open(report_cell(upload.as_bytes()), blob)?;
        serde_json::from_slice(&plain).map_err(|_| VaultError::DoesNotOpen)
    }
}

/// What is staged is sealed for the line that it becomes.
pub(super) const fn entry_cell(row: &[u8]) -> Cell<'_> {
    Cell { table: "roster_entry", column: "person", row }
}

pub(super) const fn report_cell(row: &[u8]) -> Cell<'_> {
    Cell { table: "roster_upload", column: "report", row }
}

//! A name, a document and a phone, as they lie on the disk: an employee's (the census opens them too), and a representative's.

use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::model::{DocumentKind, Person};
use crate::{
    id::EmployeeId,
    text::Borrowed,
    vault::{Cell, TenantKeys, VaultError},
};

/// A person as they were written down, without a copy of it: a census opens as many as there are people.
#[derive(Deserialize)]
pub struct Written<'a> {
    #[serde(borrow)]
    pub name: Borrowed<'a>,
    #[serde(borrow)]
    pub document: WrittenDocument<'a>,
    #[serde(borrow)]
    pub phone: Option<Borrowed<'a>>,
}

#[derive(Deserialize)]
pub struct WrittenDocument<'a> {
    pub kind: DocumentKind,
    #[serde(borrow)]
    pub number: Borrowed<'a>,
}

impl<'a> Written<'a> {
    /// Reads what [`Person::opened`] gave.
    pub fn read(plain: &'a [u8]) -> Result<Self, VaultError> {
        serde_json::from_slice(plain).map_err(|_| VaultError::DoesNotOpen)
    }
}

impl Person {
    /// Seals it for its employee's row.
    pub fn seal(&self, keys: &TenantKeys, employee: EmployeeId) -> Vec<u8> {
        keys.seal(person_cell("employee", employee.0.as_bytes()), &self.plain())
    }

    pub fn open(keys: &TenantKeys, employee: EmployeeId, blob: &[u8]) -> Result<Self, VaultError> {
        Self::read(&Self::opened(keys, employee, blob)?)
    }

    /// The bytes of a person, for [`Written::read`].
    pub fn opened(keys: &TenantKeys, employee: EmployeeId, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        keys.open(person_cell("employee", employee.0.as_bytes()), blob)
    }

    /// Seals it for the row of someone who signs in, with the keys of no enterprise. Bound to the first name of that table.
    pub(super) fn seal_viewer(&self, system: &TenantKeys, id: Uuid) -> Vec<u8> {
        system.seal(person_cell("representative", id.as_bytes()), &self.plain())
    }

    pub(super) fn open_viewer(system: &TenantKeys, id: Uuid, blob: &[u8]) -> Result<Self, VaultError> {
        Self::read(&system.open(person_cell("representative", id.as_bytes()), blob)?)
    }

    fn plain(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(self).expect("a person has only text keys"))
    }

    fn read(plain: &[u8]) -> Result<Self, VaultError> {
        serde_json::from_slice(plain).map_err(|_| VaultError::DoesNotOpen)
    }
}

pub(super) const fn person_cell<'a>(table: &'static str, row: &'a [u8]) -> Cell<'a> {
    Cell { table, column: "person", row }
}

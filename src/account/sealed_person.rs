//! A name, a document and a phone, as they lie on the disk: an employee's (the census opens them too), and a representative's.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::model::Person;
use crate::{
    id::EmployeeId,
    vault::{Cell, TenantKeys, VaultError},
};

impl Person {
    /// Seals it for its employee's row.
    pub fn seal(&self, keys: &TenantKeys, employee: EmployeeId) -> Vec<u8> {
        keys.seal(person_cell("employee", employee.0.as_bytes()), &self.plain())
    }

    pub fn open(keys: &TenantKeys, employee: EmployeeId, blob: &[u8]) -> Result<Self, VaultError> {
        Self::read(&keys.open(person_cell("employee", employee.0.as_bytes()), blob)?)
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

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
        keys.seal(cell("employee", employee.0.as_bytes()), &self.plain())
    }

    pub fn open(keys: &TenantKeys, employee: EmployeeId, blob: &[u8]) -> Result<Self, VaultError> {
        Self::read(&keys.open(cell("employee", employee.0.as_bytes()), blob)?)
    }

    /// Seals it for its representative's row, with the keys of no enterprise.
    pub(super) fn seal_representative(&self, system: &TenantKeys, id: Uuid) -> Vec<u8> {
        system.seal(cell("representative", id.as_bytes()), &self.plain())
    }

    pub(super) fn open_representative(system: &TenantKeys, id: Uuid, blob: &[u8]) -> Result<Self, VaultError> {
        Self::read(&system.open(cell("representative", id.as_bytes()), blob)?)
    }

    fn plain(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(self).expect("a person has only text keys"))
    }

    fn read(plain: &[u8]) -> Result<Self, VaultError> {
        serde_json::from_slice(plain).map_err(|_| VaultError::DoesNotOpen)
    }
}

const fn cell<'a>(table: &'static str, row: &'a [u8]) -> Cell<'a> {
    Cell { table, column: "person", row }
}

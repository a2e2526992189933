//! An employee's name, document and phone, as they lie on the disk. The census opens them too.

use zeroize::Zeroizing;

use super::model::Person;
use crate::{
    id::EmployeeId,
    vault::{Cell, TenantKeys, VaultError},
};

impl Person {
    /// Seals it for its employee's row.
    pub fn seal(&self, keys: &TenantKeys, employee: EmployeeId) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(self).expect("a person has only text keys"));
        keys.seal(cell(employee.0.as_bytes()), &plain)
    }

    pub fn open(keys: &TenantKeys, employee: EmployeeId, blob: &[u8]) -> Result<Self, VaultError> {
        let plain = keys.open(cell(employee.0.as_bytes()), blob)?;
        serde_json::from_slice(&plain).map_err(|_| VaultError::DoesNotOpen)
    }
}

const fn cell(row: &[u8]) -> Cell<'_> {
    Cell { table: "employee", column: "person", row }
}

//! The key of a form. It tells one form from another, and also when a form was made and for whom: one that stands open may be sent
//! after midnight, or after somebody else has said on this device who they are.
//!
//! It is a version 7 UUID. In place of most of its random bits stand the beginnings of two keyed hashes, which say nothing to whoever
//! does not have the enterprise's key. Keys of forms that an earlier version made tell nothing.

use uuid::{Builder, Uuid};

use crate::{
    account::{caller::Employee, claim},
    error::Result,
    id::EmployeeId,
    period::Moment,
    random,
    state::AppState,
    vault::TenantKeys,
};

const EMPLOYEE: std::ops::Range<usize> = 9..13;
const DOCUMENT: std::ops::Range<usize> = 13..16;

pub struct FormKey([u8; 16]);

/// A new key for a form that is made now for the holder of this document.
pub fn make(keys: &TenantKeys, employee: EmployeeId, document: &str, now: Moment) -> Uuid {
    let Ok(millis) = u64::try_from(now.as_millis()) else { return random::uuid() };
    let mut key = Builder::from_unix_timestamp_millis(millis, &random::bytes()).into_uuid().into_bytes();
    key[EMPLOYEE].copy_from_slice(&of_employee(keys, employee)[..EMPLOYEE.len()]);
    key[DOCUMENT].copy_from_slice(&of_document(keys, document)[..DOCUMENT.len()]);
    Uuid::from_bytes(key)
}

fn of_employee(keys: &TenantKeys, employee: EmployeeId) -> [u8; 32] {
    keys.index("form-employee", &employee.to_string())
}

fn of_document(keys: &TenantKeys, document: &str) -> [u8; 32] {
    keys.index("form-document", document)
}

impl FormKey {
    /// `None` for a key that tells nothing.
    pub fn read(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().filter(|key| key.get_version_num() == 7).map(|key| Self(key.into_bytes()))
    }

    pub fn made_at(&self) -> Moment {
        Moment::from_millis(self.0[..6].iter().fold(0, |millis, byte| millis << 8 | i64::from(*byte)))
    }

    /// Whether it was made for this person: known as the same employee, or anew with the same document.
    pub async fn is_for(&self, state: &AppState, employee: &Employee) -> Result<bool> {
        let keys = state.vault.keys(&state.db, employee.tenant().id()).await?;
        if of_employee(&keys, employee.id()).starts_with(&self.0[EMPLOYEE]) {
            return Ok(true);
        }
        let person = claim::person(state, employee).await?;
        Ok(of_document(&keys, &person.document.key()).starts_with(&self.0[DOCUMENT]))
    }
}

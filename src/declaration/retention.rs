//! What of this room goes when: see [`crate::retention`].

use super::store;
pub use super::store::DECLARATION_DELETE_OF;
use crate::{account::caller::Tenant, audit::entry::Entry, db::Db, error::StoreError, id::EmployeeId, retention::Keep};

/// Some of the declarations that are too old.
pub async fn purge(db: &Db, tenant: Tenant, keep: Keep, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::declaration_purge(db, tenant, keep.declared, entry).await
}

/// What claims declared that nobody waits for any more.
pub async fn purge_of(db: &Db, tenant: Tenant, claims: &[EmployeeId], keep: Keep, entry: Option<&Entry>) -> Result<u64, StoreError> {
    if claims.is_empty() { Ok(0) } else { store::declaration_purge_of(db, tenant, claims, keep.wanted, entry).await }
}

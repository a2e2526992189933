//! What of this room goes when: see [`crate::retention`].

use super::store;
use crate::{account::caller::Tenant, audit::entry::Entry, db::Db, error::StoreError, retention::Keep};

/// Reminders of days whose declarations go, and what employees read of them.
pub async fn purge(db: &Db, tenant: Tenant, keep: Keep, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::reminder_purge(db, tenant, keep.declared, entry).await
}

//! What of this room goes when: see [`crate::retention`].

use super::store;
use crate::{account::caller::Tenant, audit::entry::Entry, db::Db, error::StoreError, retention::Keep};

/// Codes that were replaced and have not worked for long.
pub async fn purge(db: &Db, tenant: Tenant, keep: Keep, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::invitation_purge(db, tenant, keep.wanted, entry).await
}

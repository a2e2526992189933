//! What of this room goes when: see [`crate::retention`].

use super::store;
use crate::{account::caller::Tenant, audit::entry::Entry, db::Db, error::StoreError, retention::Keep};

/// Some of the alerts whose declarations are too old, with all that became of them.
pub async fn purge(db: &Db, tenant: Tenant, keep: Keep, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::alert_purge(db, tenant, keep.declared, entry).await
}

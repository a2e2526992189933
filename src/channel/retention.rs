//! What of this room goes when: see [`crate::retention`].

use super::store;
use crate::{account::caller::Tenant, audit::entry::Entry, db::Db, error::StoreError, period::Moment};

/// Some of what was put in the outbox then or earlier, sent or not.
pub async fn purge(db: &Db, tenant: Tenant, before: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::outbox_purge(db, tenant, before, entry).await
}

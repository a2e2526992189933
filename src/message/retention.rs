//! What of this room goes when: see [`crate::retention`].

use super::store;
use crate::{account::caller::Tenant, audit::entry::Entry, db::Db, error::StoreError, period::Moment};

/// Messages from then or earlier, read or not.
pub async fn purge(db: &Db, tenant: Tenant, before: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::message_purge(db, tenant, before, entry).await
}

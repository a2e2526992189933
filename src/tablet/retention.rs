//! What of this goes when: see [`crate::retention`].

use super::store;
use crate::{account::caller::Tenant, audit::entry::Entry, db::Db, error::StoreError, period::Moment};

/// Tablets that ended by then, and links that nobody opened.
pub async fn purge(db: &Db, tenant: Tenant, over: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::tablet_purge(db, tenant, over, entry).await
}

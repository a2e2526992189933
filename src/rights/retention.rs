//! What of this room goes when: see [`crate::retention`].

use super::store;
use crate::{account::caller::Tenant, audit::entry::Entry, db::Db, error::StoreError, period::Moment};

/// Requests that were settled by then; how many. Those that wait are kept until somebody answers.
pub async fn purge(db: &Db, tenant: Tenant, settled: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::request_purge(db, tenant, settled, entry).await
}

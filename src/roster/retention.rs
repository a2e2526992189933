//! What of this room goes when: see [`crate::retention`].

pub use super::store::ROSTER_FORGET;
use super::{import::UPLOAD_SECS, store};
use crate::{account::caller::Tenant, audit::entry::Entry, db::Db, error::StoreError, period::Moment, retention::Keep};

/// Some of the lines that were ended as long ago as declarations are kept.
pub async fn purge(db: &Db, tenant: Tenant, keep: Keep, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::entry_purge(db, tenant, keep.declared, entry).await
}

/// Files that wait no longer, of every enterprise.
pub async fn purge_uploads(db: &Db, now: Moment) -> Result<u64, StoreError> {
    store::upload_purge(db, now.plus_secs(-UPLOAD_SECS)).await
}

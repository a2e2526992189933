//! What of this room goes when: see [`crate::retention`].

use super::{
    entry::{self, Entry},
    store,
};
use crate::{account::caller::Tenant, db::Db, error::StoreError, period::Moment, vault::TenantKeys};

/// Some of an enterprise's oldest entries, from then or earlier; how many. What is left begins behind a sealed mark.
pub async fn purge(db: &Db, tenant: Tenant, keys: &TenantKeys, until: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::audit_purge(db, tenant, until, entry, |number, chain| entry::begin_seal(keys, number, chain)).await
}

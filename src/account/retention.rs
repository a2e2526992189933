//! What of this room goes when: see [`crate::retention`].

use super::{caller::Tenant, store};
use crate::{audit::entry::Entry, db::Db, error::StoreError, id::EmployeeId, period::Moment, retention::Keep};

/// Sessions, ceremonies and one-time links that ended by then; how many of each.
pub async fn purge_flows(db: &Db, over: Moment) -> Result<[u64; 3], StoreError> {
    store::flow_purge(db, over).await
}

/// Some of those who wait to be verified and were not heard from for long.
pub async fn unwanted_claims(db: &Db, tenant: Tenant, keep: Keep) -> Result<Vec<EmployeeId>, StoreError> {
    store::employee_list_unwanted(db, tenant, keep.wanted).await
}

/// Some of those who have nothing declared and are not waited for, with their devices and consents.
pub async fn purge_employees(db: &Db, tenant: Tenant, keep: Keep, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::employee_purge(db, tenant, keep.heard, keep.wanted, entry).await
}

/// Devices that ended long ago.
pub async fn purge_devices(db: &Db, tenant: Tenant, keep: Keep, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::device_purge(db, tenant, keep.wanted, entry).await
}

/// Some of people's own accounts that were made by then, and of which nothing is left.
pub async fn purge_own_accounts(db: &Db, made: Moment, now: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::viewer_purge_own(db, made, now, entry).await
}

/// Some of the accounts of managers who were authorised in this enterprise alone, long after.
pub async fn purge_accounts(db: &Db, tenant: Tenant, entry: Option<&Entry>) -> Result<u64, StoreError> {
    store::viewer_purge(db, tenant, entry).await
}

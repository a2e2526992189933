//! What of this room goes when: see [`crate::retention`].

use super::store;
use crate::{account::caller::Tenant, audit::entry::Entry, db::Db, error::StoreError, period::Moment};

const DAY_SECS: i64 = 24 * 60 * 60;
/// A request that nobody decided on.
const ASKED_DAYS: i64 = 30;
/// An invitation, after its end.
const INVITED_DAYS: i64 = 7;
/// A grant, after its end.
const ENDED_DAYS: i64 = 180;

/// Notes what is over; `entry` says so of each.
pub async fn expire(db: &Db, tenant: Tenant, entry: &Entry) -> Result<u64, StoreError> {
    store::grant_expire(db, tenant, entry).await
}

/// Deletes what was over for long; how many rows went.
pub async fn purge(db: &Db, tenant: Tenant, now: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let before = |days: i64| now.plus_secs(-days * DAY_SECS);
    store::purge(db, tenant, before(ASKED_DAYS), before(INVITED_DAYS), before(ENDED_DAYS), entry).await
}

//! What a manager may do now: read on each request, never remembered.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::{
    model::Permissions,
    store::{self, RightRow},
};
use crate::{
    account::caller::Viewer,
    db::Db,
    enterprise::model::DEFAULT_ZONE,
    error::StoreError,
    id::{DepartmentId, EnterpriseId},
    period::Moment,
};

/// So long a request waits for its use to be written down.
const SEEN_WAIT: Duration = Duration::from_millis(200);

/// A grant in force.
pub struct Right {
    pub permissions: Permissions,
    /// None: of all.
    pub departments: Option<Arc<[DepartmentId]>>,
}

/// What a viewer was lent in an enterprise, if that is in force at `now`.
pub async fn find(db: &Db, viewer: &Viewer, enterprise: EnterpriseId, now: Moment) -> Result<Option<Right>, StoreError> {
    let Some(row) = store::right_find(db, viewer, enterprise, now).await? else { return Ok(None) };
    if !was_seen_today(&row, now) {
        seen(db.clone(), enterprise, row.id, now).await;
    }
    let departments = if row.confined { Some(store::right_departments(db, viewer, enterprise, row.id).await?.into()) } else { None };
    Ok(Some(Right { permissions: permissions(&row)?, departments }))
}

fn was_seen_today(row: &RightRow, now: Moment) -> bool {
    let zone = row.timezone.parse().unwrap_or(DEFAULT_ZONE);
    let day = |at: Moment| at.utc().with_timezone(&zone).date_naive();
    row.seen_at.is_some_and(|seen| day(seen) == day(now))
}

/// Writes down that a grant was used today. Nobody waits long for it, and nobody is refused because it could not be written: it is
/// tried again with the next request.
async fn seen(db: Db, enterprise: EnterpriseId, id: Uuid, now: Moment) {
    let noting = tokio::spawn(async move {
        match store::right_seen(&db, enterprise, id, now).await {
            Ok(()) | Err(StoreError::Busy) => {}
            Err(error) => tracing::error!(%error, "a grant's use could not be written down"),
        }
    });
    let _ = tokio::time::timeout(SEEN_WAIT, noting).await;
}

/// Every enterprise in which a person was lent something that is in force at `now`.
pub async fn enterprises(db: &Db, viewer: Uuid, now: Moment) -> Result<Vec<(EnterpriseId, Permissions)>, StoreError> {
    let rows = store::right_list(db, viewer, now).await?;
    rows.into_iter().map(|row| Ok((row.enterprise_id, permissions(&row)?))).collect()
}

fn permissions(row: &RightRow) -> Result<Permissions, StoreError> {
    Permissions::parse(&row.permissions).ok_or(StoreError::Row { table: "manager_grant", column: "permissions" })
}

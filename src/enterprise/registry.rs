//! What other rooms ask about enterprises.

use chrono_tz::Tz;

use super::model::Enterprise;
use crate::{account::caller::Tenant, clock::Clock, error::StoreError, id::EnterpriseId, period::Day, state::AppState};

/// The enterprise of a tenant.
pub async fn load(_state: &AppState, _tenant: Tenant) -> Result<Enterprise, StoreError> {
    Err(StoreError::Row { table: "enterprise", column: "id" })
}

/// Whose code this is, if it is in use or within its grace period.
pub async fn find_by_code(_state: &AppState, _code: &str) -> Result<Option<EnterpriseId>, StoreError> {
    Ok(None)
}

impl Enterprise {
    /// The day it is now where this enterprise is.
    pub fn today(&self, clock: &Clock) -> Day {
        clock.today(self.timezone.parse().unwrap_or(Tz::Asia__Shanghai))
    }
}

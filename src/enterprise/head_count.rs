//! How many people an enterprise has, where it keeps no roster.

use super::store;
use crate::{
    account::caller::{Permission, Scope},
    audit::{entry::Entry, model::Action},
    error::{AppError, Result},
    state::AppState,
};

/// Sets it, or takes it away.
pub async fn set(state: &AppState, scope: &Scope, count: Option<u32>) -> Result<()> {
    if scope.permission() != Permission::Departments {
        return Err(AppError::NotFound);
    }
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::SetHeadCount);
    Ok(store::head_count_set(&state.db, scope.tenant(), count.map(i64::from), &entry).await?)
}

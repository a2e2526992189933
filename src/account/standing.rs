//! 待核对: who of those who gave one document it belongs to. A provider's word settles it by itself; else the representative's, who has
//! looked.

use super::{
    caller::{Permission, Scope},
    store,
};
use crate::{
    audit::{entry::Entry, model::Action},
    error::{AppError, Result, StoreError},
    id::EmployeeId,
    state::AppState,
};

/// Whether it is the representative's to say that an employee who is to be verified is who they say: not where a provider has verified
/// another one of that document.
pub async fn may_confirm(state: &AppState, scope: &Scope, employee: EmployeeId) -> Result<bool, StoreError> {
    store::employee_may_be_confirmed(&state.db, scope.tenant(), employee).await
}

/// The representative has checked who somebody is: they count from now on, and whoever else gave the same document is to be verified.
/// `NotFound` for an employee that there is not, who is not to be verified, or where a provider has verified another.
pub async fn confirm(state: &AppState, scope: &Scope, employee: EmployeeId) -> Result<()> {
    if scope.permission() != Permission::Departments {
        return Err(AppError::NotFound);
    }
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::ConfirmPerson).on(employee.0);
    if store::employee_confirm(&state.db, scope.tenant(), employee, &entry).await? { Ok(()) } else { Err(AppError::NotFound) }
}

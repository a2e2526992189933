//! What other rooms ask about an employee, for a viewer who may change what is kept on them.

use super::{
    caller::{Permission, Scope},
    model::Person,
    store,
};
use crate::{error::StoreError, id::EmployeeId, state::AppState, vault::newest_version};

/// Who an employee said they are; none for one that there is not, or for whoever may not change departments.
pub async fn person(state: &AppState, scope: &Scope, employee: EmployeeId) -> Result<Option<Person>, StoreError> {
    if scope.permission() != Permission::Departments {
        return Ok(None);
    }
    let Some(sealed) = store::employee_person_of(&state.db, scope.tenant(), employee).await? else { return Ok(None) };
    let keys = state.vault.keys_for(&state.db, scope.tenant().id(), newest_version([&sealed])).await?;
    Ok(Some(Person::open(&keys, employee, &sealed)?))
}

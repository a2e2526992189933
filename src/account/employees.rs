//! What other rooms ask about an employee, for a viewer who may change what is kept on them, and for a guard.

use super::{
    caller::{Guard, Permission, Scope},
    model::Person,
    store,
};
use crate::{enterprise::department as departments, error::StoreError, id::EmployeeId, state::AppState, vault::newest_version};

/// Who an employee said they are; none for one that there is not, or for whoever may not change departments.
pub async fn person(state: &AppState, scope: &Scope, employee: EmployeeId) -> Result<Option<Person>, StoreError> {
    if scope.permission() != Permission::Departments {
        return Ok(None);
    }
    let Some(sealed) = store::employee_person_of(&state.db, scope.tenant(), employee).await? else { return Ok(None) };
    let keys = state.vault.keys_for(&state.db, scope.tenant().id(), newest_version([&sealed])).await?;
    Ok(Some(Person::open(&keys, employee, &sealed)?))
}

/// An employee's name and department, for a guard to compare; none for one that there is not any more.
pub async fn at_gate(state: &AppState, guard: &Guard, employee: EmployeeId) -> Result<Option<(String, Option<String>)>, StoreError> {
    let tenant = guard.tenant();
    let Some((sealed, department)) = store::employee_at_gate(&state.db, tenant, employee).await? else { return Ok(None) };
    let keys = state.vault.keys_for(&state.db, tenant.id(), newest_version([&sealed])).await?;
    let name = Person::open(&keys, employee, &sealed)?.name.clone();
    let known = if department.is_some() { departments::list(state, tenant).await? } else { Vec::new() };
    Ok(Some((name, known.into_iter().find(|known| Some(known.id) == department).map(|known| known.name))))
}

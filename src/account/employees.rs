//! What other rooms ask about an employee, for a viewer who may change what is kept on them, and for a guard.

use super::{
    caller::{Permission, Scope, Tenant},
    model::{Person, Standing},
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

/// An employee as a guard meets them.
pub struct AtGate {
    pub name: String,
    pub department: Option<String>,
    pub standing: Standing,
    /// A provider has looked at their face, on some device.
    pub is_verified: bool,
}

/// `None` for one that there is not any more.
pub async fn at_gate(state: &AppState, tenant: Tenant, employee: EmployeeId) -> Result<Option<AtGate>, StoreError> {
    let Some(row) = store::employee_at_gate(&state.db, tenant, employee).await? else { return Ok(None) };
    let keys = state.vault.keys_for(&state.db, tenant.id(), newest_version([&row.person])).await?;
    let known = if row.department_id.is_some() { departments::list(state, tenant).await? } else { Vec::new() };
    Ok(Some(AtGate {
        name: Person::open(&keys, employee, &row.person)?.name.clone(),
        department: known.into_iter().find(|known| Some(known.id) == row.department_id).map(|known| known.name),
        standing: row.standing,
        is_verified: row.identities > 0,
    }))
}

//! Somebody for whom a viewer declares: they have no phone, or not today.

use uuid::Builder;

use super::{
    caller::{Permission, Scope},
    model::{NOTICE_VERSION, Person},
    store::{self, Unclaimed},
};
use crate::{
    audit::{entry::Entry, model::Action},
    error::{AppError, Result, StoreError},
    id::{DepartmentId, EmployeeId, EntryId},
    state::AppState,
    vault::TenantKeys,
};

/// Whether an employee withdrew a consent and has not given it anew: then nobody declares for them.
pub async fn has_withdrawn(state: &AppState, scope: &Scope, employee: EmployeeId) -> Result<bool, StoreError> {
    Ok(store::employee_agreed(&state.db, scope.tenant(), employee).await? == Some(0))
}

/// Keeps by a viewer's word that an employee agreed, where they agreed to an earlier notice. False where they withdrew a consent.
pub async fn agree(state: &AppState, scope: &Scope, employee: EmployeeId) -> Result<bool> {
    match store::employee_agreed(&state.db, scope.tenant(), employee).await? {
        None => Err(AppError::NotFound),
        Some(agreed) if agreed >= NOTICE_VERSION => Ok(true),
        Some(_) => {
            let entry = entry(state, scope, Action::Consent, employee).await?;
            Ok(store::consent_insert_by(&state.db, scope.tenant(), employee, scope.viewer().id(), &entry).await?)
        }
    }
}

/// Who has claimed to be this person, where somebody has.
pub async fn known(state: &AppState, scope: &Scope, person: &Person) -> Result<Option<EmployeeId>, StoreError> {
    let index = state.vault.keys(&state.db, scope.tenant().id()).await?.index("document", &person.document.key());
    Ok(store::employees_of_document(&state.db, scope.tenant(), &index).await?.first().map(|(employee, _)| *employee))
}

/// The employee of a line of the roster. Where nobody has claimed its document, one without a device is made of it, once.
pub async fn employee_of(
    state: &AppState,
    scope: &Scope,
    line: EntryId,
    person: &Person,
    department: Option<DepartmentId>,
) -> Result<EmployeeId> {
    if scope.permission() != Permission::People {
        return Err(AppError::NotFound);
    }
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let id = name(&keys, line, person);
    let row = Unclaimed { id, document_index: keys.index("document", &person.document.key()), person: person.seal(&keys, id), department };
    let entry = entry(state, scope, Action::Claim, id).await?;
    Ok(store::employee_of_document(&state.db, scope.tenant(), &row, scope.viewer().id(), &entry).await?)
}

async fn entry(state: &AppState, scope: &Scope, action: Action, employee: EmployeeId) -> Result<Entry, StoreError> {
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    Ok(Entry::by_viewer(keys, scope, state.clock.now(), action).on(employee.0))
}

/// The same line and document are the same employee, whoever declares for them and however often it is sent.
fn name(keys: &TenantKeys, line: EntryId, person: &Person) -> EmployeeId {
    let hash = keys.index("unclaimed", &format!("{line}\n{}", person.document.key()));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    EmployeeId(Builder::from_custom_bytes(bytes).into_uuid())
}

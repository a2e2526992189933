//! What an employee does with what we hold on themselves, for the room [`rights`](crate::rights): what they agreed to, who they say
//! they are, and that they are deleted.

use data_encoding::HEXLOWER;
use uuid::Uuid;

pub use super::store::{ConsentRow, EMPLOYEE_HOLD};
use super::{
    caller::{Employee, Scope},
    claim,
    model::{ConsentKind, Level, Person, Phone},
    step_up::StepUp,
    store,
};
use crate::{
    audit::{entry::Entry, model::Action},
    error::StoreError,
    id::EmployeeId,
    period::Moment,
    state::AppState,
    vault::TenantKeys,
};

/// Enough to tell an employee's devices apart.
const DEVICE_ID_BYTES: usize = 8;

async fn entry(state: &AppState, employee: &Employee, action: Action) -> Result<Entry, StoreError> {
    let keys = state.vault.keys(&state.db, employee.tenant().id()).await?;
    Ok(Entry::by_employee(keys, employee.id(), state.clock.now(), action))
}

/// Keeps that both consents were given now, to the notice as it is.
pub async fn consent(state: &AppState, employee: &Employee) -> Result<(), StoreError> {
    store::consent_insert(&state.db, employee, &entry(state, employee, Action::Consent).await?).await
}

/// Every consent that was given, the last first.
pub async fn consents(state: &AppState, employee: &Employee) -> Result<Vec<ConsentRow>, StoreError> {
    store::consent_list(&state.db, employee).await
}

/// Withdraws one; from the next request on the employee cannot declare.
pub async fn withdraw(state: &AppState, employee: &Employee, kind: ConsentKind) -> Result<(), StoreError> {
    store::consent_withdraw(&state.db, employee, kind, &entry(state, employee, Action::WithdrawConsent).await?).await
}

/// One of an employee's own devices.
pub struct OwnDevice {
    /// Names it on the employee's page, and lets nobody in.
    pub id: String,
    pub level: Level,
    /// Or verified last.
    pub made_at: Moment,
    pub ended_at: Option<Moment>,
    /// The one that asks.
    pub here: bool,
}

/// An employee's devices, those that have ended too; the first made first.
pub async fn devices(state: &AppState, employee: &Employee) -> Result<Vec<OwnDevice>, StoreError> {
    let keys = state.vault.keys(&state.db, employee.tenant().id()).await?;
    let own = |row: store::OwnDeviceRow| OwnDevice {
        id: device_id(&keys, &row.secret_hash),
        level: row.level,
        made_at: row.created_at,
        ended_at: row.ended_at,
        here: row.secret_hash == employee.device().0,
    };
    Ok(store::device_list(&state.db, employee).await?.into_iter().map(own).collect())
}

/// Keyed and short: it says nothing about the secret.
fn device_id(keys: &TenantKeys, secret_hash: &[u8]) -> String {
    HEXLOWER.encode(&keys.index("device", &HEXLOWER.encode(secret_hash))[..DEVICE_ID_BYTES])
}

/// Ends another device of the employee: its secret means nothing from now on. False if they have no such device.
pub async fn end_device(state: &AppState, employee: &Employee, id: &str) -> Result<bool, StoreError> {
    let keys = state.vault.keys(&state.db, employee.tenant().id()).await?;
    let devices = store::device_list(&state.db, employee).await?;
    let other = devices.iter().find(|row| row.secret_hash != employee.device().0 && device_id(&keys, &row.secret_hash) == id);
    let Some(other) = other else { return Ok(false) };
    let entry = entry(state, employee, Action::ForgetDevice).await?;
    store::device_end_own(&state.db, employee, &other.secret_hash, &entry).await
}

/// Ends every device of the employee but the one that asks.
pub async fn end_other_devices(state: &AppState, employee: &Employee) -> Result<(), StoreError> {
    store::device_end_others(&state.db, employee, &entry(state, employee, Action::ForgetDevice).await?).await
}

/// Corrects the name and the telephone. A name that was verified stays: it is not the employee's to change.
pub async fn correct(state: &AppState, employee: &Employee, name: String, phone: Phone) -> Result<(), StoreError> {
    let known = claim::person(state, employee).await?;
    let name = if employee.is_verified() { known.name.clone() } else { name };
    let person = Person { name, phone: Some(phone), document: known.document.clone() };
    if person == known {
        return Ok(());
    }
    let keys = state.vault.keys(&state.db, employee.tenant().id()).await?;
    let sealed = person.seal(&keys, employee.id());
    store::employee_correct(&state.db, employee, &sealed, &entry(state, employee, Action::CorrectPerson).await?).await
}

/// Writes down that an employee takes a copy of their data: before it leaves.
pub async fn copied(state: &AppState, employee: &Employee) -> Result<(), StoreError> {
    crate::audit::entry::record(&state.db, &entry(state, employee, Action::TakeCopy).await?).await
}

/// How far a deletion of an employee reaches.
pub struct Reach {
    /// A provider has verified them: they are the person of their document.
    pub verified: bool,
    /// So many others of the enterprise claim it.
    pub others: u32,
}

/// How far the deletion of an employee would reach now.
pub async fn reach(state: &AppState, scope: &Scope, employee: EmployeeId) -> Result<Reach, StoreError> {
    let (verified, others) = store::employee_same(&state.db, scope.tenant(), employee).await?;
    Ok(Reach { verified, others: u32::try_from(others).unwrap_or(u32::MAX) })
}

/// Deletes whoever asked for it by a request, and all that is held on them; the bytes that it had go soon after. False if the request is
/// not open any more, or they are gone already.
pub async fn delete(state: &AppState, scope: &Scope, request: Uuid, employee: EmployeeId, proof: &StepUp) -> Result<bool, StoreError> {
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::DeletePerson);
    // Not here: to write the whole file anew takes longer than a request may.
    let _asking = state.db.forget_soon();
    store::employee_delete(&state.db, scope.tenant(), request, employee, proof, &entry).await
}

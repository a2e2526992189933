//! An employee's claim: who they say they are, on a valid invitation, after both consents.
//!
//! A document that was claimed before gives a second, separate employee who waits to be checked: a claim never reads or
//! changes what another device has said, and its answer does not tell the two apart. Only the same device, or the same form
//! sent twice, is the same employee.

use uuid::{Builder, Uuid};

use super::{
    caller::{self, Employee, Tenant},
    cookie,
    model::{Level, Person, Standing},
    store::{self, NewEmployee},
    token::Token,
};
use crate::{
    db::Db,
    error::{AppError, Result, StoreError},
    id::EmployeeId,
    period::Moment,
    random,
    state::{AppState, Visit},
    vault::{TenantKeys, Vault},
};

/// So long after a claim its form may be sent again and mean the same claim: a double tap, a retry.
const SAME_FORM_SECS: i64 = 10 * 60;

/// What a claim leaves behind: the employee, and the secret by which their device is known from now on.
#[derive(Debug)]
pub struct Claimed {
    pub employee: EmployeeId,
    pub secret: Token,
    pub standing: Standing,
}

/// Records one claim. Both consents count as given at `now`.
pub async fn claim(db: &Db, vault: &Vault, now: Moment, tenant: Tenant, person: &Person) -> Result<Claimed, StoreError> {
    let mut claimed = claim_all(db, vault, now, tenant, std::slice::from_ref(person)).await?;
    claimed.pop().ok_or(StoreError::Row { table: "employee", column: "id" })
}

/// Records many claims of one enterprise in one transaction, in order: for demo data and measurements.
pub async fn claim_all(db: &Db, vault: &Vault, now: Moment, tenant: Tenant, people: &[Person]) -> Result<Vec<Claimed>, StoreError> {
    let keys = vault.keys(db, tenant.id()).await?;
    let (rows, made): (Vec<_>, Vec<_>) = people
        .iter()
        .map(|person| {
            let (id, secret) = (EmployeeId(random::uuid()), Token::new());
            (new_employee(&keys, id, person, &secret), (id, secret))
        })
        .unzip();
    let standings = store::employee_insert_all(db, tenant, &rows, now).await?;
    Ok(made.into_iter().zip(standings).map(|((employee, secret), standing)| Claimed { employee, secret, standing }).collect())
}

fn new_employee(keys: &TenantKeys, id: EmployeeId, person: &Person, secret: &Token) -> NewEmployee {
    NewEmployee {
        id,
        document_index: keys.index("document", &person.document.key()),
        person: person.seal(keys, id),
        secret_hash: secret.hash(),
        level: Level::Claimed,
    }
}

/// The secret of the presenting device, if it stands for this very person already: they scanned the code again. Their
/// consents are kept anew, to what the notice says now.
pub async fn again(visit: &Visit, tenant: Tenant, person: &Person) -> Result<Option<Token>> {
    let state = &visit.state;
    let Some(secret) = cookie::device(visit, tenant.id()) else { return Ok(None) };
    let employee = match caller::employee(visit, tenant.id()).await {
        Ok(employee) => employee,
        Err(AppError::InvitationRequired) => return Ok(None),
        Err(error) => return Err(error),
    };
    // With another name or phone it is a correction, and a correction is the representative's to look at.
    if self::person(state, &employee).await? != *person {
        return Ok(None);
    }
    store::consent_insert(&state.db, &employee, state.clock.now()).await?;
    Ok(Some(secret))
}

/// Records the claim of a form. The same form with the same person, sent again while it is new and no device of theirs was made
/// to forget, is the same employee with one more device.
pub async fn claim_by_form(state: &AppState, tenant: Tenant, person: &Person, form: Option<Uuid>) -> Result<Claimed, StoreError> {
    let (db, now) = (&state.db, state.clock.now());
    if let Some(form) = form {
        let keys = state.vault.keys(db, tenant.id()).await?;
        let (employee, secret) = (employee_of(&keys, form, person), Token::new());
        let row = new_employee(&keys, employee, person, &secret);
        if let Some(standing) = store::employee_claim(db, tenant, &row, now.plus_secs(-SAME_FORM_SECS), now).await? {
            return Ok(Claimed { employee, secret, standing });
        }
    }
    claim(db, &state.vault, now, tenant, person).await
}

/// Equal for equal forms, and keyed: it says nothing about the person.
fn employee_of(keys: &TenantKeys, form: Uuid, person: &Person) -> EmployeeId {
    let phone = person.phone.as_ref().map_or("", |phone| phone.as_str());
    let hash = keys.index("claim", &format!("{form}\n{}\n{phone}\n{}", person.document.key(), person.name));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    EmployeeId(Builder::from_custom_bytes(bytes).into_uuid())
}

/// Who an employee said they are: for themselves, on their own device.
pub async fn person(state: &AppState, employee: &Employee) -> Result<Person, StoreError> {
    let keys = state.vault.keys(&state.db, employee.tenant().id()).await?;
    let sealed = store::employee_person(&state.db, employee).await?.ok_or(StoreError::Row { table: "employee", column: "id" })?;
    Ok(Person::open(&keys, employee.id(), &sealed)?)
}

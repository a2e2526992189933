//! An employee's claim: who they say they are, on a valid invitation, after both consents.
//!
//! A document that was claimed before gives a second, separate employee who waits to be checked: a claim never reads or
//! changes what another device has said, and its answer does not tell the two apart.

use super::{
    caller::{Employee, Tenant},
    model::{Level, Person, Standing},
    store,
    token::Token,
};
use crate::{db::Db, error::StoreError, id::EmployeeId, period::Moment, random, state::AppState, vault::Vault};

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
            let row = store::NewEmployee {
                id,
                document_index: keys.index("document", &person.document.key()),
                person: person.seal(&keys, id),
                secret_hash: secret.hash(),
                level: Level::Claimed,
            };
            (row, (id, secret))
        })
        .unzip();
    let standings = store::employee_insert_all(db, tenant, &rows, now).await?;
    Ok(made.into_iter().zip(standings).map(|((employee, secret), standing)| Claimed { employee, secret, standing }).collect())
}

/// Who an employee said they are: for themselves, on their own device.
pub async fn person(state: &AppState, employee: &Employee) -> Result<Person, StoreError> {
    let keys = state.vault.keys(&state.db, employee.tenant().id()).await?;
    let sealed = store::employee_person(&state.db, employee).await?.ok_or(StoreError::Row { table: "employee", column: "id" })?;
    Ok(Person::open(&keys, employee.id(), &sealed)?)
}

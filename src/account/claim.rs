//! An employee's claim: who they say they are, on a valid invitation, after both consents.
//!
//! A document that was claimed before gives a second, separate employee who waits to be checked: a claim never reads or
//! changes what another device has said, and its answer does not tell the two apart. Only the same device, or the same form
//! sent twice, is the same employee.

use uuid::{Builder, Uuid};

use super::{
    caller::{self, Employee, Tenant},
    cookie, data,
    model::{ClaimProblem, Level, Person, Standing},
    sitting::SITTING_SECS,
    store::{self, NewEmployee},
    token::Token,
};
use crate::{
    audit::{entry::Entry, model::Action},
    db::Db,
    error::{AppError, Result, StoreError},
    id::{DepartmentId, EmployeeId},
    period::Moment,
    random,
    state::{AppState, Visit},
    vault::{TenantKeys, Vault, newest_version},
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
    claim_of(db, vault, now, tenant, person, None).await
}

/// The same, with a department.
pub async fn claim_of(
    db: &Db,
    vault: &Vault,
    now: Moment,
    tenant: Tenant,
    person: &Person,
    department: Option<DepartmentId>,
) -> Result<Claimed, StoreError> {
    let keys = vault.keys(db, tenant.id()).await?;
    let (id, secret) = (EmployeeId(random::uuid()), Token::new());
    let row = new_employee(&keys, id, person, department, &secret);
    let entry = Entry::by_employee(keys, id, now, Action::Claim);
    let standing = store::employee_insert_all(db, tenant, &[row], now, Some(&entry)).await?.pop();
    Ok(Claimed { employee: id, secret, standing: standing.ok_or(StoreError::Row { table: "employee", column: "id" })? })
}

/// Records many claims of one enterprise in one transaction, in order: for demo data and measurements. Invented people do nothing that
/// would be written down.
pub async fn claim_all(db: &Db, vault: &Vault, now: Moment, tenant: Tenant, people: &[Person]) -> Result<Vec<Claimed>, StoreError> {
    let of_none: Vec<_> = people.iter().map(|person| (person, None)).collect();
    claim_all_of(db, vault, now, tenant, &of_none).await
}

/// The same, with the department of each.
pub async fn claim_all_of(
    db: &Db,
    vault: &Vault,
    now: Moment,
    tenant: Tenant,
    people: &[(&Person, Option<DepartmentId>)],
) -> Result<Vec<Claimed>, StoreError> {
    let keys = vault.keys(db, tenant.id()).await?;
    let (rows, made): (Vec<_>, Vec<_>) = people
        .iter()
        .map(|(person, department)| {
            let (id, secret) = (EmployeeId(random::uuid()), Token::new());
            (new_employee(&keys, id, person, *department, &secret), (id, secret))
        })
        .unzip();
    let standings = store::employee_insert_all(db, tenant, &rows, now, None).await?;
    Ok(made.into_iter().zip(standings).map(|((employee, secret), standing)| Claimed { employee, secret, standing }).collect())
}

/// The person and their department, or everything that is wrong with either.
pub fn both(
    person: Result<Person, Vec<ClaimProblem>>,
    department: Result<Option<DepartmentId>, ClaimProblem>,
) -> Result<(Person, Option<DepartmentId>), Vec<ClaimProblem>> {
    match (person, department) {
        (Ok(person), Ok(department)) => Ok((person, department)),
        (Ok(_), Err(problem)) => Err(vec![problem]),
        (Err(problems), Ok(_)) => Err(problems),
        (Err(mut problems), Err(problem)) => {
            problems.push(problem);
            Err(problems)
        }
    }
}

fn new_employee(keys: &TenantKeys, id: EmployeeId, person: &Person, department: Option<DepartmentId>, secret: &Token) -> NewEmployee {
    NewEmployee {
        id,
        document_index: keys.index("document", &person.document.key()),
        person: person.seal(keys, id),
        secret_hash: secret.hash(),
        level: Level::Claimed,
        department,
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
    // With another name or phone it is another claim: a correction is made under "My information", where it says that it is one.
    if self::person(state, &employee).await? != *person {
        return Ok(None);
    }
    data::consent(state, &employee).await?;
    Ok(Some(secret))
}

/// Records the claim of a form. The same form with the same person, sent again while it is new and no device of theirs was made
/// to forget, is the same employee with one more device.
pub async fn claim_by_form(
    state: &AppState,
    tenant: Tenant,
    person: &Person,
    department: Option<DepartmentId>,
    form: Option<Uuid>,
) -> Result<Claimed, StoreError> {
    let (db, now) = (&state.db, state.clock.now());
    if let Some(form) = form {
        let keys = state.vault.keys(db, tenant.id()).await?;
        let (employee, secret) = (employee_of(&keys, form, person), Token::new());
        let row = new_employee(&keys, employee, person, department, &secret);
        let entry = Entry::by_employee(keys, employee, now, Action::Claim);
        if let Some(standing) = store::employee_claim(db, tenant, &row, now.plus_secs(-SAME_FORM_SECS), &entry).await? {
            return Ok(Claimed { employee, secret, standing });
        }
    }
    claim_of(db, &state.vault, now, tenant, person, department).await
}

/// Somebody says who they are at one of the enterprise's tablets: the employee of that document and name, for whom the enterprise vouches
/// there; whoever bears another name is another employee, to be verified. The same form sent twice is the same employee. Gives the secret
/// of the sitting; `None` where they withdrew a consent.
pub async fn sit(
    state: &AppState,
    tenant: Tenant,
    person: &Person,
    department: Option<DepartmentId>,
    form: Option<Uuid>,
) -> Result<Option<Token>> {
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    let (secret, now) = (Token::new(), state.clock.now());
    let id = form.map_or_else(|| EmployeeId(random::uuid()), |form| employee_of(&keys, form, person));
    let row = NewEmployee { level: Level::Tablet, ..new_employee(&keys, id, person, department, &secret) };
    let entry = |employee, action| Entry::by_employee(keys.clone(), employee, now, action);
    let known = store::employees_of_document(&state.db, tenant, &row.document_index).await?;
    let keys_of = state.vault.keys_for(&state.db, tenant.id(), newest_version(known.iter().map(|(_, person)| person))).await?;
    let mut meant = None;
    for (employee, sealed) in &known {
        if Person::open(&keys_of, *employee, sealed).map_err(StoreError::from)?.name == person.name {
            meant = Some(*employee);
        }
    }
    let seated = store::employee_sit(&state.db, tenant, &row, meant, entry, now.plus_secs(SITTING_SECS)).await?;
    Ok(seated.then_some(secret))
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
    let sealed = store::employee_person(&state.db, employee).await?.ok_or(StoreError::Gone)?;
    let keys = state.vault.keys_for(&state.db, employee.tenant().id(), newest_version([&sealed])).await?;
    Ok(Person::open(&keys, employee.id(), &sealed)?)
}

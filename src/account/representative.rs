//! Who represents which enterprises. The operator says so, one by one or by importing a list.

use uuid::Uuid;

use super::{
    caller::Tenant,
    model::Person,
    store,
    token::{Token, TokenHash},
};
use crate::{
    db::Db,
    error::StoreError,
    id::EnterpriseId,
    period::Moment,
    random,
    vault::{TenantKeys, Vault},
};

/// A one-time link is good for an hour.
pub const LINK_SECS: i64 = 60 * 60;
/// How often the last six may be mistyped before a link is dead.
pub const LINK_TRIES: i64 = 5;

/// A representative's row, ready to be written by [`appoint_in!`].
pub struct Appointment {
    pub id: Uuid,
    pub document_index: [u8; 32],
    pub person: Vec<u8>,
}

/// A representative as the operator sees them.
pub struct Representative {
    pub id: Uuid,
    pub person: Person,
}

impl Appointment {
    /// `system` are the keys of [`EnterpriseId::SYSTEM`]: representatives belong to no enterprise.
    pub fn new(system: &TenantKeys, person: &Person) -> Self {
        let id = random::uuid();
        Self { id, document_index: document_index(system, person), person: person.seal_representative(system, id) }
    }
}

fn document_index(system: &TenantKeys, person: &Person) -> [u8; 32] {
    system.index("document", &person.document.key())
}

pub use super::store::{REPRESENTATIVE_INSERT, REPRESENTATIVE_LINK};

/// Appoints someone within a transaction that is under way: `appoint_in!(tx, &appointment, enterprise, now)`. A person who
/// is known by their document is linked, not repeated.
macro_rules! appoint_in {
    ($tx:ident, $appointment:expr, $enterprise:expr, $now:expr) => {{
        let appointment: &$crate::account::representative::Appointment = $appointment;
        sqlx::query($crate::account::representative::REPRESENTATIVE_INSERT)
            .bind(appointment.id)
            .bind(&appointment.document_index[..])
            .bind(&appointment.person)
            .bind($now)
            .execute(&mut *$tx)
            .await?;
        sqlx::query($crate::account::representative::REPRESENTATIVE_LINK)
            .bind($enterprise)
            .bind(&appointment.document_index[..])
            .bind($now)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use appoint_in;

/// Why nobody was appointed.
#[derive(Debug, thiserror::Error)]
pub enum AppointError {
    /// It says nothing of either person: one of them may be a stranger to whoever mistyped.
    #[error("the person known by this document has another name: check both, nothing was changed")]
    AnotherPerson,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes someone a representative of an enterprise; twice is once. Returns who they are.
pub async fn appoint(db: &Db, vault: &Vault, now: Moment, tenant: Tenant, person: &Person) -> Result<Uuid, AppointError> {
    let keys = vault.keys(db, EnterpriseId::SYSTEM).await?;
    let is_meant = |known: &store::RepresentativeRow| has_name(&keys, known, person);
    let appointed = store::representative_appoint(db, tenant, &Appointment::new(&keys, person), now, is_meant).await?;
    appointed.ok_or(AppointError::AnotherPerson)
}

/// Whether this person's document belongs, as far as is known, to someone with another name.
pub async fn is_another(db: &Db, vault: &Vault, person: &Person) -> Result<bool, StoreError> {
    let keys = vault.keys(db, EnterpriseId::SYSTEM).await?;
    let known = store::representative_find(db, document_index(&keys, person)).await?;
    known.map_or(Ok(false), |known| Ok(!has_name(&keys, &known, person)?))
}

fn has_name(system: &TenantKeys, known: &store::RepresentativeRow, person: &Person) -> Result<bool, StoreError> {
    Ok(Person::open_representative(system, known.id, &known.person)?.name == person.name)
}

/// Every representative of an enterprise, for the operator.
pub async fn list(db: &Db, vault: &Vault, tenant: Tenant) -> Result<Vec<Representative>, StoreError> {
    let keys = vault.keys(db, EnterpriseId::SYSTEM).await?;
    let rows = store::representative_list(db, tenant).await?;
    let open =
        |row: store::RepresentativeRow| Ok(Representative { id: row.id, person: Person::open_representative(&keys, row.id, &row.person)? });
    rows.into_iter().map(open).collect()
}

/// Takes an enterprise away from its representative: from their next request on they see nothing of it. False if they had
/// not had it.
pub async fn dismiss(db: &Db, tenant: Tenant, representative: Uuid) -> Result<bool, StoreError> {
    store::representative_unlink(db, tenant, representative).await
}

/// Makes a one-time link for someone. Only its hash is kept; the token stands in the fragment, which browsers do not send.
pub async fn invite(db: &Db, now: Moment, representative: Uuid) -> Result<Token, StoreError> {
    let token = Token::new();
    let hash: TokenHash = token.hash();
    store::enrolment_insert(db, representative, hash, LINK_TRIES, now, now.plus_secs(LINK_SECS)).await?;
    Ok(token)
}

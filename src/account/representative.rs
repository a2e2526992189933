//! Who represents which enterprises. The operator says so, one by one or by importing a list.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    caller::Tenant,
    model::{IdDocument, Person},
    store,
    token::{Token, TokenHash},
};
use crate::{
    audit::{entry::Entry, model::Action},
    db::Db,
    error::StoreError,
    id::EnterpriseId,
    period::Moment,
    random,
    state::AppState,
    vault::{TenantKeys, Vault, newest_version},
};

/// A one-time link is good for an hour.
pub const LINK_SECS: i64 = 60 * 60;
/// A representative makes at most so many links a day for the account of one manager: each has [`LINK_TRIES`].
pub const LINKS_A_DAY: i64 = 5;
/// How often the last six may be mistyped before a link is dead.
pub const LINK_TRIES: i64 = 5;

/// The row of someone who is to sign in, ready to be written by [`account_in!`] or [`appoint_in!`].
pub struct Appointment {
    pub id: Uuid,
    pub document_index: [u8; 32],
    pub person: Vec<u8>,
    /// The only enterprise in which the account works; none: it is the person's own.
    pub enterprise: Option<EnterpriseId>,
}

/// A one-time link, ready to be written by [`enrol_in!`].
pub struct Enrolment {
    pub hash: TokenHash,
    pub tries: i64,
    pub expires_at: Moment,
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
        Self { id, document_index: document_index(system, &person.document), person: person.seal_viewer(system, id), enterprise: None }
    }

    /// An account for which one enterprise's representative vouches. It is found by the same document in the same enterprise only:
    /// it is never one that was vouched for elsewhere, and opens nothing elsewhere.
    pub fn within(system: &TenantKeys, enterprise: EnterpriseId, person: &Person) -> Self {
        let document_index = system.index("document-within", &format!("{enterprise}\n{}", person.document.key()));
        Self { document_index, enterprise: Some(enterprise), ..Self::new(system, person) }
    }
}

impl Enrolment {
    pub fn new(now: Moment) -> (Token, Self) {
        let token = Token::new();
        let hash = token.hash();
        (token, Self { hash, tries: LINK_TRIES, expires_at: now.plus_secs(LINK_SECS) })
    }
}

fn document_index(system: &TenantKeys, document: &IdDocument) -> [u8; 32] {
    system.index("document", &document.key())
}

/// Whether anyone has a way to sign in. Each was written down in the system's own entries when it came.
pub async fn any_can_sign_in(db: &Db) -> Result<bool, StoreError> {
    store::viewer_any_can_sign_in(db).await
}

pub use super::store::{
    ENROLMENT_COUNT, ENROLMENT_END, ENROLMENT_INSERT, LINK_END, PASSKEY_ANY, REPRESENTATIVE_LINK, REPRESENTATIVE_LOCK,
    REPRESENTATIVE_UNLINK_OTHERS, VIEWER_FIND, VIEWER_INSERT, VIEWER_LOCK, ViewerRow, WAYS_IN_DELETE,
};

/// Keeps the account of someone who is to sign in, unless there is one of their document: `keep_account_in!(tx, appointment, now)`.
macro_rules! keep_account_in {
    ($tx:ident, $appointment:ident, $now:expr) => {
        sqlx::query($crate::account::representative::VIEWER_INSERT)
            .bind($appointment.id)
            .bind(&$appointment.document_index[..])
            .bind(&$appointment.person)
            .bind($now)
            .bind($appointment.enterprise)
            .execute(&mut *$tx)
            .await?
    };
}
pub(crate) use keep_account_in;

/// Writes the account of someone who is to sign in, or finds it by their document: `account_in!(tx, &appointment, now)`, within a
/// transaction that is under way.
macro_rules! account_in {
    ($tx:ident, $appointment:expr, $now:expr) => {{
        let appointment: &$crate::account::representative::Appointment = $appointment;
        $crate::account::representative::keep_account_in!($tx, appointment, $now);
        sqlx::query_as($crate::account::representative::VIEWER_FIND).bind(&appointment.document_index[..]).fetch_one(&mut *$tx).await?
    }};
}
pub(crate) use account_in;

/// Writes a one-time link for an account, the only one of theirs from now on, within a transaction that is under way: `enrol_in!(tx, viewer, &enrolment, now)`.
macro_rules! enrol_in {
    ($tx:ident, $viewer:expr, $enrolment:expr, $now:expr) => {{
        let enrolment: &$crate::account::representative::Enrolment = $enrolment;
        sqlx::query($crate::account::representative::ENROLMENT_END).bind($viewer).bind($now).execute(&mut *$tx).await?;
        sqlx::query($crate::account::representative::ENROLMENT_INSERT)
            .bind(&enrolment.hash.0[..])
            .bind($viewer)
            .bind(enrolment.tries)
            .bind($now)
            .bind(enrolment.expires_at)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use enrol_in;

/// Appoints someone within a transaction that is under way: `appoint_in!(tx, &appointment, enterprise, now)`. A person who
/// is known by their document is linked, not repeated. Gives 0 if they represented it before.
macro_rules! appoint_in {
    ($tx:ident, $appointment:expr, $enterprise:expr, $now:expr) => {{
        let appointment: &$crate::account::representative::Appointment = $appointment;
        $crate::account::representative::keep_account_in!($tx, appointment, $now);
        let linked = sqlx::query($crate::account::representative::REPRESENTATIVE_LINK)
            .bind($enterprise)
            .bind(&appointment.document_index[..])
            .bind($now)
            .execute(&mut *$tx)
            .await?;
        linked.rows_affected()
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
    let appointment = Appointment::new(&*vault.keys(db, EnterpriseId::SYSTEM).await?, person);
    let keys = keys_knowing(db, vault, &appointment).await?;
    let is_meant = |known: &store::ViewerRow| has_name(&keys, known, person);
    let entry = Entry::by_operator(vault.keys(db, tenant.id()).await?, now, Action::AppointRepresentative);
    let appointed = store::representative_appoint(db, tenant, &appointment, entry, is_meant).await?;
    appointed.ok_or(AppointError::AnotherPerson)
}

/// Whether this person's document belongs, as far as is known, to someone with another name.
pub async fn is_another(db: &Db, vault: &Vault, person: &Person) -> Result<bool, StoreError> {
    let known = find(db, vault, &person.document).await?;
    Ok(known.is_some_and(|known| known.person.name != person.name))
}

/// The system's keys, also where whoever is known by this document already was sealed under one that came since.
pub async fn keys_knowing(db: &Db, vault: &Vault, appointment: &Appointment) -> Result<Arc<TenantKeys>, StoreError> {
    let known = store::viewer_find(db, appointment.document_index).await?;
    vault.keys_for(db, EnterpriseId::SYSTEM, newest_version(known.iter().map(|row| &row.person))).await
}

/// Whether whoever is known has this person's name. `system` are the keys of [`keys_knowing`].
pub fn has_name(system: &TenantKeys, known: &ViewerRow, person: &Person) -> Result<bool, StoreError> {
    Ok(Person::open_viewer(system, known.id, &known.person)?.name == person.name)
}

/// The representative who is known by a document that was verified.
pub(super) async fn find(db: &Db, vault: &Vault, document: &IdDocument) -> Result<Option<Representative>, StoreError> {
    let keys = vault.keys(db, EnterpriseId::SYSTEM).await?;
    let Some(row) = store::viewer_find(db, document_index(&keys, document)).await? else { return Ok(None) };
    let keys = vault.keys_for(db, EnterpriseId::SYSTEM, newest_version([&row.person])).await?;
    Ok(Some(Representative { id: row.id, person: Person::open_viewer(&keys, row.id, &row.person)? }))
}

/// Every representative of an enterprise, for the operator.
pub async fn list(db: &Db, vault: &Vault, tenant: Tenant) -> Result<Vec<Representative>, StoreError> {
    let rows = store::representative_list(db, tenant).await?;
    let keys = vault.keys_for(db, EnterpriseId::SYSTEM, newest_version(rows.iter().map(|row| &row.person))).await?;
    let open = |row: store::ViewerRow| Ok(Representative { id: row.id, person: Person::open_viewer(&keys, row.id, &row.person)? });
    rows.into_iter().map(open).collect()
}

/// The name of someone who signs in and is still known.
pub async fn name(state: &AppState, id: Uuid) -> Result<Option<String>, StoreError> {
    Ok(person(state, id).await?.map(|person| person.name))
}

/// Who they are, for themselves.
pub(super) async fn person(state: &AppState, id: Uuid) -> Result<Option<Person>, StoreError> {
    person_of(&state.db, &state.vault, id).await
}

/// The same, for the operator at the terminal.
pub async fn person_of(db: &Db, vault: &Vault, id: Uuid) -> Result<Option<Person>, StoreError> {
    let Some(row) = store::viewer_person(db, id).await? else { return Ok(None) };
    let keys = vault.keys_for(db, EnterpriseId::SYSTEM, newest_version([&row])).await?;
    Ok(Some(Person::open_viewer(&keys, id, &row)?))
}

/// Takes an enterprise away from its representative, and from every manager whom they authorised: from their next request on they
/// see nothing of it. False if they had not had it.
pub async fn dismiss(db: &Db, vault: &Vault, now: Moment, tenant: Tenant, representative: Uuid) -> Result<bool, StoreError> {
    let entry = Entry::by_operator(vault.keys(db, tenant.id()).await?, now, Action::DismissRepresentative).on(representative);
    store::representative_unlink(db, tenant, representative, &entry).await
}

/// How many passkeys someone has, for the operator: a link adds one, and takes none away.
pub async fn passkeys(db: &Db, representative: Uuid) -> Result<i64, StoreError> {
    store::passkey_count(db, representative).await
}

/// Makes a one-time link for someone. Only its hash is kept; the token stands in the fragment, which browsers do not send.
pub async fn invite(db: &Db, vault: &Vault, now: Moment, tenant: Tenant, representative: Uuid) -> Result<Token, StoreError> {
    let (token, link) = Enrolment::new(now);
    let entry = Entry::by_operator(vault.keys(db, tenant.id()).await?, now, Action::InviteRepresentative).on(representative);
    store::enrolment_insert(db, representative, &link, &entry).await?;
    Ok(token)
}

//! What other rooms, the pages and the operator ask about enterprises and their invitations.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::{
    model::{Enterprise, EnterpriseLine, Grace, Invitation, InvitationCode, OwnEnterprises, Uscc},
    store::{self, Imported, NewEnterprise, NewInvitation, Replacement},
};
use crate::{
    account::{
        caller::{self, Permission, Place, Scope, Tenant, Viewer},
        model::Person,
        representative::Appointment,
    },
    audit::{entry::Entry, model::Action},
    clock::{Clock, day_of},
    db::Db,
    error::{AppError, StoreError},
    id::EnterpriseId,
    link,
    message::tell,
    period::{Day, Moment},
    random,
    state::{AppState, Visit},
    vault::{Cell, TenantKeys, Vault, newest_version},
};

/// How long a process may go on with what it knows of an enterprise. Each declaration asks for it, thousands of times a
/// second; name, time zone and questionnaire change once in months, by another process.
const KNOWN_SECS: i64 = 5;
/// More enterprises than this are not remembered at once.
const KNOWN_MOST: usize = 10_000;

/// The enterprises that were asked for in the last seconds.
#[derive(Default)]
pub struct Known {
    enterprises: RwLock<HashMap<EnterpriseId, (Moment, Enterprise)>>,
}

impl Known {
    fn get(&self, id: EnterpriseId, now: Moment) -> Option<Enterprise> {
        let known = self.enterprises.read().unwrap_or_else(PoisonError::into_inner);
        let (until, enterprise) = known.get(&id)?;
        (now < *until).then(|| enterprise.clone())
    }

    fn put(&self, enterprise: Enterprise, now: Moment) {
        let mut known = self.enterprises.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MOST {
            known.clear();
        }
        known.insert(enterprise.id, (now.plus_secs(KNOWN_SECS), enterprise));
    }
}

/// The enterprise of a tenant, as it was at most five seconds ago.
pub async fn load(state: &AppState, tenant: Tenant) -> Result<Enterprise, StoreError> {
    match state.enterprises.get(tenant.id(), state.clock.now()) {
        Some(enterprise) => Ok(enterprise),
        None => load_now(state, tenant).await,
    }
}

/// The enterprise of a tenant as it is: for what asks its questionnaire, which another process may have changed just now.
pub async fn load_now(state: &AppState, tenant: Tenant) -> Result<Enterprise, StoreError> {
    let now = state.clock.now();
    let found = store::enterprise_find(&state.db, tenant).await?;
    let enterprise = found.ok_or(StoreError::Row { table: "enterprise", column: "id" })?;
    state.enterprises.put(enterprise.clone(), now);
    Ok(enterprise)
}

/// The enterprises of a viewer, by name.
pub async fn enterprises(visit: &Visit, viewer: &Viewer) -> Result<OwnEnterprises, AppError> {
    let mut lines = Vec::new();
    for Place { tenant, may } in caller::places(visit, viewer).await? {
        lines.push(EnterpriseLine { enterprise: load(&visit.state, tenant).await?, may });
    }
    lines.sort_by(|one, other| one.enterprise.name.cmp(&other.enterprise.name));
    Ok(OwnEnterprises { lines, unread: tell::unread(&visit.state, viewer).await? })
}

/// Whose code this is, if it is in use or within its grace period. Text that cannot be a code never reaches the database.
pub async fn find_by_code(state: &AppState, code: &str) -> Result<Option<EnterpriseId>, StoreError> {
    let Ok(code) = code.parse::<InvitationCode>() else { return Ok(None) };
    let works = store::invitation_works(&state.db, code.enterprise(), &hash(&code), state.clock.now()).await?;
    Ok(works.then_some(code.enterprise()))
}

/// What a representative shares, with the code that is current.
pub async fn invitation(state: &AppState, scope: &Scope) -> Result<Invitation, AppError> {
    let tenant = may_invite(scope)?;
    let enterprise = load(state, tenant).await?;
    let mut rows = store::invitation_list(&state.db, tenant, state.clock.now()).await?;
    let keys = state.vault.keys_for(&state.db, tenant.id(), newest_version(rows.iter().map(|row| &row.code))).await?;
    let current = rows.pop().filter(|row| row.valid_until.is_none());
    let current = current.ok_or(StoreError::Row { table: "invitation", column: "valid_until" })?;
    let code = open_code(&keys, &current.code_hash, &current.code)?;
    let older_until = rows.last().and_then(|row| row.valid_until);
    Ok(Invitation {
        link: state.public_url.link(&link::invitation(code.as_str())),
        version: current.created_at.as_millis(),
        older_until: older_until.map(|until| enterprise.local_time(until)),
        may_replace: !scope.is_lent(),
        enterprise,
    })
}

/// Replaces the code; the old one works on for the grace. A manager may share it, and not replace it.
pub async fn rotate(state: &AppState, scope: &Scope, grace: Grace) -> Result<(), AppError> {
    let tenant = may_invite(scope)?;
    if scope.is_lent() {
        return Err(AppError::NotFound);
    }
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    let (_, new) = new_invitation(&keys);
    let now = state.clock.now();
    let entry = Entry::by_viewer(keys, scope, now, Action::ReplaceInvitation);
    Ok(store::invitation_replace(&state.db, tenant, &new, now.plus_secs(grace.secs()), &entry).await?)
}

fn may_invite(scope: &Scope) -> Result<Tenant, AppError> {
    if scope.permission() == Permission::Invite { Ok(scope.tenant()) } else { Err(AppError::NotFound) }
}

/// An enterprise that the operator registers: checked, and not stored yet.
pub struct Registration {
    pub uscc: Uscc,
    pub name: String,
    pub timezone: Tz,
    pub questionnaire: String,
    pub representative: Option<Person>,
}

/// Why enterprises could not be registered.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    #[error("{0} is already registered")]
    Exists(Uscc),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Registers one enterprise, and makes its first invitation code.
pub async fn add(db: &Db, vault: &Vault, clock: &Clock, new: Registration) -> Result<(Enterprise, InvitationCode), AddError> {
    let mut added = add_all(db, vault, clock, vec![new], Vec::new()).await?.0;
    Ok(added.pop().expect("one registration gives one enterprise"))
}

/// Registers all of them and makes each of the others' persons the only representative of their enterprise, or does nothing of it;
/// gives also how many people represent an enterprise no longer. Only their data keys are made before the transaction: keys of enterprises that then do not
/// come to be open nothing.
pub async fn add_all(
    db: &Db,
    vault: &Vault,
    clock: &Clock,
    registrations: Vec<Registration>,
    replaced: Vec<(Tenant, Person)>,
) -> Result<(Vec<(Enterprise, InvitationCode)>, usize), AddError> {
    let (mut new, mut codes, now) = (Vec::new(), Vec::new(), clock.now());
    let system = vault.keys(db, EnterpriseId::SYSTEM).await?;
    for registration in registrations {
        let representative = registration.representative.as_ref().map(|person| Appointment::new(&system, person));
        let enterprise = registration.into_enterprise();
        let keys = vault.keys(db, enterprise.id).await?;
        let (code, invitation) = new_invitation(&keys);
        let mut entries = vec![Entry::by_operator(keys.clone(), now, Action::RegisterEnterprise)];
        entries.extend(representative.as_ref().map(|_| Entry::by_operator(keys, now, Action::AppointRepresentative)));
        new.push(NewEnterprise { enterprise, invitation, representative, entries });
        codes.push(code);
    }
    let mut replacements = Vec::with_capacity(replaced.len());
    for (tenant, person) in replaced {
        let entry = Entry::by_operator(vault.keys(db, tenant.id()).await?, now, Action::AppointRepresentative);
        replacements.push(Replacement { tenant, representative: Appointment::new(&system, &person), entry });
    }
    match store::enterprise_import(db, &new, &replacements, now).await? {
        Imported::Exists(position) => Err(AddError::Exists(new[position].enterprise.uscc.clone())),
        Imported::Removed(removed) => Ok((new.into_iter().map(|new| new.enterprise).zip(codes).collect(), removed)),
    }
}

impl Registration {
    fn into_enterprise(self) -> Enterprise {
        let Self { uscc, name, timezone, questionnaire, .. } = self;
        let id = EnterpriseId::from_bits(u64::from_be_bytes(random::bytes()));
        Enterprise { id, name, uscc, timezone: timezone.name().to_owned(), questionnaire, previous: None }
    }
}

/// Every enterprise, for the operator at the terminal.
pub async fn list(db: &Db) -> Result<Vec<Enterprise>, StoreError> {
    store::enterprise_list(db).await
}

/// The enterprise with this code, for the operator at the terminal.
pub async fn find_by_uscc(db: &Db, uscc: &Uscc) -> Result<Option<Enterprise>, StoreError> {
    store::enterprise_find_by_uscc(db, uscc).await
}

/// The code that is current, for the operator at the terminal.
pub async fn current_code(db: &Db, vault: &Vault, clock: &Clock, tenant: Tenant) -> Result<InvitationCode, StoreError> {
    let row = store::invitation_list(db, tenant, clock.now()).await?.pop();
    let row = row.ok_or(StoreError::Row { table: "invitation", column: "valid_until" })?;
    let keys = vault.keys_for(db, tenant.id(), newest_version([&row.code])).await?;
    open_code(&keys, &row.code_hash, &row.code)
}

fn new_invitation(keys: &TenantKeys) -> (InvitationCode, NewInvitation) {
    let code = InvitationCode::new(keys.enterprise(), random::bytes());
    let code_hash = hash(&code);
    let sealed = keys.seal(cell(&code_hash), code.as_str().as_bytes());
    (code, NewInvitation { code_hash, code: sealed })
}

fn open_code(keys: &TenantKeys, code_hash: &[u8], sealed: &[u8]) -> Result<InvitationCode, StoreError> {
    let plain = keys.open(cell(code_hash), sealed)?;
    let code = std::str::from_utf8(&plain).ok().and_then(|text| text.parse().ok());
    code.ok_or(StoreError::Row { table: "invitation", column: "code" })
}

/// Not keyed: an enterprise's keys are made on first use, and a made-up code must not make any. Whoever has the table and
/// tries all 2^50 secrets of a code may claim to be an employee, and reads nothing.
fn hash(code: &InvitationCode) -> [u8; 32] {
    Sha256::digest(code.as_str()).into()
}

pub(super) const fn cell(code_hash: &[u8]) -> Cell<'_> {
    Cell { table: "invitation", column: "code", row: code_hash }
}

impl Enterprise {
    /// The day it is now where this enterprise is.
    pub fn today(&self, clock: &Clock) -> Day {
        clock.today(self.zone())
    }

    /// The day on which it was this moment there.
    pub fn day_of(&self, moment: Moment) -> Day {
        day_of(moment, self.zone())
    }

    /// An instant as the clocks there show it: `2026-11-25 09:41`.
    pub fn local_time(&self, moment: Moment) -> String {
        moment.utc().with_timezone(&self.zone()).format("%Y-%m-%d %H:%M").to_string()
    }

    /// A moment's day where the enterprise is: `2026-11-25`.
    pub fn local_day(&self, moment: Moment) -> String {
        moment.utc().with_timezone(&self.zone()).format("%Y-%m-%d").to_string()
    }

    /// The time zone; Shanghai's where the operator's table holds a name that is none.
    pub fn zone(&self) -> Tz {
        self.timezone.parse().unwrap_or(Tz::Asia__Shanghai)
    }
}

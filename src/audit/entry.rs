//! An entry, from who acted to the chain.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde_json::json;
use uuid::Uuid;

pub use super::store::{HEAD_NEXT, HEAD_SET, INSERT};
use super::{
    model::{Action, ActorKind},
    store,
};
use crate::{
    account::caller::{Scope, Tenant, Viewer},
    db::Db,
    error::StoreError,
    id::{EmployeeId, EnterpriseId},
    period::Moment,
    state::AppState,
    vault::TenantKeys,
};

/// Before the first entry.
pub const NOTHING: [u8; 32] = [0; 32];

/// What somebody did, ready to be written by [`record_in!`].
#[derive(Clone)]
pub struct Entry {
    keys: Arc<TenantKeys>,
    pub at: Moment,
    pub actor: ActorKind,
    pub actor_id: Option<Uuid>,
    pub action: Action,
    pub object_id: Option<Uuid>,
}

impl Entry {
    /// By a viewer, within what they may do. `keys` are those of the scope's enterprise.
    pub fn by_viewer(keys: Arc<TenantKeys>, scope: &Scope, at: Moment, action: Action) -> Self {
        let actor = if scope.is_lent() { ActorKind::Manager } else { ActorKind::Representative };
        Self { keys, at, actor, actor_id: Some(scope.viewer().id()), action, object_id: None }
    }

    /// By a person who is signed in, on what belongs to no enterprise. `system` are the keys of that.
    pub const fn by_person(system: Arc<TenantKeys>, viewer: &Viewer, at: Moment, action: Action) -> Self {
        Self { keys: system, at, actor: ActorKind::Viewer, actor_id: Some(viewer.id()), action, object_id: None }
    }

    /// By the operator at the terminal, on the enterprise of these keys.
    pub const fn by_operator(keys: Arc<TenantKeys>, at: Moment, action: Action) -> Self {
        Self { keys, at, actor: ActorKind::Operator, actor_id: None, action, object_id: None }
    }

    /// By a person who signs in just now.
    pub const fn by_sign_in(system: Arc<TenantKeys>, viewer: Uuid, at: Moment, action: Action) -> Self {
        Self { keys: system, at, actor: ActorKind::Viewer, actor_id: Some(viewer), action, object_id: None }
    }

    /// By an employee on their own phone, about themselves. `keys` are those of their enterprise.
    pub const fn by_employee(keys: Arc<TenantKeys>, employee: EmployeeId, at: Moment, action: Action) -> Self {
        Self { keys, at, actor: ActorKind::Employee, actor_id: Some(employee.0), action, object_id: None }
    }

    /// By the schedule, or by the operator who does the same at the terminal.
    pub const fn by_itself(keys: Arc<TenantKeys>, by: ActorKind, at: Moment, action: Action) -> Self {
        Self { keys, at, actor: by, actor_id: None, action, object_id: None }
    }

    /// Something else that came of it, by the same actor at the same time.
    #[must_use]
    pub fn also(&self, action: Action) -> Self {
        let Self { keys, at, actor, actor_id, .. } = self;
        Self { keys: keys.clone(), at: *at, actor: *actor, actor_id: *actor_id, action, object_id: None }
    }

    /// About somebody or something.
    #[must_use]
    pub const fn on(mut self, object: Uuid) -> Self {
        self.object_id = Some(object);
        self
    }

    pub fn enterprise(&self) -> EnterpriseId {
        self.keys.enterprise()
    }

    /// The chain up to this entry, and the seal of a head that ends with it.
    pub fn chain(&self, number: i64, before: &[u8]) -> ([u8; 32], [u8; 32]) {
        let chain = chain(&self.keys, number, before, self.at, self.actor, self.actor_id, self.action, self.object_id);
        (chain, seal(&self.keys, number, &chain))
    }
}

/// Binds every column of a row, and the row before it.
#[expect(clippy::too_many_arguments, reason = "one for each column, so that none is forgotten")]
pub(super) fn chain(
    keys: &TenantKeys,
    number: i64,
    before: &[u8],
    at: Moment,
    actor: ActorKind,
    actor_id: Option<Uuid>,
    action: Action,
    object_id: Option<Uuid>,
) -> [u8; 32] {
    keys.index("audit", &chained(number, before, at, actor, actor_id, action, object_id))
}

/// What is hashed: everything as it is stored, so that no name in this program may change what was written once.
fn chained(
    number: i64,
    before: &[u8],
    at: Moment,
    actor: ActorKind,
    actor_id: Option<Uuid>,
    action: Action,
    object_id: Option<Uuid>,
) -> String {
    let id = |id: Option<Uuid>| id.map(|id| id.simple().to_string()).unwrap_or_default();
    let (before, at) = (HEXLOWER.encode(before), at.as_millis());
    let (actor, action) = (json!(actor), json!(action));
    format!("{number} {before} {at} {actor} {} {action} {}", id(actor_id), id(object_id))
}

/// Says that the entries begin behind this one: those up to it have gone.
pub(super) fn begin_seal(keys: &TenantKeys, number: i64, chain: &[u8]) -> [u8; 32] {
    keys.index("audit-begin", &format!("{number} {}", HEXLOWER.encode(chain)))
}

pub(super) fn seal(keys: &TenantKeys, number: i64, chain: &[u8]) -> [u8; 32] {
    keys.index("audit-head", &format!("{number} {}", HEXLOWER.encode(chain)))
}

/// Writes an entry within a transaction that is under way: `record_in!(tx, &entry)`. It holds the enterprise's head until the
/// transaction ends, so entries are numbered in the order in which they are committed.
macro_rules! record_in {
    ($tx:ident, $entry:expr) => {{
        let entry: &$crate::audit::entry::Entry = $entry;
        let (number, before): (i64, Vec<u8>) = sqlx::query_as($crate::audit::entry::HEAD_NEXT)
            .bind(entry.enterprise())
            .bind(&$crate::audit::entry::NOTHING[..])
            .fetch_one(&mut *$tx)
            .await?;
        let (chain, seal) = entry.chain(number, &before);
        sqlx::query($crate::audit::entry::INSERT)
            .bind(entry.enterprise())
            .bind(number)
            .bind(entry.at)
            .bind(entry.actor)
            .bind(entry.actor_id)
            .bind(entry.action)
            .bind(entry.object_id)
            .bind(&chain[..])
            .execute(&mut *$tx)
            .await?;
        sqlx::query($crate::audit::entry::HEAD_SET).bind(entry.enterprise()).bind(&chain[..]).bind(&seal[..]).execute(&mut *$tx).await?;
    }};
}
pub(crate) use record_in;

/// Writes an entry of what changes no row: before it is done.
pub async fn record(db: &Db, entry: &Entry) -> Result<(), StoreError> {
    store::audit_insert(db, entry).await
}

/// Writes down that a viewer sees an employee's details. It is called before they leave: if it cannot be written, nothing is shown.
pub async fn look(state: &AppState, scope: &Scope, action: Action, employee: EmployeeId) -> Result<(), StoreError> {
    let keys = keys(state, scope.tenant()).await?;
    store::audit_insert(&state.db, &Entry::by_viewer(keys, scope, state.clock.now(), action).on(employee.0)).await
}

async fn keys(state: &AppState, tenant: Tenant) -> Result<Arc<TenantKeys>, StoreError> {
    state.vault.keys(&state.db, tenant.id()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries are kept for three years: a program that hashes another text finds every one of them changed.
    #[test]
    fn what_is_hashed_stays_the_same() {
        let (actor, object) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let at = Moment::from_millis(1_700_000_000_000);
        assert_eq!(
            chained(4, &[0xab; 2], at, ActorKind::Representative, Some(actor), Action::ViewDetails, Some(object)),
            "4 abab 1700000000000 \"representative\" 00000000000000000000000000000001 \"view-details\" 00000000000000000000000000000002"
        );
        assert_eq!(chained(1, &[], at, ActorKind::Server, None, Action::Purge, None), "1  1700000000000 \"server\"  \"purge\" ");
    }
}

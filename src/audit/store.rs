//! All SQL of this room: the tables `audit` and `audit_head`.

use uuid::Uuid;

use super::{
    entry::{Entry, record_in},
    model::{Action, ActorKind},
};
use crate::{
    account::caller::{Tenant, Viewer},
    db::{Db, in_transaction, on_pool},
    error::StoreError,
    id::{EmployeeId, EnterpriseId},
    period::Moment,
};

/// Takes the next number of an enterprise's entries, with the chain before it, and holds the head.
pub const HEAD_NEXT: &str = "insert into audit_head (enterprise_id, number, chain, seal) values ($1, 1, $2, $2)
     on conflict (enterprise_id) do update set number = audit_head.number + 1 returning number, chain";
pub const HEAD_SET: &str = "update audit_head set chain = $2, seal = $3 where enterprise_id = $1";
pub const INSERT: &str = "insert into audit (enterprise_id, number, at, actor, actor_id, action, object_id, chain)
     values ($1, $2, $3, $4, $5, $6, $7, $8)";

#[derive(sqlx::FromRow)]
pub struct EntryRow {
    pub number: i64,
    pub at: Moment,
    pub actor: ActorKind,
    pub actor_id: Option<Uuid>,
    pub action: Action,
    pub object_id: Option<Uuid>,
    pub chain: Vec<u8>,
}

#[derive(sqlx::FromRow)]
pub struct HeadRow {
    pub number: i64,
    pub chain: Vec<u8>,
    pub seal: Vec<u8>,
    /// The last entry that has gone; 0 and nothing where all are there.
    pub begin_number: i64,
    pub begin_chain: Option<Vec<u8>>,
    pub begin_seal: Option<Vec<u8>>,
}

pub async fn audit_insert(db: &Db, entry: &Entry) -> Result<(), StoreError> {
    in_transaction!(db, tx => {
        record_in!(tx, entry);
    });
    Ok(())
}

/// Up to `limit` entries before a number, newest first.
pub async fn audit_page(db: &Db, tenant: Tenant, before: i64, limit: i64) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "select number, at, actor, actor_id, action, object_id, chain from audit
               where enterprise_id = $1 and number < $2 order by number desc limit $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(before).bind(limit).fetch_all(pool).await?))
}

/// The last times that somebody saw an employee's details, newest first.
pub async fn audit_looks(db: &Db, tenant: Tenant, employee: EmployeeId, limit: i64) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "select number, at, actor, actor_id, action, object_id, chain from audit
               where enterprise_id = $1 and object_id = $2 and action in ('view-details', 'view-numbers', 'declare-on-behalf') order by number desc limit $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).bind(limit).fetch_all(pool).await?))
}

/// The last files with people that were made since an employee became known, newest first: they may be in each.
pub async fn audit_exports(db: &Db, tenant: Tenant, employee: EmployeeId, limit: i64) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "select number, at, actor, actor_id, action, object_id, chain from audit
               where enterprise_id = $1 and action in ('export-people', 'export-declarations')
                 and at >= (select created_at from employee where enterprise_id = $1 and id = $2)
               order by number desc limit $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).bind(limit).fetch_all(pool).await?))
}

/// The last entries that belong to no enterprise and are somebody's own, newest first: what they did, and where somebody was refused
/// as them.
pub async fn audit_own(db: &Db, viewer: &Viewer, limit: i64) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "select number, at, actor, actor_id, action, object_id, chain from audit
               where enterprise_id = $1 and actor_id = $2 and actor = 'viewer'
               union all
               select number, at, actor, actor_id, action, object_id, chain from audit
               where enterprise_id = $1 and object_id = $2 and action = 'refuse-verification'
               order by number desc limit $3";
    Ok(on_pool!(db, pool => {
        sqlx::query_as(sql).bind(EnterpriseId::SYSTEM).bind(viewer.id()).bind(limit).fetch_all(pool).await?
    }))
}

/// Up to `limit` entries after a number, oldest first.
pub async fn audit_after(db: &Db, tenant: Tenant, after: i64, limit: i64) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "select number, at, actor, actor_id, action, object_id, chain from audit
               where enterprise_id = $1 and number > $2 order by number limit $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(after).bind(limit).fetch_all(pool).await?))
}

pub async fn audit_head(db: &Db, tenant: Tenant) -> Result<Option<HeadRow>, StoreError> {
    let sql = "select number, chain, seal, begin_number, begin_chain, begin_seal from audit_head where enterprise_id = $1";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_optional(pool).await?))
}

/// Every enterprise that has entries or a head.
pub async fn audit_enterprises(db: &Db) -> Result<Vec<EnterpriseId>, StoreError> {
    let sql = "select enterprise_id from audit_head union select enterprise_id from audit order by enterprise_id";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).fetch_all(pool).await?))
}

/// How many of the oldest entries are looked at, and go, in one transaction.
const OLDEST: i64 = 500;

/// Deletes those of an enterprise's oldest entries that were made until then, up to the first that was not, and marks where the others
/// begin; how many went.
pub async fn audit_purge(
    db: &Db,
    tenant: Tenant,
    until: Moment,
    entry: Option<&Entry>,
    seal: impl Fn(i64, &[u8]) -> [u8; 32] + Send,
) -> Result<u64, StoreError> {
    // It holds the head until the end: nobody else purges, or writes, meanwhile.
    let hold = "update audit_head set number = number where enterprise_id = $1";
    let oldest = "select number, at, chain from audit where enterprise_id = $1 order by number limit $2";
    let mark = "update audit_head set begin_number = $2, begin_chain = $3, begin_seal = $4 where enterprise_id = $1";
    let delete = "delete from audit where enterprise_id = $1 and number <= $2";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        sqlx::query(hold).bind(id).execute(&mut *tx).await?;
        let rows: Vec<(i64, Moment, Vec<u8>)> = sqlx::query_as(oldest).bind(id).bind(OLDEST).fetch_all(&mut *tx).await?;
        let Some((number, _, chain)) = rows.into_iter().take_while(|(_, at, _)| *at <= until).last() else {
            // At once, not when the connection is used next: until then the head would be locked.
            tx.rollback().await?;
            return Ok(0);
        };
        let sealed = seal(number, &chain);
        sqlx::query(mark).bind(id).bind(number).bind(&chain[..]).bind(&sealed[..]).execute(&mut *tx).await?;
        let deleted = sqlx::query(delete).bind(id).bind(number).execute(&mut *tx).await?.rows_affected();
        if let Some(entry) = entry {
            record_in!(tx, entry);
        }
        deleted
    }))
}

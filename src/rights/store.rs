//! All SQL of this room: the table `request`.

use uuid::Uuid;

use super::model::{MOST_OPEN, RequestKind, RequestState};
use crate::{
    account::{
        caller::{Employee, Tenant},
        data::EMPLOYEE_HOLD,
    },
    audit::entry::{Entry, record_in},
    db::{Db, in_transaction, on_pool},
    error::StoreError,
    id::EmployeeId,
    period::Moment,
    vault::{Cell, sealed_column::sealed_column},
};

/// A request as it is stored.
#[derive(sqlx::FromRow)]
pub struct RequestRow {
    pub id: Uuid,
    pub employee_id: EmployeeId,
    pub kind: RequestKind,
    pub state: RequestState,
    pub note: Vec<u8>,
    pub reason: Option<Vec<u8>>,
    pub created_at: Moment,
    pub settled_at: Option<Moment>,
}

/// Keeps a request. A deletion that is asked for twice is one request. False if as many are open as may be.
pub async fn request_insert(
    db: &Db,
    employee: &Employee,
    id: Uuid,
    kind: RequestKind,
    note: &[u8],
    entry: &Entry,
) -> Result<bool, StoreError> {
    let open = "select count(*) from request where enterprise_id = $1 and employee_id = $2 and state = 'new'";
    let same = "select 1 from request where enterprise_id = $1 and employee_id = $2 and state = 'new' and kind = 'deletion' limit 1";
    let insert =
        "insert into request (enterprise_id, id, employee_id, kind, state, note, created_at) values ($1, $2, $3, $4, 'new', $5, $6)";
    let (enterprise, own) = (employee.tenant().id(), employee.id());
    Ok(in_transaction!(db, tx => {
        // First, because it holds the employee: of two at once the second counts the first. The enterprise's head comes last, as everywhere.
        if sqlx::query(EMPLOYEE_HOLD).bind(enterprise).bind(own).execute(&mut *tx).await?.rows_affected() == 0 {
            return Err(StoreError::Gone);
        }
        let asked = sqlx::query(same).bind(enterprise).bind(own).fetch_optional(&mut *tx).await?.is_some();
        let count: i64 = sqlx::query_scalar(open).bind(enterprise).bind(own).fetch_one(&mut *tx).await?;
        if kind == RequestKind::Deletion && asked || count >= MOST_OPEN {
            tx.rollback().await?;
            return Ok(kind == RequestKind::Deletion && asked);
        }
        sqlx::query(insert).bind(enterprise).bind(id).bind(own).bind(kind).bind(note).bind(entry.at).execute(&mut *tx).await?;
        record_in!(tx, entry);
        true
    }))
}

/// An employee's own requests, the last first.
pub async fn request_list_own(db: &Db, employee: &Employee) -> Result<Vec<RequestRow>, StoreError> {
    let sql = "select id, employee_id, kind, state, note, reason, created_at, settled_at from request
               where enterprise_id = $1 and employee_id = $2 order by created_at desc, id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(employee.tenant().id()).bind(employee.id()).fetch_all(pool).await?))
}

/// The requests of an enterprise that are open, the first made first.
pub async fn request_list_open(db: &Db, tenant: Tenant, limit: i64) -> Result<Vec<RequestRow>, StoreError> {
    let sql = "select id, employee_id, kind, state, note, reason, created_at, settled_at from request
               where enterprise_id = $1 and state = 'new' order by created_at, id limit $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(limit).fetch_all(pool).await?))
}

/// Those that were settled, the last first.
pub async fn request_list_settled(db: &Db, tenant: Tenant, limit: i64) -> Result<Vec<RequestRow>, StoreError> {
    let sql = "select id, employee_id, kind, state, note, reason, created_at, settled_at from request
               where enterprise_id = $1 and state <> 'new' order by settled_at desc, id limit $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(limit).fetch_all(pool).await?))
}

pub async fn request_count_open(db: &Db, tenant: Tenant) -> Result<i64, StoreError> {
    let sql = "select count(*) from request where enterprise_id = $1 and state = 'new'";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).fetch_one(pool).await?))
}

/// One that is open.
pub async fn request_find_open(db: &Db, tenant: Tenant, id: Uuid) -> Result<Option<RequestRow>, StoreError> {
    let sql = "select id, employee_id, kind, state, note, reason, created_at, settled_at from request
               where enterprise_id = $1 and id = $2 and state = 'new'";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(id).fetch_optional(pool).await?))
}

/// Settles a deletion that is open, within the transaction that deletes: $1 enterprise, $2 id, $3 whose, $4 now.
pub const REQUEST_ACCEPT: &str = "update request set state = 'done', settled_at = $4
    where enterprise_id = $1 and id = $2 and employee_id = $3 and kind = 'deletion' and state = 'new'";

/// Settles one that is open. False if it is not, or not this enterprise's.
pub async fn request_settle(
    db: &Db,
    tenant: Tenant,
    id: Uuid,
    state: RequestState,
    reason: Option<&[u8]>,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let sql = "update request set state = $3, reason = $4, settled_at = $5 where enterprise_id = $1 and id = $2 and state = 'new'";
    Ok(in_transaction!(db, tx => {
        let settled = sqlx::query(sql).bind(tenant.id()).bind(id).bind(state).bind(reason).bind(entry.at).execute(&mut *tx).await?
            .rows_affected() > 0;
        if settled {
            record_in!(tx, entry);
        }
        settled
    }))
}

/// Deletes those that were settled by then; how many.
pub async fn request_purge(db: &Db, tenant: Tenant, settled: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let sql = "delete from request where enterprise_id = $1 and state <> 'new' and settled_at <= $2";
    Ok(in_transaction!(db, tx => {
        let rows = sqlx::query(sql).bind(tenant.id()).bind(settled).execute(&mut *tx).await?.rows_affected();
        if let Some(entry) = entry.filter(|_| rows > 0) {
            record_in!(tx, entry);
        }
        rows
    }))
}

pub const fn note_cell(id: &[u8]) -> Cell<'_> {
    Cell { table: "request", column: "note", row: id }
}

pub const fn reason_cell(id: &[u8]) -> Cell<'_> {
    Cell { table: "request", column: "reason", row: id }
}

sealed_column! {
    /// What employees ask for.
    RequestNotes("request.note"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, note from request
          where enterprise_id = $1 and id > $2 and substr(note, 3, 2) < $3 order by id limit $4",
    swap "update request set note = $4 where enterprise_id = $1 and id = $2 and note = $3",
    count "select count(*) from request where enterprise_id = $1 and substr(note, 3, 2) < $2",
    |keys, (id, note)| keys.reseal(note_cell(id.as_bytes()), note)
}

sealed_column! {
    /// Why it was refused.
    RequestReasons("request.reason"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, reason from request
          where enterprise_id = $1 and id > $2 and substr(reason, 3, 2) < $3 order by id limit $4",
    swap "update request set reason = $4 where enterprise_id = $1 and id = $2 and reason = $3",
    count "select count(*) from request where enterprise_id = $1 and substr(reason, 3, 2) < $2",
    |keys, (id, reason)| keys.reseal(reason_cell(id.as_bytes()), reason)
}

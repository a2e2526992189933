//! All SQL of shared statistics: the table `share`.

use uuid::Uuid;

use super::model::MOST_SHARES;
use crate::{
    account::{caller::Tenant, token::TokenHash},
    audit::entry::{Entry, record_in},
    db::{Db, in_transaction, on_pool},
    enterprise::NEXT_CHANGE,
    error::StoreError,
    id::EnterpriseId,
    period::Moment,
    vault::{Cell, sealed_column::sealed_column},
};

/// A link, as it is stored.
#[derive(sqlx::FromRow)]
pub struct ShareRow {
    pub id: Uuid,
    pub snapshot: Vec<u8>,
    pub created_at: Moment,
    pub expires_at: Moment,
    pub views: i64,
}

/// Keeps a snapshot under the hash of its token. False if as many links work as may.
pub async fn share_insert(
    db: &Db,
    tenant: Tenant,
    id: Uuid,
    token: TokenHash,
    snapshot: &[u8],
    expires_at: Moment,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let open = "select count(*) from share where enterprise_id = $1 and expires_at > $2";
    let insert = "insert into share (enterprise_id, id, token_hash, snapshot, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)";
    let (enterprise, now) = (tenant.id(), entry.at);
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: of two at once the second counts the first.
        sqlx::query(NEXT_CHANGE).bind(enterprise).bind(0_i64).execute(&mut *tx).await?;
        let open: i64 = sqlx::query_scalar(open).bind(enterprise).bind(now).fetch_one(&mut *tx).await?;
        if open >= i64::from(MOST_SHARES) {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query(insert).bind(enterprise).bind(id).bind(&token.0[..]).bind(snapshot).bind(now).bind(expires_at).execute(&mut *tx).await?;
        record_in!(tx, entry);
        true
    }))
}

/// The links that work, the last made first.
pub async fn share_list(db: &Db, tenant: Tenant, now: Moment) -> Result<Vec<ShareRow>, StoreError> {
    let sql = "select id, snapshot, created_at, expires_at, views from share
               where enterprise_id = $1 and expires_at > $2 order by created_at desc, id limit $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(now).bind(i64::from(MOST_SHARES)).fetch_all(pool).await?))
}

/// The one of this token, if it works: the token is the caller.
pub async fn share_find(db: &Db, enterprise: EnterpriseId, token: TokenHash, now: Moment) -> Result<Option<ShareRow>, StoreError> {
    let sql = "select id, snapshot, created_at, expires_at, views from share
               where enterprise_id = $1 and token_hash = $2 and expires_at > $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(enterprise).bind(&token.0[..]).bind(now).fetch_optional(pool).await?))
}

/// Notes that somebody looked.
pub async fn share_seen(db: &Db, tenant: Tenant, id: Uuid) -> Result<(), StoreError> {
    let sql = "update share set views = views + 1 where enterprise_id = $1 and id = $2";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(tenant.id()).bind(id).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Takes one back. False if it works no more, or is none of this enterprise.
pub async fn share_end(db: &Db, tenant: Tenant, id: Uuid, entry: &Entry) -> Result<bool, StoreError> {
    let sql = "update share set expires_at = $3 where enterprise_id = $1 and id = $2 and expires_at > $3";
    Ok(in_transaction!(db, tx => {
        let ended = sqlx::query(sql).bind(tenant.id()).bind(id).bind(entry.at).execute(&mut *tx).await?.rows_affected() > 0;
        if ended {
            record_in!(tx, entry);
        }
        ended
    }))
}

/// Takes back every link of an enterprise that works: $1 enterprise, $2 now. Gives which they were.
pub const SHARES_END: &str = "update share set expires_at = $2 where enterprise_id = $1 and expires_at > $2 returning id";

/// Deletes those that ended by then; how many.
pub async fn share_purge(db: &Db, tenant: Tenant, over: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let sql = "delete from share where enterprise_id = $1 and expires_at <= $2";
    Ok(in_transaction!(db, tx => {
        let rows = sqlx::query(sql).bind(tenant.id()).bind(over).execute(&mut *tx).await?.rows_affected();
        if let Some(entry) = entry.filter(|_| rows > 0) {
            record_in!(tx, entry);
        }
        rows
    }))
}

pub const fn snapshot_cell(id: &[u8]) -> Cell<'_> {
    Cell { table: "share", column: "snapshot", row: id }
}

sealed_column! {
    /// Figures that are shared.
    Snapshots("share.snapshot"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, snapshot from share
          where enterprise_id = $1 and id > $2 and substr(snapshot, 3, 2) < $3 order by id limit $4",
    swap "update share set snapshot = $4 where enterprise_id = $1 and id = $2 and snapshot = $3",
    count "select count(*) from share where enterprise_id = $1 and substr(snapshot, 3, 2) < $2",
    |keys, (id, snapshot)| keys.reseal(snapshot_cell(id.as_bytes()), snapshot)
}

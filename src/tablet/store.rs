//! All SQL of tablets: the table `tablet`.

use uuid::Uuid;

use super::model::MOST_TABLETS;
use crate::{
    account::{caller::Tenant, token::TokenHash},
    audit::entry::{Entry, record_in},
    db::{Db, in_transaction, on_pool},
    enterprise::NEXT_CHANGE,
    error::StoreError,
    id::EnterpriseId,
    period::Moment,
};

#[derive(sqlx::FromRow)]
pub struct TabletRow {
    pub id: Uuid,
    pub name: String,
    pub link_until: Moment,
    pub set_up_at: Option<Moment>,
}

/// Those that are set up, or can be: $2 is now.
macro_rules! live {
    ($($rest:literal),*) => {
        concat!(
            "from tablet where enterprise_id = $1 and ended_at is null and (secret_hash is not null or link_until > $2)",
            $($rest),*
        )
    };
}

/// Keeps a tablet under the hash of its link. False if there are as many as may be.
pub async fn tablet_insert(
    db: &Db,
    tenant: Tenant,
    (id, name): (Uuid, &str),
    link: TokenHash,
    until: Moment,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let insert = "insert into tablet (enterprise_id, id, name, link_hash, link_until, created_at) values ($1, $2, $3, $4, $5, $6)";
    let (enterprise, now) = (tenant.id(), entry.at);
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: of two at once the second counts the first.
        sqlx::query(NEXT_CHANGE).bind(enterprise).bind(0_i64).execute(&mut *tx).await?;
        let live: i64 = sqlx::query_scalar(concat!("select count(*) ", live!())).bind(enterprise).bind(now).fetch_one(&mut *tx).await?;
        if live >= i64::from(MOST_TABLETS) {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query(insert).bind(enterprise).bind(id).bind(name).bind(&link.0[..]).bind(until).bind(now).execute(&mut *tx).await?;
        record_in!(tx, entry);
        true
    }))
}

/// In the order in which they were made.
pub async fn tablet_list(db: &Db, tenant: Tenant, now: Moment) -> Result<Vec<TabletRow>, StoreError> {
    let sql = concat!("select id, name, link_until, set_up_at ", live!(" order by created_at, id limit $3"));
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(now).bind(i64::from(MOST_TABLETS)).fetch_all(pool).await?))
}

/// The one that a link sets up, while it can: the link is the caller.
pub async fn tablet_of_link(db: &Db, enterprise: EnterpriseId, link: TokenHash, now: Moment) -> Result<Option<TabletRow>, StoreError> {
    let sql = "select id, name, link_until, set_up_at from tablet
               where enterprise_id = $1 and link_hash = $2 and secret_hash is null and ended_at is null and link_until > $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(enterprise).bind(&link.0[..]).bind(now).fetch_optional(pool).await?))
}

/// Hands it to a device. False if somebody was quicker, or the link works no more.
pub async fn tablet_set_up(db: &Db, tenant: Tenant, link: TokenHash, secret: TokenHash, entry: &Entry) -> Result<bool, StoreError> {
    let sql = "update tablet set secret_hash = $3, set_up_at = $4
               where enterprise_id = $1 and link_hash = $2 and secret_hash is null and ended_at is null and link_until > $4";
    Ok(in_transaction!(db, tx => {
        let set_up = sqlx::query(sql).bind(tenant.id()).bind(&link.0[..]).bind(&secret.0[..]).bind(entry.at).execute(&mut *tx).await?;
        let set_up = set_up.rows_affected() > 0;
        if set_up {
            record_in!(tx, entry);
        }
        set_up
    }))
}

/// The one that a device is: the secret is the caller.
pub async fn tablet_of_secret(db: &Db, enterprise: EnterpriseId, secret: TokenHash) -> Result<Option<Uuid>, StoreError> {
    let sql = "select id from tablet where enterprise_id = $1 and secret_hash = $2 and ended_at is null";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(enterprise).bind(&secret.0[..]).fetch_optional(pool).await?))
}

/// Its device, or its link, means nothing from now on. False if it has ended, or is none of this enterprise.
pub async fn tablet_end(db: &Db, tenant: Tenant, id: Uuid, entry: &Entry) -> Result<bool, StoreError> {
    let sql = "update tablet set ended_at = $3 where enterprise_id = $1 and id = $2 and ended_at is null";
    Ok(in_transaction!(db, tx => {
        let ended = sqlx::query(sql).bind(tenant.id()).bind(id).bind(entry.at).execute(&mut *tx).await?.rows_affected() > 0;
        if ended {
            record_in!(tx, entry);
        }
        ended
    }))
}

/// Ends every tablet of an enterprise: $1 enterprise, $2 now. Gives which they were.
pub const TABLETS_END: &str = "update tablet set ended_at = $2 where enterprise_id = $1 and ended_at is null returning id";

/// Deletes those that ended by then, and those whose link did before anyone opened it; how many.
pub async fn tablet_purge(db: &Db, tenant: Tenant, over: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let sql = "delete from tablet where enterprise_id = $1 and (ended_at <= $2 or (secret_hash is null and link_until <= $2))";
    Ok(in_transaction!(db, tx => {
        let rows = sqlx::query(sql).bind(tenant.id()).bind(over).execute(&mut *tx).await?.rows_affected();
        if let Some(entry) = entry.filter(|_| rows > 0) {
            record_in!(tx, entry);
        }
        rows
    }))
}

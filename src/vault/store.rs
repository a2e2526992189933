//! The table `data_key`.

use super::WrappedKey;
use crate::{
    audit::entry::{Entry, record_in},
    db::{Db, in_transaction, on_pool},
    error::StoreError,
    id::EnterpriseId,
    period::Moment,
};

/// Every data key of an enterprise, oldest first.
pub async fn data_key_list(db: &Db, enterprise: EnterpriseId) -> Result<Vec<WrappedKey>, StoreError> {
    let sql = "select version, master_key, wrapped, created_at from data_key where enterprise_id = $1 order by version";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(enterprise).fetch_all(pool).await?))
}

/// Keeps the first of each version.
pub async fn data_key_insert(db: &Db, enterprise: EnterpriseId, key: &WrappedKey, now: Moment) -> Result<(), StoreError> {
    let sql = "insert into data_key (enterprise_id, version, master_key, wrapped, created_at) values ($1, $2, $3, $4, $5)
               on conflict (enterprise_id, version) do nothing";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(enterprise).bind(key.version).bind(&key.master_key).bind(&key.wrapped).bind(now).execute(&mut *tx).await?;
    });
    Ok(())
}

/// The enterprises that have a data key which another master key wraps: at most so many.
pub async fn data_key_enterprises_not_under(db: &Db, master_key: &str, most: i64) -> Result<Vec<EnterpriseId>, StoreError> {
    let sql = "select distinct enterprise_id from data_key where master_key <> $1 order by enterprise_id limit $2";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(master_key).bind(most).fetch_all(pool).await?))
}

/// How many enterprises have a data key which another master key wraps.
pub async fn data_key_count_not_under(db: &Db, master_key: &str) -> Result<u64, StoreError> {
    let sql = "select count(distinct enterprise_id) from data_key where master_key <> $1";
    let count: i64 = on_pool!(db, pool => sqlx::query_scalar(sql).bind(master_key).fetch_one(pool).await?);
    Ok(count.unsigned_abs())
}

/// Every enterprise that has a data key, with its newest version and when that was made.
pub async fn data_key_newest(db: &Db) -> Result<Vec<(EnterpriseId, i64)>, StoreError> {
    let sql = "select enterprise_id, max(version) from data_key group by enterprise_id order by enterprise_id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).fetch_all(pool).await?))
}

/// When the newest of all data keys was made.
pub async fn data_key_last_made(db: &Db) -> Result<Option<Moment>, StoreError> {
    let sql = "select max(created_at) from data_key";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).fetch_one(pool).await?))
}

/// The master keys that wrap something.
pub async fn data_key_master_keys(db: &Db) -> Result<Vec<String>, StoreError> {
    let sql = "select distinct master_key from data_key order by master_key";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).fetch_all(pool).await?))
}

/// The keys of an enterprise under a new master key: each one that it had, as it was and as it is to be, and a new version.
pub struct Rewrapped {
    pub enterprise: EnterpriseId,
    pub known: Vec<(WrappedKey, WrappedKey)>,
    pub new: WrappedKey,
}

/// Rewraps in one transaction; an enterprise whose keys changed meanwhile is left for the next time. Gives how many were done. The
/// entry is written with the keys of no enterprise: each rotation begins with these.
pub async fn data_key_rewrap_all(db: &Db, all: &[Rewrapped], now: Moment, entry: &Entry) -> Result<usize, StoreError> {
    let insert = "insert into data_key (enterprise_id, version, master_key, wrapped, created_at) values ($1, $2, $3, $4, $5)
                  on conflict (enterprise_id, version) do nothing";
    let swap = "update data_key set master_key = $3, wrapped = $4 where enterprise_id = $1 and version = $2 and wrapped = $5";
    let mut done = 0;
    in_transaction!(db, tx => {
        for Rewrapped { enterprise, known, new } in all {
            // The new version comes first: who was faster with it rewraps the others too.
            let inserted = sqlx::query(insert).bind(enterprise).bind(new.version).bind(&new.master_key).bind(&new.wrapped).bind(now)
                .execute(&mut *tx).await?;
            if inserted.rows_affected() == 0 {
                continue;
            }
            for (old, anew) in known {
                sqlx::query(swap).bind(enterprise).bind(old.version).bind(&anew.master_key).bind(&anew.wrapped).bind(&old.wrapped)
                    .execute(&mut *tx).await?;
            }
            if *enterprise == EnterpriseId::SYSTEM {
                record_in!(tx, entry);
            }
            done += 1;
        }
    });
    Ok(done)
}

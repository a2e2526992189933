//! The table `data_key`.

use super::WrappedKey;
use crate::{
    db::{Db, in_transaction, on_pool},
    error::StoreError,
    id::EnterpriseId,
    period::Moment,
};

/// Every data key of an enterprise, oldest first.
pub async fn data_key_list(db: &Db, enterprise: EnterpriseId) -> Result<Vec<WrappedKey>, StoreError> {
    let sql = "select version, master_key, wrapped from data_key where enterprise_id = $1 order by version";
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

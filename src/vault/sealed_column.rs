//! A column of sealed values, as its room offers it: which of its rows are under an older version, and how one is replaced by the
//! same value sealed anew. Each room has the SQL of its own; when and in which order is up to [`super::rotate`].
//!
//! A row is replaced only while it holds what was read: what somebody wrote meanwhile stays.

use std::time::Duration;

use super::{TenantKeys, VaultError, version_bytes};
use crate::{
    db::{Db, patiently},
    error::StoreError,
    id::EnterpriseId,
};

/// How many rows share a transaction: it holds SQLite's write lock for a few milliseconds.
pub const BATCH: i64 = 100;
/// Between two batches, so that whoever waits to write comes in.
const PAUSE: Duration = Duration::from_millis(2);

/// A column of sealed values.
pub trait SealedColumn {
    /// As `table.column`.
    const NAME: &'static str;
    /// What names a row within its enterprise, its sealed value, and what else that is bound to.
    type Row: Send + Sync;

    /// The next rows behind this one, or the first, that are under an older version than this.
    fn list(
        db: &Db,
        enterprise: EnterpriseId,
        version: [u8; 2],
        after: Option<&Self::Row>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// The value of a row, sealed anew.
    fn reseal(keys: &TenantKeys, row: &Self::Row) -> Result<Vec<u8>, VaultError>;

    /// Replaces, in one transaction, the values of those rows that are as they were; gives how many.
    fn swap(db: &Db, enterprise: EnterpriseId, rows: &[(&Self::Row, Vec<u8>)]) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// How many rows are under an older version than this.
    fn count(db: &Db, enterprise: EnterpriseId, version: [u8; 2]) -> impl Future<Output = Result<i64, StoreError>> + Send;
}

/// What became of a column's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    pub rows: u64,
    /// Damaged, or moved: they open nowhere, and stay as they are.
    pub closed: u64,
}

impl Resealed {
    pub const fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.closed += other.closed;
    }
}

/// Seals every row of a column anew that is under an older version than these keys seal under.
pub(super) async fn reseal<C: SealedColumn>(
    db: &Db,
    keys: &TenantKeys,
    each: &mut (impl FnMut(u64) + Send),
) -> Result<Resealed, StoreError> {
    let (enterprise, version) = (keys.enterprise(), version_bytes(keys.sealing()));
    let (mut done, mut last) = (Resealed::default(), None);
    loop {
        let rows = patiently!(C::list(db, enterprise, version, last.as_ref()))?;
        if rows.is_empty() {
            return Ok(done);
        }
        let opened: Vec<_> = rows.iter().filter_map(|row| Some((row, C::reseal(keys, row).ok()?))).collect();
        let swapped = patiently!(C::swap(db, enterprise, &opened))?;
        done.add(Resealed { rows: swapped, closed: (rows.len() - opened.len()) as u64 });
        each(swapped);
        drop(opened);
        last = rows.into_iter().next_back();
        tokio::time::sleep(PAUSE).await;
    }
}

/// Makes a [`SealedColumn`] of three statements. A row is a tuple that begins with its name and its sealed value.
///
/// `list` has the enterprise, the name it begins behind, the version and the number of rows as `$1` to `$4`; `swap` the enterprise, the
/// name, the old and the new value; `count` the enterprise and the version.
macro_rules! sealed_column {
    (
        $(#[$doc:meta])* $column:ident($table:literal), ($key:ty, Vec<u8> $(, $bound:ty)*) from $first:expr,
        list $list:literal, swap $swap:literal, count $count:literal, $reseal:expr
    ) => {
        $(#[$doc])*
        pub struct $column;

        impl $crate::vault::sealed_column::SealedColumn for $column {
            const NAME: &'static str = $table;
            type Row = ($key, Vec<u8> $(, $bound)*);

            async fn list(
                db: &$crate::db::Db,
                enterprise: $crate::id::EnterpriseId,
                version: [u8; 2],
                after: Option<&Self::Row>,
            ) -> Result<Vec<Self::Row>, $crate::error::StoreError> {
                let after: $key = after.map_or_else(|| $first, |row| row.0.clone());
                Ok($crate::db::on_pool!(db, pool => {
                    sqlx::query_as($list).bind(enterprise).bind(after).bind(&version[..]).bind($crate::vault::sealed_column::BATCH)
                        .fetch_all(pool).await?
                }))
            }

            fn reseal(keys: &$crate::vault::TenantKeys, row: &Self::Row) -> Result<Vec<u8>, $crate::vault::VaultError> {
                let reseal: fn(&$crate::vault::TenantKeys, &Self::Row) -> Result<Vec<u8>, $crate::vault::VaultError> = $reseal;
                reseal(keys, row)
            }

            async fn swap(
                db: &$crate::db::Db,
                enterprise: $crate::id::EnterpriseId,
                rows: &[(&Self::Row, Vec<u8>)],
            ) -> Result<u64, $crate::error::StoreError> {
                let mut swapped = 0;
                $crate::db::in_transaction!(db, tx => {
                    for (row, anew) in rows {
                        swapped += sqlx::query($swap).bind(enterprise).bind(&row.0).bind(&row.1).bind(anew)
                            .execute(&mut *tx).await?.rows_affected();
                    }
                });
                Ok(swapped)
            }

            async fn count(
                db: &$crate::db::Db,
                enterprise: $crate::id::EnterpriseId,
                version: [u8; 2],
            ) -> Result<i64, $crate::error::StoreError> {
                Ok($crate::db::on_pool!(db, pool => sqlx::query_scalar($count).bind(enterprise).bind(&version[..]).fetch_one(pool).await?))
            }
        }
    };
}
pub(crate) use sealed_column;

//! Sealing: nothing about a person reaches the disk in the clear.
//!
//! A key file (0600) holds master keys. Each enterprise has a data key, stored wrapped by a master key. From a data key HKDF
//! derives one key to seal with (AES-256-GCM) and one to index with (HMAC-SHA256). A sealed blob is
//! `version | algorithm | data key version | nonce | ciphertext | tag`, bound to its table, column, enterprise and row: moved
//! anywhere else it does not open. What is sealed is padded first, so that a blob's size says nothing of what stands in it.

pub mod command;
mod key_file;
mod keys;
mod store;

use std::{collections::HashMap, sync::Arc};

use tokio::sync::RwLock;

pub use self::{
    key_file::{KeyFile, KeyFileError},
    keys::{Cell, TenantKeys, is_first_format},
};
use crate::{clock::Clock, db::Db, error::StoreError, id::EnterpriseId};

/// A blob that does not open. It says nothing about why: the reasons are a wrong key, damage, or a blob from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("a sealed value does not open: wrong key, damage, or a value that was moved")]
    DoesNotOpen,
    #[error("no key in the key file opens this database: point SHENBAO_KEY_FILE at the file it was made with")]
    WrongKeyFile,
}

/// Hands out each enterprise's keys.
pub struct Vault {
    key_file: KeyFile,
    clock: Clock,
    opened: RwLock<HashMap<EnterpriseId, Arc<TenantKeys>>>,
}

impl Vault {
    pub fn new(key_file: KeyFile, clock: Clock) -> Self {
        Self { key_file, clock, opened: RwLock::default() }
    }

    /// Proves that this key file fits this database, by opening the system's own data key.
    pub async fn check(&self, db: &Db) -> Result<(), StoreError> {
        self.keys(db, EnterpriseId::SYSTEM).await.map(drop)
    }

    /// The keys of one enterprise, made on first use.
    pub async fn keys(&self, db: &Db, enterprise: EnterpriseId) -> Result<Arc<TenantKeys>, StoreError> {
        if let Some(keys) = self.opened.read().await.get(&enterprise) {
            return Ok(keys.clone());
        }
        let keys = Arc::new(self.load(db, enterprise).await?);
        self.opened.write().await.insert(enterprise, keys.clone());
        Ok(keys)
    }

    async fn load(&self, db: &Db, enterprise: EnterpriseId) -> Result<TenantKeys, StoreError> {
        let mut rows = store::data_key_list(db, enterprise).await?;
        if rows.is_empty() {
            let first = self.key_file.wrap_new(enterprise, 1);
            store::data_key_insert(db, enterprise, &first, self.clock.now()).await?;
            // Another process may have been first: what the table holds is what counts.
            rows = store::data_key_list(db, enterprise).await?;
        }
        let opened = rows.iter().map(|row| Ok((row.version, self.key_file.unwrap(enterprise, row)?))).collect::<Result<_, VaultError>>()?;
        Ok(TenantKeys::new(enterprise, opened))
    }
}

/// A data key as it is stored.
#[derive(sqlx::FromRow)]
struct WrappedKey {
    version: i64,
    master_key: String,
    wrapped: Vec<u8>,
}

//! Sealing: nothing about a person reaches the disk in the clear.
//!
//! A key file (0600) holds master keys. Each enterprise has a data key, stored wrapped by a master key. From a data key HKDF
//! derives one key to seal with (AES-256-GCM) and one to index with (HMAC-SHA256). A sealed blob is
//! `version | algorithm | data key version | nonce | ciphertext | tag`, bound to its table, column, enterprise and row: moved
//! anywhere else it does not open. What is sealed is padded first, so that a blob's size says nothing of what stands in it.
//!
//! Keys change while every process works on ([`rotate`]): a new version of a data key is only opened with at first, and sealed with
//! once each process had time to learn of it; a process that meets one it does not know reads the keys anew. Then each room's
//! [`sealed_column`] is sealed anew, batch by batch.

pub mod command;
mod key_file;
mod keys;
pub mod rotate;
pub mod sealed_column;
mod store;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use tokio::sync::RwLock;

pub use self::{
    key_file::{KeyFile, KeyFileError},
    keys::{Cell, TenantKeys, is_first_format, newest_version, version_bytes},
};
use crate::{clock::Clock, db::Db, error::StoreError, id::EnterpriseId, period::Moment};

/// So long a process goes on with the keys that it knows before it looks whether there is a newer version.
const KNOWN_SECS: i64 = 5;
/// So long after a version was made it is only opened with: by then every process has looked.
const SETTLE_SECS: i64 = 10;
/// A process that cannot learn a new version says so at most this often.
const COMPLAIN_SECS: i64 = 60;

/// A blob that does not open. It says nothing about why: the reasons are a wrong key, damage, or a blob from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("a sealed value does not open: wrong key, damage, or a value that was moved")]
    DoesNotOpen,
    #[error(
        "no key in the key file opens this database: point SHENBAO_KEY_FILE at the file it was made with, or, where `shenbao key rotate` \
         ran on another machine, copy that machine's key file over this one"
    )]
    WrongKeyFile,
}

/// Hands out each enterprise's keys.
pub struct Vault {
    /// As it was last read: it is read again when a data key is wrapped by a master key that is not in it.
    key_file: std::sync::RwLock<Arc<KeyFile>>,
    clock: Clock,
    opened: RwLock<HashMap<EnterpriseId, Opened>>,
    complained: std::sync::Mutex<Option<Moment>>,
}

/// The keys of an enterprise, as they were read last.
struct Opened {
    keys: Arc<TenantKeys>,
    /// From then on somebody looks again.
    until: Moment,
}

impl Vault {
    pub fn new(key_file: KeyFile, clock: Clock) -> Self {
        Self {
            key_file: std::sync::RwLock::new(Arc::new(key_file)),
            clock,
            opened: RwLock::default(),
            complained: std::sync::Mutex::default(),
        }
    }

    /// Proves that this key file fits this database, by opening the system's own data key.
    pub async fn check(&self, db: &Db) -> Result<(), StoreError> {
        self.keys(db, EnterpriseId::SYSTEM).await.map(drop)
    }

    /// Whether the key file can be used as it is now, and opens the system's own data key: what a server finds that starts now.
    pub async fn is_ready(&self, db: &Db) -> Result<bool, StoreError> {
        let rows = store::data_key_list(db, EnterpriseId::SYSTEM).await?;
        let known = self.key_file();
        let now = tokio::task::spawn_blocking(move || known.reopen()).await;
        let Ok(Ok(key_file)) = now else { return Ok(false) };
        Ok(rows.iter().all(|row| key_file.unwrap(EnterpriseId::SYSTEM, row).is_ok()))
    }

    /// The keys of one enterprise, made on first use; as they were at most five seconds ago.
    pub async fn keys(&self, db: &Db, enterprise: EnterpriseId) -> Result<Arc<TenantKeys>, StoreError> {
        let now = self.clock.now();
        let known = self.opened.read().await.get(&enterprise).map(|opened| (opened.keys.clone(), opened.until));
        match known {
            Some((keys, until)) if now < until => Ok(keys),
            Some((keys, _)) => Ok(self.look_again(db, enterprise, keys, now).await),
            None => self.read(db, enterprise, None).await,
        }
    }

    /// The keys of one enterprise with which what is sealed under this [version](newest_version) opens too.
    pub async fn keys_for(&self, db: &Db, enterprise: EnterpriseId, version: i64) -> Result<Arc<TenantKeys>, StoreError> {
        let keys = self.keys(db, enterprise).await?;
        if version <= keys.newest() { Ok(keys) } else { self.read(db, enterprise, Some(keys)).await }
    }

    /// One looks, the others go on with what is known; and so do all where looking fails: most of it opens and seals as before.
    async fn look_again(&self, db: &Db, enterprise: EnterpriseId, keys: Arc<TenantKeys>, now: Moment) -> Arc<TenantKeys> {
        if let Some(opened) = self.opened.write().await.get_mut(&enterprise) {
            opened.until = now.plus_secs(KNOWN_SECS);
        }
        match self.read(db, enterprise, Some(keys.clone())).await {
            Ok(keys) => keys,
            Err(error) => {
                if !matches!(error, StoreError::Busy) {
                    self.complain(&error, now);
                }
                keys
            }
        }
    }

    fn complain(&self, error: &StoreError, now: Moment) {
        let mut last = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.plus_secs(COMPLAIN_SECS) <= now) {
            *last = Some(now);
            tracing::error!(%error, "an enterprise's keys changed, and the new ones cannot be used here");
        }
    }

    /// Reads the keys of an enterprise; where nothing changed, those that are known stay.
    async fn read(&self, db: &Db, enterprise: EnterpriseId, known: Option<Arc<TenantKeys>>) -> Result<Arc<TenantKeys>, StoreError> {
        let rows = self.rows(db, enterprise).await?;
        let now = self.clock.now();
        let settled = rows.iter().rev().find(|row| row.created_at.plus_secs(SETTLE_SECS) <= now);
        let sealing = settled.or(rows.first()).map_or(0, |row| row.version);
        let newest = rows.last().map_or(0, |row| row.version);
        let keys = match known {
            Some(known) if known.newest() == newest && known.sealing() == sealing => known,
            _ => Arc::new(TenantKeys::new(enterprise, self.unwrap_all(enterprise, &rows)?, sealing)),
        };
        let opened = Opened { keys: keys.clone(), until: now.plus_secs(KNOWN_SECS) };
        self.opened.write().await.insert(enterprise, opened);
        Ok(keys)
    }

    async fn rows(&self, db: &Db, enterprise: EnterpriseId) -> Result<Vec<WrappedKey>, StoreError> {
        let rows = store::data_key_list(db, enterprise).await?;
        if !rows.is_empty() {
            return Ok(rows);
        }
        let first = self.key_file().wrap_new(enterprise, 1);
        store::data_key_insert(db, enterprise, &first, self.clock.now()).await?;
        // Another process may have been first: what the table holds is what counts.
        store::data_key_list(db, enterprise).await
    }

    fn unwrap_all(&self, enterprise: EnterpriseId, rows: &[WrappedKey]) -> Result<Vec<(i64, keys::Key)>, VaultError> {
        let key_file = self.key_file_with(rows);
        rows.iter().map(|row| Ok((row.version, key_file.unwrap(enterprise, row)?))).collect()
    }

    fn key_file(&self) -> Arc<KeyFile> {
        self.key_file.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key file; read anew where one of these is wrapped by a key that was not in it.
    fn key_file_with(&self, rows: &[WrappedKey]) -> Arc<KeyFile> {
        let known = self.key_file();
        if rows.iter().all(|row| known.has(&row.master_key)) {
            return known;
        }
        match known.reopen() {
            Ok(anew) => self.set_key_file(anew),
            Err(error) => {
                tracing::error!(%error, "the key file cannot be read again");
                known
            }
        }
    }

    fn set_key_file(&self, anew: KeyFile) -> Arc<KeyFile> {
        let anew = Arc::new(anew);
        *self.key_file.write().unwrap_or_else(PoisonError::into_inner) = anew.clone();
        anew
    }
}

/// A data key as it is stored.
#[derive(sqlx::FromRow)]
struct WrappedKey {
    version: i64,
    master_key: String,
    wrapped: Vec<u8>,
    created_at: Moment,
}

//! New keys, while every process works on.
//!
//! 1. A new master key in the key file, active from now on ([`KeyFile::add`]).
//! 2. Each enterprise, in one step: its data keys wrapped by the new master key, and a new version of its data key. All processes open
//!    with it as soon as they look, and seal with it ten seconds later.
//! 3. Every sealed value anew, under the newest version; then, once nobody can still be storing what was sealed before that, once more.
//!
//! Each step asks the database what is left to do, so it may be broken off anywhere and begun again: the next run goes on where the last
//! one stopped, and makes no further key before everything is under the newest one.

use std::{collections::HashSet, fs::File, path::Path, time::Duration};

use super::{
    KeyFile, SETTLE_SECS, Vault,
    sealed_column::{Resealed, SealedColumn, reseal},
    store::{self, Rewrapped},
    version_bytes,
};
use crate::{
    account, alert,
    audit::{entry::Entry, model::Action},
    channel,
    clock::Clock,
    db::{Db, patiently},
    declaration, delegation, enterprise,
    error::StoreError,
    gate,
    id::EnterpriseId,
    reminder, rights, roster, statistics,
};

/// Enterprises whose keys share a transaction.
const REWRAPPED: i64 = 64;
/// So long after a version was made nobody still stores what was sealed under the one before: it settles, each process looks at least
/// every five seconds, and no statement waits longer than five for its turn.
const LATE_SECS: i64 = SETTLE_SECS + 10;
const WAIT: Duration = Duration::from_millis(50);

/// How far a rotation is, for the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// An earlier one had not come to its end.
    GoingOn,
    NewMasterKey,
    /// Enterprises with new data keys, of all that are to have some.
    Rewrapped {
        done: u64,
        of: u64,
    },
    /// For all processes to learn of the new keys: so many seconds at most.
    Waiting(i64),
    /// Values sealed anew, of all that are to be.
    Resealed {
        done: u64,
        of: u64,
    },
}

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    pub enterprises: usize,
    pub resealed: Resealed,
    /// Values under an older version, in the end.
    pub left: i64,
}

/// Does `$do!(column)` for every column of sealed values. A new one gets a line here.
macro_rules! each_sealed_column {
    ($do:ident) => {
        $do!(account::sealed::Employees);
        $do!(account::sealed::Viewers);
        $do!(account::sealed::Passkeys);
        $do!(account::sealed::PasskeyNames);
        $do!(account::sealed::Ceremonies);
        $do!(account::sealed::Flows);
        $do!(enterprise::sealed::Invitations);
        $do!(declaration::sealed::Declarations);
        $do!(rights::sealed::RequestNotes);
        $do!(rights::sealed::RequestReasons);
        $do!(delegation::sealed::Requests);
        $do!(statistics::sealed::Snapshots);
        $do!(roster::sealed::Entries);
        $do!(roster::sealed::Staged);
        $do!(roster::sealed::Reports);
        $do!(alert::sealed::AlertReasons);
        $do!(alert::sealed::StepNotes);
        $do!(alert::sealed::LastingRules);
        $do!(channel::sealed::ChannelSettings);
        $do!(channel::sealed::Payloads);
        $do!(reminder::sealed::Words);
        $do!(reminder::sealed::Outcomes);
        $do!(gate::sealed::SigningKeys);
        $do!(gate::sealed::Contacts);
    };
}

/// One rotation, of the key file and of the database that it opens.
pub struct Rotation<'a> {
    pub key_file: &'a Path,
    pub db: &'a Db,
    pub clock: &'a Clock,
}

impl Rotation<'_> {
    /// Makes new keys and brings everything under them; or, where an earlier run was broken off, does what that one left.
    pub async fn run(&self, mut report: impl FnMut(Progress) + Send) -> anyhow::Result<Rotated> {
        let _alone: File = KeyFile::lock(self.key_file)?;
        let vault = Vault::new(KeyFile::open(self.key_file)?, self.clock.clone());
        vault.check(self.db).await?;
        let mut enterprises = self.rewrap(&vault, &mut report).await?;
        if enterprises > 0 {
            report(Progress::GoingOn);
        }
        let mut resealed = self.reseal(&vault, &mut report, Resealed::default()).await?;
        if enterprises == 0 && resealed.rows == 0 {
            vault.set_key_file(KeyFile::add(self.key_file)?);
            report(Progress::NewMasterKey);
            enterprises = self.rewrap(&vault, &mut report).await?;
            resealed = self.reseal(&vault, &mut report, Resealed::default()).await?;
        } else if enterprises == 0 {
            report(Progress::GoingOn);
        }
        self.wait(LATE_SECS, &mut report).await?;
        // What was registered, and stored, while it went on.
        enterprises += self.rewrap(&vault, &mut report).await?;
        resealed = self.reseal(&vault, &mut report, Resealed { closed: 0, ..resealed }).await?;
        Ok(Rotated { enterprises, resealed, left: left(self.db).await? })
    }

    async fn rewrap(&self, vault: &Vault, report: &mut (impl FnMut(Progress) + Send)) -> Result<usize, StoreError> {
        let mut done = 0;
        loop {
            let active = vault.key_file().summary().1.to_owned();
            let of = done as u64 + patiently!(store::data_key_count_not_under(self.db, &active))?;
            let next = patiently!(store::data_key_enterprises_not_under(self.db, &active, REWRAPPED))?;
            if next.is_empty() {
                return Ok(done);
            }
            let mut all = Vec::with_capacity(next.len());
            for enterprise in next {
                let known = patiently!(store::data_key_list(self.db, enterprise))?;
                all.push(vault.rewrapped(enterprise, known)?);
            }
            let (system, now) = (patiently!(vault.keys(self.db, EnterpriseId::SYSTEM))?, self.clock.now());
            let entry = Entry::by_operator(system, now, Action::RotateKey);
            done += patiently!(store::data_key_rewrap_all(self.db, &all, now, &entry))?;
            report(Progress::Rewrapped { done: done as u64, of });
        }
    }

    async fn reseal(&self, vault: &Vault, report: &mut (impl FnMut(Progress) + Send), mut done: Resealed) -> Result<Resealed, StoreError> {
        self.wait(SETTLE_SECS, report).await?;
        let enterprises = patiently!(store::data_key_newest(self.db))?;
        // What came late is little, and not worth another count.
        let of = if done.rows == 0 { left(self.db).await?.unsigned_abs() } else { done.rows };
        for (enterprise, newest) in enterprises {
            let mut keys = patiently!(vault.keys_for(self.db, enterprise, newest))?;
            if keys.sealing() < newest {
                keys = patiently!(vault.read(self.db, enterprise, None))?;
            }
            macro_rules! reseal_column {
                ($column:ty) => {
                    let before = done;
                    let mut rows = before.rows;
                    let mut each = |more| {
                        rows += more;
                        report(Progress::Resealed { done: rows, of: of.max(rows) });
                    };
                    done.add(reseal::<$column>(self.db, &keys, &mut each).await?);
                };
            }
            each_sealed_column!(reseal_column);
        }
        Ok(done)
    }

    /// Waits until so long after the newest version was made.
    async fn wait(&self, secs: i64, report: &mut (impl FnMut(Progress) + Send)) -> Result<(), StoreError> {
        let Some(made) = patiently!(store::data_key_last_made(self.db))? else { return Ok(()) };
        // A clock that was put back must not let it wait for ever.
        let until = made.min(self.clock.now()).plus_secs(secs);
        let left = until.as_millis() - self.clock.now().as_millis();
        if left > 0 {
            report(Progress::Waiting(left / 1000 + 1));
        }
        while self.clock.now() < until {
            tokio::time::sleep(WAIT).await;
        }
        Ok(())
    }
}

impl Vault {
    /// The keys of an enterprise, wrapped by the active master key, and a new one.
    fn rewrapped(&self, enterprise: EnterpriseId, known: Vec<super::WrappedKey>) -> Result<Rewrapped, StoreError> {
        let version = known.last().map_or(0, |row| row.version) + 1;
        let unwrapped = self.unwrap_all(enterprise, &known)?;
        let key_file = self.key_file();
        let anew = unwrapped.iter().map(|(version, key)| key_file.wrap(enterprise, *version, key));
        Ok(Rewrapped { enterprise, known: known.into_iter().zip(anew).collect(), new: key_file.wrap_new(enterprise, version) })
    }
}

/// How many values are under an older version than their enterprise's newest.
pub async fn left(db: &Db) -> Result<i64, StoreError> {
    let mut left = 0;
    for (enterprise, newest) in store::data_key_newest(db).await? {
        macro_rules! count_column {
            ($column:ty) => {
                left += patiently!(<$column>::count(db, enterprise, version_bytes(newest)))?;
            };
        }
        each_sealed_column!(count_column);
    }
    Ok(left)
}

/// Drops the master keys that wrap nothing any more; gives the ids of those that went.
pub async fn retire(key_file: &Path, db: &Db) -> anyhow::Result<Vec<String>> {
    let _alone: File = KeyFile::lock(key_file)?;
    let before = KeyFile::open(key_file)?;
    let used: HashSet<String> = store::data_key_master_keys(db).await?.into_iter().collect();
    let gone: Vec<String> = before.ids().filter(|id| !used.contains(*id) && *id != before.summary().1).map(str::to_owned).collect();
    if !gone.is_empty() {
        KeyFile::retain(key_file, &used)?;
    }
    Ok(gone)
}

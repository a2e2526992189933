//! `shenbao audit …`

use std::collections::BTreeSet;

use clap::Subcommand;
use data_encoding::HEXLOWER;

use super::{
    store,
    verify::{Verdict, verify},
};
use crate::{
    account::caller::Tenant,
    clock::Clock,
    config::Storage,
    db::Db,
    enterprise::registry,
    error::StoreError,
    id::EnterpriseId,
    terminal::say,
    vault::{KeyFile, Vault},
};

#[derive(Subcommand)]
pub enum Audit {
    /// Check that no entry of any enterprise was edited, deleted, moved or cut off; fails where one was
    ///
    /// It prints the last entry's number and chain for each enterprise. Whoever keeps these apart from the database also finds
    /// out when the whole database was put back to an earlier day.
    Verify(Storage),
}

impl Audit {
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Verify(storage) => run_verify(&storage).await,
        }
    }
}

/// Every one that is registered, every one that has entries, and what belongs to none.
async fn enterprises(db: &Db) -> Result<BTreeSet<EnterpriseId>, StoreError> {
    let registered = registry::list(db).await?.into_iter().map(|enterprise| enterprise.id);
    let written = store::audit_enterprises(db).await?;
    Ok(registered.chain(written).chain([EnterpriseId::SYSTEM]).collect())
}

async fn run_verify(storage: &Storage) -> anyhow::Result<()> {
    let vault = Vault::new(KeyFile::open(&storage.key_file)?, Clock::default());
    let db = Db::open_existing(&storage.database_url).await?;
    vault.check(&db).await?;
    let (mut whole, mut broken) = (0, 0);
    for enterprise in enterprises(&db).await? {
        let keys = vault.keys(&db, enterprise).await?;
        let name = if enterprise == EnterpriseId::SYSTEM { "no enterprise".to_owned() } else { enterprise.to_string() };
        match verify(&db, Tenant::of_operator(enterprise), &keys).await? {
            Verdict::Whole { number, chain } => {
                whole += 1;
                say!("{name}  {number} entries  {}", HEXLOWER.encode(&chain));
            }
            Verdict::Broken(why) => {
                broken += 1;
                say!("{name}  BROKEN  {why}");
            }
        }
    }
    db.close().await;
    anyhow::ensure!(broken == 0, "{broken} of {} are broken: compare with a backup made before", whole + broken);
    say!("{whole} enterprise(s), no entry edited, deleted, moved or cut off.");
    Ok(())
}

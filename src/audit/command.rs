//! `shenbao audit …`

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

async fn run_verify(storage: &Storage) -> anyhow::Result<()> {
    let vault = Vault::new(KeyFile::open(&storage.key_file)?, Clock::default());
    let db = Db::open_existing(&storage.database_url).await?;
    vault.check(&db).await?;
    let (mut whole, mut broken) = (0, 0);
    for enterprise in store::audit_enterprises(&db).await? {
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

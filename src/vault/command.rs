//! `shenbao key …`

use clap::Subcommand;

use super::{KeyFile, Vault};
use crate::{clock::Clock, config::Storage, db::Db};

#[derive(Subcommand)]
pub enum Key {
    /// Make a key file; an existing one is never overwritten
    New(Storage),
    /// Check that the key file is safe and fits the database
    Check(Storage),
}

impl Key {
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::New(storage) => {
                KeyFile::create(&storage.key_file)?;
                println!(
                    "Made {}. Keep a copy apart from the database's backups: without it nobody can read them.",
                    storage.key_file.display()
                );
            }
            Self::Check(storage) => {
                let file = KeyFile::open(&storage.key_file)?;
                let (count, active) = file.summary();
                let said = format!("{}: {count} key(s), {active} active, mode safe.", storage.key_file.display());
                let db = Db::open_existing(&storage.database_url).await?;
                Vault::new(file, Clock::default()).check(&db).await?;
                db.close().await;
                println!("{said} It opens the database.");
            }
        }
        Ok(())
    }
}

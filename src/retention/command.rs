//! `shenbao purge`

use clap::Args;

use super::{Done, Purged, Purging};
use crate::{
    audit::model::ActorKind,
    clock::Clock,
    config::{Retention, Storage},
    db::Db,
    terminal::say,
    vault::{KeyFile, Vault},
};

#[derive(Args)]
pub struct Purge {
    #[command(flatten)]
    storage: Storage,
    #[command(flatten)]
    retention: Retention,
    /// PostgreSQL: write the tables anew afterwards, so that their files hold nothing of what was deleted. Each is locked meanwhile. SQLite's
    /// file is always written anew
    #[arg(long)]
    rewrite: bool,
}

impl Purge {
    pub async fn run(self) -> anyhow::Result<()> {
        let db = Db::open_existing(&self.storage.database_url).await?;
        let clock = Clock::default();
        let vault = Vault::new(KeyFile::open(&self.storage.key_file)?, clock.clone());
        vault.check(&db).await?;
        let purging = Purging { db: &db, vault: &vault, clock: &clock, days: self.retention.retention_days, by: ActorKind::Operator };
        let purged = purging.purge(&mut Done::new()).await?;
        if self.rewrite || purged == Purged::default() {
            // Also where an earlier purge could not do it.
            db.rewrite(self.rewrite).await?;
        }
        say!("Declarations older than {} days: deleted. What went: {purged}.", self.retention.retention_days);
        if matches!(db, Db::Postgres(_)) && !self.rewrite {
            say!("PostgreSQL keeps the old bytes in free space until they are overwritten: see --rewrite.");
        }
        db.close().await;
        Ok(())
    }
}

//! `shenbao key gate`

use clap::Args;

use super::answer;
use crate::{
    account::{caller::Tenant, command::Open},
    config::Storage,
    terminal::say,
};

#[derive(Args)]
pub struct NewKey {
    #[command(flatten)]
    storage: Storage,
    /// The enterprise: its unified social credit code, or its id
    #[arg(long)]
    enterprise: String,
}

impl NewKey {
    pub async fn run(self) -> anyhow::Result<()> {
        let open = Open::open(&self.storage).await?;
        let enterprise = open.find(&self.enterprise).await?;
        let keys = open.vault.keys(&open.db, enterprise.id).await?;
        answer::replace_key(&open.db, Tenant::of_operator(enterprise.id), keys, open.clock.now()).await?;
        say!("Passes of {} are signed by another key from now on.", enterprise.name);
        say!("Passes that are open renew their code within minutes, or when they are reloaded. Guards open their page anew.");
        open.db.close().await;
        Ok(())
    }
}

//! `shenbao manager …`

use anyhow::bail;
use clap::{Args, Subcommand};
use uuid::Uuid;

use super::store;
use crate::{
    account::{caller::Tenant, command::Open, representative},
    audit::{entry::Entry, model::Action},
    config::Storage,
    enterprise::model::Enterprise,
    id::EnterpriseId,
    terminal::say,
};

#[derive(Subcommand)]
pub enum Manager {
    /// List whom representatives have authorised, with the id of each authorisation
    List(List),
    /// Take an authorisation back, from the manager's next request on
    Revoke(Revoke),
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    storage: Storage,
    /// The enterprise: its unified social credit code, or its id
    #[arg(long)]
    enterprise: String,
}

#[derive(Args)]
pub struct Revoke {
    #[command(flatten)]
    storage: Storage,
    /// The enterprise: its unified social credit code, or its id
    #[arg(long)]
    enterprise: String,
    /// The authorisation, as `shenbao manager list` shows it
    id: Uuid,
}

impl Manager {
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(args) => args.run().await,
            Self::Revoke(args) => args.run().await,
        }
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let open = Open::open(&self.storage).await?;
        let enterprise: Enterprise = open.find(&self.enterprise).await?;
        let rows = store::grant_list_live(&open.db, Tenant::of_operator(enterprise.id), open.clock.now()).await?;
        if rows.is_empty() {
            say!("Nobody was authorised in {}.", enterprise.name);
        }
        for (id, viewer, permissions, expires_at) in rows {
            let name = representative::person_of(&open.db, &open.vault, viewer).await?.map(|person| person.name).unwrap_or_default();
            let until = enterprise.local_time(expires_at);
            say!("{}  {name}  {permissions}  until {until}", id.simple());
        }
        open.db.close().await;
        Ok(())
    }
}

impl Revoke {
    async fn run(self) -> anyhow::Result<()> {
        let open = Open::open(&self.storage).await?;
        let enterprise: Enterprise = open.find(&self.enterprise).await?;
        let id: EnterpriseId = enterprise.id;
        let entry = Entry::by_operator(open.vault.keys(&open.db, id).await?, open.clock.now(), Action::RevokeManager);
        if !store::grant_revoke(&open.db, Tenant::of_operator(id), self.id, entry).await? {
            bail!("{} has no such authorisation in force: see shenbao manager list", enterprise.name);
        }
        say!("It is taken back.");
        open.db.close().await;
        Ok(())
    }
}

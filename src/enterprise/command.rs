//! `shenbao enterprise …`

use std::path::PathBuf;

use anyhow::Context;
use chrono_tz::Tz;
use clap::{Args, Subcommand};

use super::{
    import::{self, Defaults, ImportError},
    model::{DEFAULT_QUESTIONNAIRE, DEFAULT_TIMEZONE, Uscc, enterprise_name},
    registry::{self, Registration},
};
use crate::{
    clock::Clock,
    config::{Public, Storage},
    db::Db,
    link,
    questionnaire::catalogue::Catalogue,
    state::PublicUrl,
    terminal::say,
    vault::{KeyFile, Vault},
};

#[derive(Subcommand)]
pub enum Enterprise {
    /// Register an enterprise and make its first invitation
    Add(Box<Add>),
    /// List every enterprise: id, USCC, time zone, questionnaire, name
    List(Storage),
    /// Register enterprises and their representatives from a CSV file, all or none
    Import(Import),
}

#[derive(Args)]
pub struct Add {
    /// Unified social credit code (统一社会信用代码)
    #[arg(long, value_parser = Uscc::parse)]
    uscc: Uscc,
    /// Name, as employees know it
    #[arg(long, value_parser = enterprise_name)]
    name: String,
    #[command(flatten)]
    habits: Habits,
    #[command(flatten)]
    storage: Storage,
    #[command(flatten)]
    public: Public,
}

#[derive(Args)]
pub struct Import {
    /// UTF-8, with a header: USCC, name, representative, ID (or 统一社会信用代码, 企业名称, 法定代表人, 证件号码); with a further column
    /// `document` (证件类型) for other documents than residents' IDs
    file: PathBuf,
    /// Makes the representative of each row the only one of that enterprise: who represents it and is not in the file loses it, and with
    /// them every manager whom they authorised. Without it, another representative is a mistake, and further ones keep what they have
    #[arg(long)]
    replace: bool,
    /// Only says what it would do
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    habits: Habits,
    #[command(flatten)]
    storage: Storage,
}

/// What an enterprise has unless its operator says otherwise.
#[derive(Args)]
struct Habits {
    /// IANA time zone; decides when its day begins
    #[arg(long, default_value = DEFAULT_TIMEZONE, value_parser = timezone)]
    timezone: Tz,
    /// Code of the questionnaire that its employees answer
    #[arg(long, default_value = DEFAULT_QUESTIONNAIRE)]
    questionnaire: String,
}

fn timezone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "not an IANA time zone, such as Asia/Shanghai or Asia/Urumqi".to_owned())
}

impl Enterprise {
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => add.run().await,
            Self::List(storage) => list(&storage).await,
            Self::Import(import) => import.run().await,
        }
    }
}

impl Add {
    async fn run(self) -> anyhow::Result<()> {
        let public_url = PublicUrl::parse(&self.public.public_url)?;
        self.habits.check(&self.storage)?;
        let (db, vault, clock) = open(&self.storage).await?;
        let Self { uscc, name, habits: Habits { timezone, questionnaire }, .. } = self;
        let registration = Registration { uscc, name, timezone, questionnaire, representative: None };
        let (enterprise, code) = registry::add(&db, &vault, &clock, registration).await?;
        db.close().await;
        say!("{}  {}  {}", enterprise.id, enterprise.uscc, enterprise.name);
        say!("Invitation: {}", public_url.link(&link::invitation(code.as_str())));
        say!("Next, say who represents it: shenbao representative add --help");
        Ok(())
    }
}

impl Import {
    async fn run(self) -> anyhow::Result<()> {
        self.habits.check(&self.storage)?;
        let table = std::fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let (db, vault, clock) = open(&self.storage).await?;
        let defaults = Defaults { timezone: self.habits.timezone, questionnaire: self.habits.questionnaire.clone() };
        let done = self.import(&db, &vault, &clock, &table, &defaults).await;
        db.close().await;
        if let Err(ImportError::Mistakes(mistakes)) = &done {
            for mistake in mistakes {
                eprintln!("{mistake}");
            }
        }
        Ok(done?)
    }

    async fn import(&self, db: &Db, vault: &Vault, clock: &Clock, table: &[u8], defaults: &Defaults) -> Result<(), ImportError> {
        let plan = import::plan(db, vault, table, self.replace).await?;
        for change in &plan.changes {
            say!("{change}");
        }
        if plan.kept > 0 {
            say!(
                "{} representative(s) of these enterprises are not in the file, and stay: --replace takes their enterprise away.",
                plan.kept
            );
        }
        if self.dry_run {
            say!("{}: nothing was done.", plan.would());
            return Ok(());
        }
        let report = plan.carry_out(db, vault, clock, defaults).await?;
        say!("{} added, {} known already.", report.added, report.unchanged);
        if self.replace {
            say!("{} got another representative; {} representative(s) removed.", report.replaced, report.removed);
        }
        Ok(())
    }
}

impl Habits {
    fn check(&self, storage: &Storage) -> anyhow::Result<()> {
        let catalogue = Catalogue::load(storage.questionnaires.as_deref())?;
        let known = catalogue.newest(&self.questionnaire).is_some();
        anyhow::ensure!(known, "there is no questionnaire {:?}: see `shenbao questionnaire list`", self.questionnaire);
        Ok(())
    }
}

async fn list(storage: &Storage) -> anyhow::Result<()> {
    let db = Db::open_existing(&storage.database_url).await?;
    for enterprise in registry::list(&db).await? {
        let crate::enterprise::model::Enterprise { id, uscc, timezone, questionnaire, name, .. } = enterprise;
        say!("{id}  {uscc}  {timezone}  {questionnaire}  {name}");
    }
    db.close().await;
    Ok(())
}

async fn open(storage: &Storage) -> anyhow::Result<(Db, Vault, Clock)> {
    let clock = Clock::default();
    let vault = Vault::new(KeyFile::open(&storage.key_file)?, clock.clone());
    let db = Db::open(&storage.database_url).await?;
    vault.check(&db).await?;
    Ok((db, vault, clock))
}

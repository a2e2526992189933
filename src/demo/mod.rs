//! `shenbao demo`: the whole application on invented people, in a folder of its own.
//!
//! The data is made through the same functions that real people's goes through ([`seed`]); names and numbers come from lists
//! ([`people`]), answers from whatever the questionnaire asks ([`answers`]). It is dated relative to the day on which it was
//! made, and so each day has its own database: the first start on a new day makes a new one and removes the old.

mod answers;
mod people;
mod seed;

use std::{
    fs,
    io::{self, IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use chrono_tz::Tz;
use clap::Args;

pub use self::seed::seed;
use crate::{
    account::{caller::Tenant, oidc::Audience},
    clock::Clock,
    config::Serve,
    enterprise::{image, registry},
    link, serve,
    state::AppState,
    terminal::say,
    vault::KeyFile,
};

/// The settings of `serve`, with the database and the key file of the demo folder instead of any that are given.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Folder with the demo's own database and key file; anything else that the settings say about these is not used
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    pub data: PathBuf,
    /// Sign in by face at the invented identity provider too, which `make idp` starts
    #[arg(long, conflicts_with = "providers")]
    pub idp: bool,
    #[command(flatten)]
    pub serve: Serve,
}

/// The invented identity provider, as `end2end/idp` plays it.
const IDP: &str = include_str!("idp.toml");
const IDP_FILE: &str = "idp.toml";

impl Demo {
    /// Opens the demo of today, and makes it first where there is none. Says on the terminal what it does.
    pub async fn open(&self) -> anyhow::Result<AppState> {
        fs::create_dir_all(&self.data).with_context(|| format!("cannot make the folder {}", self.data.display()))?;
        let key_file = self.data.join("demo.key");
        if !key_file.exists() {
            KeyFile::create(&key_file)?;
        }
        if self.idp {
            self.write_idp()?;
        }
        let database = format!("demo-{}.db", Clock::default().today(Tz::Asia__Shanghai));
        if !self.data.join(&database).exists() {
            eprintln!("Inventing the demo's people, dated relative to today (a few seconds) …");
            self.make(&key_file, &database).await?;
        }
        serve::open(&self.settings(&key_file, &database), true).await
    }

    /// Makes today's database under another name first, so that one that was not finished is never taken for one that was.
    async fn make(&self, key_file: &Path, database: &str) -> anyhow::Result<()> {
        const UNFINISHED: &str = "unfinished.db";
        if remove_databases(&self.data)? {
            eprintln!("It is a new day: the demo starts anew, without what was entered before.");
        }
        let state = serve::open(&self.settings(key_file, UNFINISHED), true).await?;
        seed(&state).await?;
        state.db.close().await;
        fs::rename(self.data.join(UNFINISHED), self.data.join(database))?;
        Ok(())
    }

    fn settings(&self, key_file: &Path, database: &str) -> Serve {
        let mut settings = self.serve.clone();
        settings.storage.database_url = format!("sqlite:{}", self.data.join(database).display());
        key_file.clone_into(&mut settings.storage.key_file);
        if self.idp {
            settings.providers = Some(self.data.join(IDP_FILE));
        }
        settings
    }

    /// Readable by its owner only, as every file with a client secret must be; this secret is no secret.
    fn write_idp(&self) -> anyhow::Result<()> {
        let path = self.data.join(IDP_FILE);
        let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(IDP.as_bytes())).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Removes the demo databases of a folder, and what SQLite keeps beside them. True if there was a finished one.
fn remove_databases(folder: &Path) -> io::Result<bool> {
    let mut finished = false;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = ["demo-", "unfinished."].iter().any(|start| name.starts_with(start));
        if ours && [".db", ".db-wal", ".db-shm"].iter().any(|end| name.ends_with(end)) {
            finished |= name.starts_with("demo-");
            fs::remove_file(entry.path())?;
        }
    }
    Ok(finished)
}

/// Tells on the terminal where to go and how to enter.
pub async fn welcome(state: &AppState) -> anyhow::Result<()> {
    let enterprises = registry::list(&state.db).await?;
    let enterprise = enterprises.first().context("the demo has no enterprise")?;
    let code = registry::current_code(&state.db, &state.vault, &state.clock, Tenant::of_operator(enterprise.id)).await?;
    let invitation = state.public_url.link(&link::invitation(code.as_str()));
    let picture = image::qr_text(&invitation, io::stdout().is_terminal())?;
    say!("\n{picture}");
    say!("  Employee        {invitation}");
    say!("  Representative  {}  (one click there: no sign-in in the demo)", state.public_url.link(link::ENTRY));
    if !state.providers.choices(Audience::Representative).is_empty() {
        let person = people::representative();
        say!("  By face         {}, {} at the provider that `make idp` starts", person.name, person.document.number());
    }
    say!("\n  {} is invented, and so is everyone in it. A phone reaches this only with --public-url.", enterprise.name);
    say!("  Stop with Ctrl-C; today's demo stays in its folder.\n");
    Ok(())
}

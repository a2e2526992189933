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
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use anyhow::Context;
use chrono_tz::Tz;
use clap::Args;

pub use self::seed::seed;
use crate::{
    account::caller::Tenant,
    clock::Clock,
    config::Serve,
    enterprise::{image, registry},
    link, serve,
    state::AppState,
    vault::KeyFile,
};

/// The settings of `serve`, with the database and the key file of the demo folder instead of any that are given.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Folder with the demo's own database and key file; anything else that the settings say about these is not used
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    pub data: PathBuf,
    #[command(flatten)]
    pub serve: Serve,
}

impl Demo {
    /// Opens the demo of today, and makes it first where there is none. Says on the terminal what it does.
    pub async fn open(&self) -> anyhow::Result<AppState> {
        fs::create_dir_all(&self.data).with_context(|| format!("cannot make the folder {}", self.data.display()))?;
        let key_file = self.data.join("demo.key");
        if !key_file.exists() {
            KeyFile::create(&key_file)?;
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
        settings
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
    println!("\n{picture}");
    println!("  Employee        {invitation}");
    println!("  Representative  {}  (one click there: no sign-in in the demo)", state.public_url.link(link::ENTRY));
    println!("\n  {} is invented, and so is everyone in it. A phone reaches this only with --public-url.", enterprise.name);
    println!("  Stop with Ctrl-C; today's demo stays in its folder.\n");
    Ok(())
}

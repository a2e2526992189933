//! `shenbao key …`

use std::io::{IsTerminal, Write};

use clap::Subcommand;

use super::{
    KeyFile, Vault,
    rotate::{self, Progress, Rotated, Rotation},
};
use crate::{
    audit::{
        entry::{self, Entry},
        model::Action,
    },
    clock::Clock,
    config::{KeyPath, Storage},
    db::Db,
    gate,
    id::EnterpriseId,
    terminal::say,
};

#[derive(Subcommand)]
pub enum Key {
    /// Make a key file; an existing one is never overwritten
    New(KeyPath),
    /// Check that the key file is safe and fits the database, and that nothing is left under older keys
    Check(Storage),
    /// Add a new master key to the key file, for `key rotate` to go over to: where several machines have a copy of the file, copy it to all of
    /// them in between
    Add(Storage),
    /// Go over to new keys while servers run: a new master key, new data keys, every sealed value anew. Broken off, it goes on with the next
    /// run
    Rotate(Storage),
    /// Drop master keys that wrap nothing in the database any more. Backups from before the rotation open only with the old key file
    Retire(Storage),
    /// Have an enterprise's passes at the gate signed by another key. What was signed before is void at once, and guards open their page anew
    Gate(gate::command::NewKey),
}

impl Key {
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::New(path) => new(&path),
            Self::Check(storage) => check(&storage).await,
            Self::Add(storage) => add(&storage).await,
            Self::Rotate(storage) => rotate(&storage).await,
            Self::Retire(storage) => retire(&storage).await,
            Self::Gate(args) => args.run().await,
        }
    }
}

fn new(path: &KeyPath) -> anyhow::Result<()> {
    KeyFile::create(&path.key_file)?;
    let path = path.key_file.display();
    say!("Made {path}. Keep a copy apart from the database's backups: without it nobody can read them.");
    Ok(())
}

async fn check(storage: &Storage) -> anyhow::Result<()> {
    let file = KeyFile::open(&storage.key_file)?;
    let (count, active) = file.summary();
    let said = format!("{}: {count} key(s), {active} active, mode safe.", storage.key_file.display());
    let db = Db::open_existing(&storage.database_url).await?;
    Vault::new(file, Clock::default()).check(&db).await?;
    let left = rotate::left(&db).await?;
    db.close().await;
    say!("{said} It opens the database.");
    say!("{}", left_words(left));
    Ok(())
}

async fn add(storage: &Storage) -> anyhow::Result<()> {
    let (db, vault) = open(storage).await?;
    let _alone = KeyFile::lock(&storage.key_file)?;
    write_down(&db, &vault, Action::AddKey).await?;
    db.close().await;
    let file = KeyFile::add(&storage.key_file)?;
    say!("Added the master key {} to {}.", file.summary().1, storage.key_file.display());
    say!("Copy the file to every machine that has one, and keep a copy apart from the backups. Then: shenbao key rotate");
    Ok(())
}

async fn rotate(storage: &Storage) -> anyhow::Result<()> {
    let (db, _) = open(storage).await?;
    let clock = Clock::default();
    let rotation = Rotation { key_file: &storage.key_file, db: &db, clock: &clock };
    let mut line = Line::default();
    let done = rotation.run(|progress| line.show(progress)).await;
    line.end();
    let Rotated { enterprises, resealed, left } = done?;
    say!("New data keys for {enterprises} enterprise(s), {} value(s) sealed anew.", resealed.rows);
    if resealed.closed > 0 {
        say!("{} value(s) open with no key and stay as they are: damaged, or moved.", resealed.closed);
    }
    say!("{}", left_words(left));
    if let Err(error) = db.forget_old_pages().await {
        say!("The old values may still stand in free space of the database: {error}. Run `shenbao purge` when it is quiet.");
    }
    db.close().await;
    say!(
        "Keep a copy of {} apart from the backups. Older backups need the old master key: see `shenbao key retire --help`.",
        storage.key_file.display()
    );
    Ok(())
}

async fn retire(storage: &Storage) -> anyhow::Result<()> {
    let (db, vault) = open(storage).await?;
    let gone = rotate::retire(&storage.key_file, &db).await?;
    if !gone.is_empty() {
        write_down(&db, &vault, Action::RetireKey).await?;
    }
    db.close().await;
    if gone.is_empty() {
        say!("Every key in {} is in use.", storage.key_file.display());
    } else {
        say!("Dropped {} from {}.", gone.join(", "), storage.key_file.display());
        say!("Backups from before the last rotation open only with a copy of the old file: keep it as long as you keep them.");
    }
    Ok(())
}

/// The database, which the key file must fit.
async fn open(storage: &Storage) -> anyhow::Result<(Db, Vault)> {
    let file = KeyFile::open(&storage.key_file)?;
    let db = Db::open_existing(&storage.database_url).await?;
    let vault = Vault::new(file, Clock::default());
    vault.check(&db).await?;
    Ok((db, vault))
}

/// The key file has no transaction: what is done to it is written down on its own.
async fn write_down(db: &Db, vault: &Vault, action: Action) -> anyhow::Result<()> {
    let keys = vault.keys(db, EnterpriseId::SYSTEM).await?;
    Ok(entry::record(db, &Entry::by_operator(keys, Clock::default().now(), action)).await?)
}

fn left_words(left: i64) -> String {
    match left {
        0 => "No value is under an older data key.".to_owned(),
        left => format!("{left} value(s) are under an older data key: run `shenbao key rotate`."),
    }
}

/// One line that shows how far it is; a line for each step where nobody watches.
#[derive(Default)]
struct Line {
    begun: bool,
}

impl Line {
    fn show(&mut self, progress: Progress) {
        match progress {
            Progress::GoingOn => self.say("An earlier rotation was not finished: this one goes on with it."),
            Progress::NewMasterKey => self.say("Added a new master key to the key file."),
            Progress::Waiting(secs) => self.say(&format!("Waiting {secs} s, so that every server knows the new keys …")),
            Progress::Rewrapped { done, of } => self.count(done, of, "enterprise(s) have new keys"),
            Progress::Resealed { done, of } => self.count(done, of, "value(s) sealed anew"),
        }
    }

    fn say(&mut self, words: &str) {
        self.end();
        say!("{words}");
    }

    fn count(&mut self, done: u64, of: u64, what: &str) {
        let words = format!("{done} of {of} {what}");
        if std::io::stdout().is_terminal() {
            self.rewrite(&words);
        } else if done == of {
            self.say(&words);
        }
    }

    fn rewrite(&mut self, words: &str) {
        self.begun = true;
        print!("\r{words}");
        let _ = std::io::stdout().flush();
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.begun) {
            say!("");
        }
    }
}

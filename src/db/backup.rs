//! `shenbao backup`: the whole database in one file, while servers run. SQLite copies itself; for PostgreSQL it is `pg_dump`.

use std::{
    fs::{self, File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail, ensure};
use clap::Args;

use super::{Db, Sqlite};
use crate::{config::Storage, terminal::say};

const OWNER_ONLY: u32 = 0o600;

#[derive(Args)]
pub struct Backup {
    #[command(flatten)]
    storage: Storage,
    /// The file to make; an existing one is never overwritten
    file: PathBuf,
}

impl Backup {
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { storage, file } = self;
        ensure!(!file.exists(), "{} is there already, and a backup is never overwritten: give another name", file.display());
        // Whoever finds the file finds all of it.
        let unfinished = Unfinished::create(&file)?;
        if storage.database_url.starts_with("sqlite:") {
            copy_sqlite(&storage.database_url, &unfinished.0).await?;
        } else {
            dump_postgres(&storage.database_url, &unfinished.0)?;
        }
        unfinished.finish(&file)?;
        say!("{}", words(&file, &storage.key_file));
        Ok(())
    }
}

fn words(file: &Path, key_file: &Path) -> String {
    let (file, key) = (file.display(), key_file.display());
    let here = if key_file.exists() { "" } else { ", which is not on this machine" };
    format!(
        "Made {file}, readable by its owner only.\n\
         It is useless without the key file {key}{here}: keep a copy of that too, and keep the two apart."
    )
}

/// A backup under way; it goes if it comes to nothing.
struct Unfinished(PathBuf);

impl Unfinished {
    fn create(file: &Path) -> anyhow::Result<Self> {
        let mut name = file.as_os_str().to_owned();
        name.push(".unfinished");
        let path = PathBuf::from(name);
        let new = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&path);
        new.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                anyhow::anyhow!("{} is there: another backup is under way, or was cut off; then delete it", path.display())
            }
            _ => anyhow::Error::new(error).context(format!("cannot make {}", path.display())),
        })?;
        Ok(Self(path))
    }

    /// Makes it durable, and gives it its name if nobody has taken that meanwhile.
    fn finish(self, file: &Path) -> anyhow::Result<()> {
        File::open(&self.0)?.sync_all()?;
        ensure!(!file.exists(), "{} was made meanwhile, and a backup is never overwritten", file.display());
        fs::rename(&self.0, file).with_context(|| format!("cannot make {}", file.display()))?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(File::open(folder)?.sync_all()?)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// One state of the database, without waiting for writers or keeping them waiting.
async fn copy_sqlite(url: &str, file: &Path) -> anyhow::Result<()> {
    let sqlite = Sqlite::open(url, false).await?;
    let path = file.to_str().context("the file's name is not UTF-8")?;
    let copied = sqlx::query("vacuum into $1").bind(path).execute(&sqlite.write).await;
    Db::Sqlite(sqlite).close().await;
    copied.map(drop).context("the database could not be copied")
}

fn dump_postgres(url: &str, file: &Path) -> anyhow::Result<()> {
    let (url, password) = without_password(url);
    let mut dump = Command::new("pg_dump");
    dump.args(["--format=custom", "--no-password", "--no-owner", "--no-privileges", "--dbname", &url]).arg("--file").arg(file);
    // Others on this machine see a command's arguments, and not its environment.
    if let Some(password) = password {
        dump.env("PGPASSWORD", password);
    }
    let status = dump.status().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            anyhow::anyhow!("there is no pg_dump here: install PostgreSQL's client programs, of the server's version or a later one")
        }
        _ => anyhow::Error::new(error).context("pg_dump does not start"),
    })?;
    if !status.success() {
        bail!("pg_dump could not copy the database; what it said stands above");
    }
    Ok(())
}

/// The URL without its password, and the password.
fn without_password(url: &str) -> (String, Option<String>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, mut password) = user.split_once(':').map_or((user, None), |(user, password)| (user, Some(decoded(password))));
    let (path, query) = path.split_once('?').map_or((path, ""), |(path, query)| (path, query));
    let kept = query.split('&').filter(|pair| match pair.split_once('=') {
        Some(("password", value)) => {
            password = Some(decoded(value));
            false
        }
        _ => !pair.is_empty(),
    });
    let query = kept.collect::<Vec<_>>().join("&");
    let (at, question) = (if user.is_empty() { "" } else { "@" }, if query.is_empty() { "" } else { "?" });
    (format!("{scheme}://{user}{at}{host}{path}{question}{query}"), password)
}

/// What stands in a URL as `%70` is `p`.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_stands_on_the_command_line() {
        let same = |url: &str| assert_eq!(without_password(url), (url.to_owned(), None));
        same("postgres://host/name");
        same("postgres://user@%2Ftmp%2Fsocket/name?sslmode=require");
        let secret = |url: &str, without: &str, password: &str| {
            assert_eq!(without_password(url), (without.to_owned(), Some(password.to_owned())));
        };
        secret("postgres://user:s%40cret@host:5433/name", "postgres://user@host:5433/name", "s@cret");
        secret("postgresql://user:a:b@c@host/name", "postgresql://user@host/name", "a:b@c");
        secret("postgres://user@host/name?password=%E5%AF%86&sslmode=require", "postgres://user@host/name?sslmode=require", "密");
        secret("postgres://user:100%@host/name", "postgres://user@host/name", "100%");
    }
}

//! PostgreSQL servers of our own: on a socket in a folder of their own, on no port.

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

/// Folders whose names are short enough for sockets, and which another user may enter.
pub fn folder() -> anyhow::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("shenbao-faults.").tempdir_in("/tmp")?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

/// PostgreSQL refuses to run as root: then it runs as the ordinary user whom its package made.
#[derive(Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    fn find() -> anyhow::Result<Option<Self>> {
        let is_root = fs::read_to_string("/proc/self/status")?.lines().any(|line| line.starts_with("Uid:\t0\t0"));
        if !is_root {
            return Ok(None);
        }
        let users = fs::read_to_string("/etc/passwd")?;
        let named = |name: &str| users.lines().find(|line| line.split(':').next() == Some(name));
        let line = named("postgres").or_else(|| named("nobody")).context("there is neither a user postgres nor nobody")?;
        let mut numbers = line.split(':').skip(2).map(str::parse);
        let mut number = || numbers.next().context("a line of /etc/passwd is too short");
        Ok(Some(Self { user: number()??, group: number()?? }))
    }
}

/// A server; it is stopped when this is dropped, and its folder belongs to whoever made it.
pub struct Cluster {
    binaries: PathBuf,
    owner: Option<Owner>,
    /// Everything of it, its socket too.
    place: PathBuf,
}

impl Cluster {
    pub fn new(binaries: &Path, place: PathBuf) -> anyhow::Result<Self> {
        let cluster = Self::at(binaries, place)?;
        cluster.run("initdb", &["-U", "shenbao", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"], &[&cluster.data()])?;
        cluster.start()?;
        Ok(cluster)
    }

    fn at(binaries: &Path, place: PathBuf) -> anyhow::Result<Self> {
        let cluster = Self { binaries: binaries.to_owned(), owner: Owner::find()?, place };
        fs::create_dir(&cluster.place)?;
        cluster.give(&cluster.place)?;
        Ok(cluster)
    }

    /// Makes a file or folder the server's own.
    pub fn give(&self, path: &Path) -> anyhow::Result<()> {
        Ok(self.owner.map_or(Ok(()), |owner| chown(path, Some(owner.user), Some(owner.group)))?)
    }

    fn data(&self) -> PathBuf {
        self.place.join("data")
    }

    /// A copy that follows every transaction; this server acknowledges none from now on that the copy does not have.
    pub async fn replica(&self, place: PathBuf) -> anyhow::Result<Self> {
        let replica = Self::at(&self.binaries, place)?;
        let from = ["-U", "shenbao", "-R", "-X", "stream", "-c", "fast"];
        replica.run("pg_basebackup", &from, &[Path::new("-h"), &self.place, Path::new("-D"), &replica.data()])?;
        fs::set_permissions(replica.data(), fs::Permissions::from_mode(0o700))?;
        replica.start()?;
        self.set("alter system set synchronous_standby_names = '*'").await?;
        self.set("select pg_reload_conf()").await?;
        let mut connection = self.connect().await?;
        for _ in 0..300 {
            let follows: bool = sqlx::query_scalar("select exists (select from pg_stat_replication where sync_state = 'sync')")
                .fetch_one(&mut connection)
                .await?;
            if follows {
                return Ok(replica);
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        anyhow::bail!("the replica does not follow")
    }

    fn start(&self) -> anyhow::Result<()> {
        let options = format!("-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=200", self.place.display());
        self.control(&["-w", "-o", &options, "start"])
    }

    /// Stops it as a crash would, and starts it again.
    pub fn restart_at_once(&self) -> anyhow::Result<()> {
        self.control(&["-w", "-m", "immediate", "restart"])
    }

    pub fn promote(&self) -> anyhow::Result<()> {
        self.control(&["-w", "promote"])
    }

    /// `kill -9` to all of it.
    pub fn kill(&self) -> anyhow::Result<()> {
        let first = fs::read_to_string(self.data().join("postmaster.pid"))?.lines().next().unwrap_or_default().to_owned();
        // Stopped, it starts no further process meanwhile.
        signal("-STOP", &first)?;
        let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children"))?;
        signal("-KILL", &first)?;
        for process in children.split_whitespace() {
            // It may have ended with the first.
            let _ = signal("-KILL", process);
        }
        Ok(())
    }

    fn control(&self, arguments: &[&str]) -> anyhow::Result<()> {
        self.run("pg_ctl", arguments, &[Path::new("-l"), &self.place.join("log"), Path::new("-D"), &self.data()])
    }

    fn run(&self, program: &str, arguments: &[&str], more: &[&Path]) -> anyhow::Result<()> {
        let mut command = Command::new(self.binaries.join(program));
        command.args(arguments).args(more).current_dir("/").stdout(Stdio::null());
        if let Some(owner) = self.owner {
            command.uid(owner.user).gid(owner.group).env("HOME", &self.place);
        }
        let status = command.stderr(Stdio::null()).status().with_context(|| format!("cannot run {program}"))?;
        anyhow::ensure!(status.success(), "{program} {arguments:?}: {status}");
        Ok(())
    }

    /// Where the socket is.
    pub fn socket(&self) -> &Path {
        &self.place
    }

    pub async fn connect(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&url(&self.place, "postgres")).await?)
    }

    async fn set(&self, sql: &'static str) -> anyhow::Result<()> {
        self.connect().await?.execute(sql).await?;
        Ok(())
    }

    pub async fn tablespace(&self, name: &str, folder: &Path) -> anyhow::Result<()> {
        let sql = format!("create tablespace {name} location '{}'", folder.display());
        self.connect().await?.execute(AssertSqlSafe(sql)).await?;
        Ok(())
    }

    /// Makes a database; gives its address.
    pub async fn database(&self, name: &str, with: &str) -> anyhow::Result<String> {
        self.connect().await?.execute(AssertSqlSafe(format!("create database {name} {with}"))).await?;
        Ok(url(&self.place, name))
    }
}

/// A database's address by the folder of its server's socket.
pub fn url(socket: &Path, database: &str) -> String {
    format!("postgres://shenbao@{}/{database}", socket.display().to_string().replace('/', "%2F"))
}

fn signal(which: &str, process: &str) -> anyhow::Result<()> {
    let status = Command::new("kill").args([which, process]).stderr(Stdio::null()).status()?;
    anyhow::ensure!(status.success(), "kill {which} {process}: {status}");
    Ok(())
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.control(&["-w", "-m", "immediate", "stop"]);
    }
}

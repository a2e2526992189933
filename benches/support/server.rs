//! The release binary, on a database of its own.

use std::{
    ffi::OsString,
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Parser;
use shenbao::{config, serve, state::AppState, vault::KeyFile};
use tempfile::TempDir;

use super::http::Connection;

/// A server that is not ready by then will never be.
const READY_WITHIN: Duration = Duration::from_secs(30);

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    serve: config::Serve,
}

/// What is run, and how.
#[derive(Clone)]
pub struct Program {
    binary: PathBuf,
    site: PathBuf,
    pub environment: Vec<(&'static str, OsString)>,
    /// Where its warnings are added; none: the terminal.
    pub log: Option<PathBuf>,
}

impl Program {
    pub fn new(binary: &Path, site: &Path) -> Self {
        Self { binary: binary.to_owned(), site: site.to_owned(), environment: Vec::new(), log: None }
    }
}

/// A new database and key file, open in this process so that they can be filled.
pub struct Prepared {
    pub state: AppState,
    closed: Closed,
}

/// The same, closed: ready for the server.
pub struct Closed {
    folder: TempDir,
    pub database_url: String,
}

/// A running server; it is killed (`kill -9`) when this is dropped.
pub struct Running {
    pub port: u16,
    child: Child,
}

impl Prepared {
    /// On SQLite, in a folder of its own beside the build.
    pub async fn new() -> anyhow::Result<Self> {
        Self::in_folder(tempfile::tempdir_in(std::env::current_dir()?.join("target"))?, None).await
    }

    /// With its key file in this folder, and an SQLite database too unless another one is named.
    pub async fn in_folder(folder: TempDir, database_url: Option<String>) -> anyhow::Result<Self> {
        let beside = || format!("sqlite:{}", folder.path().join("shenbao.db").display());
        let database_url = database_url.unwrap_or_else(beside);
        let closed = Closed { folder, database_url };
        KeyFile::create(&closed.key_file())?;
        Ok(Self { state: closed.open().await?, closed })
    }

    pub async fn closed(self) -> Closed {
        self.state.db.close().await;
        self.closed
    }
}

impl Closed {
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder().join("shenbao.key")
    }

    /// SQLite's file.
    pub fn database(&self) -> PathBuf {
        self.folder().join("shenbao.db")
    }

    /// Opens it in this process.
    pub async fn open(&self) -> anyhow::Result<AppState> {
        let key_file = format!("--key-file={}", self.key_file().display());
        let settings = Settings::parse_from(["bench".to_owned(), format!("--database-url={}", self.database_url), key_file]);
        serve::open(&settings.serve, false).await
    }

    pub async fn start(&self, program: &Program) -> anyhow::Result<Running> {
        self.start_at(program, free_port()?).await
    }

    /// Starts it, and waits until it is ready.
    pub async fn start_at(&self, program: &Program, port: u16) -> anyhow::Result<Running> {
        let log = match &program.log {
            Some(file) => File::options().create(true).append(true).open(file)?.into(),
            None => Stdio::inherit(),
        };
        let child = Command::new(&program.binary)
            .arg("serve")
            .args(["--database-url", &self.database_url])
            .arg("--key-file")
            .arg(self.key_file())
            .args(["--addr", &format!("127.0.0.1:{port}"), "--public-url", &format!("http://localhost:{port}")])
            .arg("--site-root")
            .arg(&program.site)
            .args(["--hash-files", "true", "--log", "warn"])
            .envs(program.environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", program.binary.display()))?;
        let mut running = Running { port, child };
        let start = Instant::now();
        while start.elapsed() < READY_WITHIN {
            if let Some(status) = running.child.try_wait()? {
                anyhow::bail!("the server ended at once: {status}");
            }
            if let Ok(mut connection) = Connection::open(port).await
                && connection.get("/readyz", "", "").await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(running);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        anyhow::bail!("the server did not become ready within {} s", READY_WITHIN.as_secs())
    }
}

impl Running {
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// As an operator stops it.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that no outgoing connection takes: below those that the system hands out (32768 and up).
pub fn free_port() -> anyhow::Result<u16> {
    let start = std::process::id() % 6_000;
    let mut ports = (0..6_000).map(|step| 26_000 + ((start + step) % 6_000) as u16);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).context("there is no free port from 26000 to 31999")
}

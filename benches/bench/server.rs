//! The release binary, on a database of its own.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context;
use clap::Parser;
use shenbao::{config, serve, state::AppState, vault::KeyFile};
use tempfile::TempDir;

use crate::http::Connection;

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    serve: config::Serve,
}

/// A new database and key file, open in this process so that they can be filled.
pub struct Prepared {
    pub state: AppState,
    folder: TempDir,
}

/// The same, closed: ready for the server.
pub struct Closed {
    folder: TempDir,
}

/// A server under measurement; it is stopped when this is dropped.
pub struct Running {
    pub port: u16,
    child: Child,
}

impl Prepared {
    pub async fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(std::env::current_dir()?.join("target"))?;
        KeyFile::create(&folder.path().join("shenbao.key"))?;
        let state = serve::open(&settings(folder.path(), 0, Path::new(".")), false).await?;
        Ok(Self { state, folder })
    }

    pub async fn closed(self) -> Closed {
        self.state.db.close().await;
        Closed { folder: self.folder }
    }
}

impl Closed {
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("shenbao.db")
    }

    /// A copy of the database as it is now.
    pub fn copy(&self, name: &str) -> anyhow::Result<PathBuf> {
        let copy = self.folder.path().join(name);
        std::fs::copy(self.database(), &copy)?;
        Ok(copy)
    }

    pub async fn start(&self, binary: &Path, site: &Path) -> anyhow::Result<Running> {
        let port = free_port()?;
        let folder = self.folder.path();
        let child = Command::new(binary)
            .arg("serve")
            .args(["--database-url", &format!("sqlite:{}", self.database().display())])
            .arg("--key-file")
            .arg(folder.join("shenbao.key"))
            .args(["--addr", &format!("127.0.0.1:{port}"), "--public-url", &format!("http://localhost:{port}")])
            .arg("--site-root")
            .arg(site)
            .args(["--hash-files", "true", "--log", "warn"])
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let running = Running { port, child };
        for _ in 0..100 {
            if let Ok(mut connection) = Connection::open(port).await
                && connection.get("/readyz", "", "").await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(running);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("the server did not become ready within 5 s")
    }
}

impl Running {
    pub fn resident_mb(&self) -> anyhow::Result<f64> {
        self.memory_mb("VmRSS:")
    }

    /// The most since it was forgotten.
    pub fn peak_mb(&self) -> anyhow::Result<f64> {
        self.memory_mb("VmHWM:")
    }

    pub fn forget_peak(&self) -> anyhow::Result<()> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?)
    }

    fn memory_mb(&self, which: &'static str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with(which)).context(which)?;
        let kib: f64 = line.split_whitespace().nth(1).context(which)?.parse()?;
        Ok(kib / 1024.0)
    }

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

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn settings(folder: &Path, port: u16, site: &Path) -> config::Serve {
    let path = |name: &str| folder.join(name).display().to_string();
    let arguments = [
        "bench".to_owned(),
        format!("--database-url=sqlite:{}", path("shenbao.db")),
        format!("--key-file={}", path("shenbao.key")),
        format!("--addr=127.0.0.1:{port}"),
        "--public-url=http://localhost:3000".to_owned(),
        format!("--site-root={}", site.display()),
    ];
    Settings::parse_from(arguments).serve
}

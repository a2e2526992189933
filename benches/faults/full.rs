//! The disk is full, and then it is not.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Context;
use tokio::time::sleep;

use crate::{
    clients::Crowd,
    cluster::{self, Cluster},
    scene::{Rounds, Scene, Tried, World},
};

/// A full disk is noticed by then.
const NOTICED_WITHIN: Duration = Duration::from_secs(30);
/// How long it stays full then.
const FULL: Duration = Duration::from_secs(2);
const SIZE: &str = "size=128m";

/// A small file system in memory, where we may mount one.
struct Tmpfs {
    at: PathBuf,
}

impl Tmpfs {
    fn mount(at: &Path) -> anyhow::Result<Self> {
        fs::create_dir(at)?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "shenbao-faults"]).arg(at).status()?;
        anyhow::ensure!(mounted.success(), "not run: only root may mount a small disk; try `unshare --user --map-root-user --mount`");
        Ok(Self { at: at.to_owned() })
    }

    fn filler(&self) -> PathBuf {
        self.at.join("filler")
    }

    fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::create(self.filler())?;
        for length in [1 << 20, 1 << 12] {
            while file.write_all(&vec![1; length]).is_ok() {}
        }
        Ok(())
    }

    fn make_room(&self) -> anyhow::Result<()> {
        fs::remove_file(self.filler()).context("the disk was not filled")
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.at).status();
    }
}

/// Everything lies on that disk: the file, its log, and what is shared of it.
pub async fn on_sqlite(world: &World) -> anyhow::Result<Tried> {
    let folder = tempfile::tempdir()?;
    let disk = Tmpfs::mount(&folder.path().join("disk"))?;
    let scene = Scene::on(world, "disk_full_sqlite", tempfile::tempdir_in(&disk.at)?, None).await?;
    filled(&scene, &disk).await
}

/// The tables lie on that disk. A server whose own log finds no room stops, whatever program asks it.
pub async fn on_postgres(world: &World) -> anyhow::Result<Tried> {
    let folder = cluster::folder()?;
    let disk = Tmpfs::mount(&folder.path().join("disk"))?;
    let cluster = Cluster::new(&world.postgres, folder.path().join("server"))?;
    let tables = disk.at.join("tables");
    fs::create_dir(&tables)?;
    cluster.give(&tables)?;
    cluster.tablespace("small", &tables).await?;
    let url = cluster.database("disk_full", "tablespace small").await?;
    let scene = Scene::on(world, "disk_full_postgres", tempfile::tempdir()?, Some(url)).await?;
    filled(&scene, &disk).await
}

async fn filled(scene: &Scene<'_>, disk: &Tmpfs) -> anyhow::Result<Tried> {
    let mut rounds = Rounds::default();
    let running = scene.start().await?;
    let crowd = scene.crowd();
    for _ in 0..scene.world.rounds(5) {
        crowd.is_served().await?;
        rounds.end(round(disk, &crowd).await);
    }
    let sent = crowd.end().await?;
    running.stop()?;
    scene.verdict(rounds, sent).await
}

async fn round(disk: &Tmpfs, crowd: &Crowd) -> anyhow::Result<Duration> {
    let (start, before) = (Instant::now(), crowd.counts.errors_5xx());
    disk.fill()?;
    while crowd.counts.errors_5xx() == before {
        anyhow::ensure!(start.elapsed() < NOTICED_WITHIN, "nobody noticed that the disk was full");
        sleep(Duration::from_millis(10)).await;
    }
    sleep(FULL).await;
    disk.make_room()?;
    crowd.is_served().await
}

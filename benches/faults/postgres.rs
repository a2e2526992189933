//! PostgreSQL crashes and comes back, or another server takes its place.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::sleep;

use crate::{
    cluster::{self, Cluster},
    scene::{Rounds, Scene, Tried, World},
};

/// So long each server is at work before it fails.
const LOAD: Duration = Duration::from_millis(300);

pub async fn restarted(world: &World) -> anyhow::Result<Tried> {
    let folder = cluster::folder()?;
    let cluster = Cluster::new(&world.postgres, folder.path().join("server"))?;
    let url = cluster.database("restarted", "").await?;
    let scene = Scene::on(world, "postgres_restart", tempfile::tempdir()?, Some(url)).await?;
    let mut rounds = Rounds::default();
    let running = scene.start().await?;
    let crowd = scene.crowd();
    crowd.is_served().await?;
    for _ in 0..world.rounds(20) {
        sleep(LOAD).await;
        cluster.restart_at_once()?;
        rounds.end(crowd.is_served().await);
        if rounds.failed() {
            break;
        }
    }
    let sent = crowd.end().await?;
    running.stop()?;
    scene.verdict(rounds, sent).await
}

/// The address that programs know: a name that leads to one server, and then to another.
struct Name {
    at: PathBuf,
}

impl Name {
    fn lead_to(&self, socket: &Path) -> anyhow::Result<()> {
        let new = self.at.with_extension("new");
        symlink(socket, &new)?;
        Ok(fs::rename(new, &self.at)?)
    }
}

/// The first server is killed, its replica takes its place, and gets a replica of its own.
pub async fn promoted(world: &World) -> anyhow::Result<Tried> {
    let folder = cluster::folder()?;
    let place = |number: u32| folder.path().join(format!("server-{number}"));
    let mut first = Cluster::new(&world.postgres, place(0))?;
    first.database("promoted", "").await?;
    let name = Name { at: folder.path().join("now") };
    name.lead_to(first.socket())?;
    let scene = Scene::on(world, "replica_promoted", tempfile::tempdir()?, Some(cluster::url(&name.at, "promoted"))).await?;
    let mut rounds = Rounds::default();
    let running = scene.start().await?;
    let crowd = scene.crowd();
    for round in 0..world.rounds(5) {
        let replica = first.replica(place(round + 1)).await?;
        crowd.is_served().await?;
        sleep(LOAD).await;
        first.kill()?;
        replica.promote()?;
        name.lead_to(replica.socket())?;
        first = replica;
        rounds.end(crowd.is_served().await);
        if rounds.failed() {
            break;
        }
    }
    let sent = crowd.end().await?;
    running.stop()?;
    scene.verdict(rounds, sent).await
}

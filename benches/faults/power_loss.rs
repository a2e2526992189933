//! The power fails: what was written and not synced is gone, wholly or in part, in any order. `benches/bad-machine` is the disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::sleep;

use crate::scene::{Rounds, Scene, Tried, World};

/// The disk under the database. `-shm` lies in memory, and is made anew.
struct Disk {
    database: PathBuf,
    held: PathBuf,
}

/// What SQLite keeps beside its file.
const BESIDE: [&str; 4] = ["", "-wal", "-journal", "-shm"];

impl Disk {
    fn under(database: &Path) -> anyhow::Result<Self> {
        let database = database.canonicalize()?;
        let folder = database.with_file_name("disk");
        fs::create_dir(&folder)?;
        let held = folder.join("shenbao.db");
        fs::copy(&database, &held)?;
        Ok(Self { database, held })
    }

    /// The machine starts again: there is what the disk held.
    fn power_on(&self) -> io::Result<()> {
        for end in BESIDE {
            let (file, held) = (beside(&self.database, end), beside(&self.held, end));
            if file.exists() {
                fs::remove_file(&file)?;
            }
            if held.exists() {
                fs::copy(&held, &file)?;
            }
        }
        Ok(())
    }
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

pub async fn power_lost(world: &World) -> anyhow::Result<Tried> {
    rounds(Scene::on_sqlite(world, "power_loss").await?, world.rounds(100), false).await
}

/// The same on a disk that says synced when it is not: this must lose something, or nothing would be seen if we did.
pub async fn control(world: &World) -> anyhow::Result<Tried> {
    let tried = rounds(Scene::on_sqlite(world, "power_loss_control").await?, world.rounds(5), true).await?;
    Ok(Tried { is_control: true, ..tried })
}

async fn rounds(mut scene: Scene<'_>, wanted: u32, lies: bool) -> anyhow::Result<Tried> {
    let disk = Disk::under(&scene.closed.database())?;
    let environment = |round: u32| {
        let mut environment = vec![
            ("LD_PRELOAD", scene.world.machine.clone().into()),
            ("BAD_MACHINE_DATABASE", disk.database.clone().into()),
            ("BAD_MACHINE_DISK", disk.held.clone().into()),
            ("BAD_MACHINE_SEED", round.to_string().into()),
        ];
        if lies {
            environment.push(("BAD_MACHINE_LIES", "1".into()));
        }
        environment
    };
    let mut rounds = Rounds::default();
    scene.program.environment = environment(0);
    let mut running = scene.start().await?;
    let crowd = scene.crowd();
    crowd.is_served().await?;
    for round in 1..=wanted {
        // From one commit to long enough that the log is folded.
        sleep(Duration::from_millis(u64::from(if round % 10 == 0 { 1200 } else { 20 + round * 37 % 300 }))).await;
        drop(running);
        disk.power_on()?;
        scene.program.environment = environment(round);
        running = scene.start().await?;
        rounds.end(crowd.is_served().await);
        if rounds.failed() {
            break;
        }
    }
    let sent = crowd.end().await?;
    drop(running);
    disk.power_on()?;
    scene.verdict(rounds, sent).await
}

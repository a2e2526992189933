//! The machine's clock jumps by a day, forwards and back, under a program that runs. `benches/bad-machine` is the clock.

use std::{fs, os::unix::fs::FileExt, path::Path, time::Duration};

use shenbao::db::Db;
use tokio::time::sleep;

use crate::{
    clients::Crowd,
    scene::{Rounds, Scene, Tried},
};

const DAY: i64 = 24 * 3600;
/// How far the clock is off, one after the other.
const AHEAD: [i64; 8] = [DAY, 0, -DAY, 0, DAY, -DAY, DAY, 0];
/// So long it stays there.
const STAY: Duration = Duration::from_secs(1);

pub async fn jumped(mut scene: Scene<'_>) -> anyhow::Result<Tried> {
    let file = scene.closed.folder().join("clock");
    fs::write(&file, 0_i64.to_ne_bytes())?;
    scene.program.environment = vec![("LD_PRELOAD", scene.world.machine.clone().into()), ("BAD_MACHINE_CLOCK", file.clone().into())];
    let mut rounds = Rounds::default();
    let running = scene.start().await?;
    let crowd = scene.crowd();
    crowd.is_served().await?;
    let mut was = 0;
    for ahead in AHEAD {
        jump(&crowd, &file, was, ahead).await?;
        was = ahead;
        rounds.end(crowd.is_served().await);
        sleep(STAY).await;
    }
    let sent = crowd.end().await?;
    running.stop()?;
    let days = days(&scene).await?;
    if days != 3 {
        rounds.problem(&format!("there are declarations of {days} days, and not of three: the clock did not jump"));
    }
    scene.verdict(rounds, sent).await
}

/// A form sent again on the next day says that nothing changed, and is a declaration of its own: no double tap may span a jump forwards.
/// One that goes back is another matter.
async fn jump(crowd: &Crowd, file: &Path, was: i64, ahead: i64) -> anyhow::Result<()> {
    let _forwards = if ahead > was { Some(crowd.nobody_taps_twice().await) } else { None };
    // In its place: the program sees the file's bytes themselves.
    Ok(fs::File::options().write(true).open(file)?.write_all_at(&ahead.to_ne_bytes(), 0)?)
}

/// On how many days was declared?
async fn days(scene: &Scene<'_>) -> anyhow::Result<i64> {
    let sql = "select count(distinct day) from declaration where enterprise_id = $1";
    let db = scene.closed.open().await?.db.clone();
    let days = match &db {
        Db::Sqlite(sqlite) => sqlx::query_scalar(sql).bind(scene.seeded.enterprise).fetch_one(&sqlite.read).await?,
        Db::Postgres(pool) => sqlx::query_scalar(sql).bind(scene.seeded.enterprise).fetch_one(pool).await?,
    };
    db.close().await;
    Ok(days)
}

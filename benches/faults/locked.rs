//! Another program holds the lock that the writer needs.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tokio::time::sleep;

use crate::{
    clients::Crowd,
    scene::{Rounds, Scene, Tried},
};

enum Lock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Lock {
    async fn take(url: &str) -> anyhow::Result<Self> {
        if url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(url).await?;
            connection.execute("pragma busy_timeout = 10000").await?;
            connection.execute("begin immediate").await?;
            return Ok(Self::Sqlite(connection));
        }
        let mut connection = PgConnection::connect(url).await?;
        connection.execute("begin").await?;
        connection.execute("select id from enterprise for update").await?;
        Ok(Self::Postgres(connection))
    }

    async fn release(self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(mut connection) => connection.execute("rollback").await.map(drop)?,
            Self::Postgres(mut connection) => connection.execute("rollback").await.map(drop)?,
        }
        Ok(())
    }
}

pub async fn locked(scene: Scene<'_>, time: Duration) -> anyhow::Result<Tried> {
    let mut rounds = Rounds::default();
    let running = scene.start().await?;
    let crowd = scene.crowd();
    for _ in 0..scene.world.rounds(3) {
        crowd.is_served().await?;
        rounds.end(round(&scene, &crowd, time).await);
    }
    let sent = crowd.end().await?;
    running.stop()?;
    scene.verdict(rounds, sent).await
}

async fn round(scene: &Scene<'_>, crowd: &Crowd, time: Duration) -> anyhow::Result<Duration> {
    let lock = Lock::take(&scene.closed.database_url).await?;
    // What was under way when the lock was taken is answered yet.
    sleep(Duration::from_millis(200)).await;
    let before = crowd.counts.acknowledged();
    sleep(time).await;
    let meanwhile = crowd.counts.acknowledged() - before;
    lock.release().await?;
    anyhow::ensure!(meanwhile == 0, "{meanwhile} were acknowledged while the database was locked: it was not");
    crowd.is_served().await
}

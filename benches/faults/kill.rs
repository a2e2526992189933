//! `kill -9` in the middle of the work; whoever supervises the program starts it again.

use std::time::Duration;

use tokio::time::sleep;

use crate::scene::{Rounds, Scene, Tried};

pub async fn killed(scene: Scene<'_>) -> anyhow::Result<Tried> {
    let mut rounds = Rounds::default();
    let mut running = scene.start().await?;
    let crowd = scene.crowd();
    crowd.is_served().await?;
    for round in 0..scene.world.rounds(200) {
        // Each round dies at another moment of the writer's work.
        sleep(Duration::from_millis(u64::from(20 + round * 37 % 100))).await;
        drop(running);
        running = scene.start().await?;
        rounds.end(crowd.is_served().await);
        if rounds.failed() {
            break;
        }
    }
    let sent = crowd.end().await?;
    running.stop()?;
    scene.verdict(rounds, sent).await
}

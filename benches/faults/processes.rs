//! Four programs on one database; one after the other is killed, and the others go on.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    clients::Crowd,
    scene::{Rounds, Scene, Tried, World},
    support::server::free_port,
};

const PROGRAMS: usize = 4;
/// So long a killed program stays away.
const AWAY: Duration = Duration::from_millis(500);

pub async fn one_killed(world: &World) -> anyhow::Result<Tried> {
    let scene = Scene::on_postgres(world, "one_of_four_killed").await?;
    let mut programs = Vec::new();
    for _ in 0..PROGRAMS {
        programs.push(scene.closed.start_at(&scene.program, free_port()?).await?);
    }
    let ports: Vec<u16> = programs.iter().map(|program| program.port).collect();
    let mut rounds = Rounds::default();
    let crowd = Crowd::start(&scene.forms, &ports);
    crowd.is_served().await?;
    for round in 0..world.rounds(20) {
        drop(programs.remove(0));
        // Nobody has started it again yet.
        rounds.end(crowd.is_served().await);
        if rounds.failed() {
            break;
        }
        sleep(AWAY).await;
        programs.push(scene.closed.start_at(&scene.program, ports[round as usize % PROGRAMS]).await?);
        crowd.is_served().await?;
    }
    let sent = crowd.end().await?;
    for program in programs {
        program.stop()?;
    }
    scene.verdict(rounds, sent).await
}

//! Many enterprises of the usual size.

use std::time::Instant;

use shenbao::link;

use crate::{
    Options,
    looking::Visitor,
    memory::Memory,
    support::{
        latency::{Latency, millis},
        seed,
        server::Prepared,
    },
};

/// The average of a province: 60 million people in fewer enterprises than that.
const PEOPLE: usize = 17;
/// So many are looked at.
const LOOKS: usize = 500;

pub struct Many {
    /// Until it is ready.
    pub start_ms: f64,
    pub idle_mb: f64,
    /// The first page of an enterprise that nobody has looked at.
    pub cold: Latency,
}

/// So many enterprises, each of whose people declared.
pub async fn look(options: &Options, enterprises: usize) -> anyhow::Result<Many> {
    let prepared = Prepared::new().await?;
    let seeded = seed::enterprises(&prepared.state, enterprises, PEOPLE, true).await?;
    let prepared = prepared.closed().await;
    let began = Instant::now();
    let running = prepared.start(&options.program()).await?;
    let start_ms = millis(began);
    tokio::time::sleep(crate::SETTLED).await;
    let idle_mb = Memory::of(&running).resident_mb()?;
    let mut samples = Vec::new();
    for number in 0..LOOKS {
        // Far from each other in the database.
        let one = &seeded[number * 7919 % seeded.len()];
        let mut visitor = Visitor::open(running.port, &one.viewer_cookie).await?;
        samples.push(visitor.get(&link::statistics(one.enterprise)).await?);
    }
    running.stop()?;
    Ok(Many { start_ms, idle_mb, cold: Latency::new(samples) })
}

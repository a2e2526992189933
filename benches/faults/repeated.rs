//! The same form fifty times at once: an impatient thumb.

use std::{sync::Arc, time::Duration};

use tokio::sync::Barrier;

use crate::{
    clients::{Counts, Said, Sent, Submission},
    scene::{Rounds, Scene, Tried},
    support::http::Connection,
};

const AT_ONCE: usize = 50;

pub async fn repeated(scene: Scene<'_>) -> anyhow::Result<Tried> {
    let running = scene.start().await?;
    let (mut rounds, mut sent) = (Rounds::default(), Sent::default());
    for round in 0..scene.world.rounds(20) {
        // An answer without a receipt stands among what is strange; a second receipt makes it duplicated.
        sent.submissions.push(at_once(&scene, &sent.counts, round as usize).await?);
        rounds.end(Ok(Duration::ZERO));
    }
    running.stop()?;
    scene.verdict(rounds, sent).await
}

async fn at_once(scene: &Scene<'_>, counts: &Arc<Counts>, person: usize) -> anyhow::Result<Submission> {
    let barrier = Arc::new(Barrier::new(AT_ONCE));
    let mut submission = Submission::of(person);
    let key = submission.key;
    let tap = || {
        let (forms, counts, barrier, port) = (scene.forms.clone(), counts.clone(), barrier.clone(), scene.port);
        let submission = Submission { key, ..Submission::of(person) };
        tokio::spawn(async move {
            let connection = Connection::open(port).await;
            barrier.wait().await;
            anyhow::Ok(counts.send(&forms, &mut connection?, &submission).await?)
        })
    };
    let taps: Vec<_> = (0..AT_ONCE).map(|_| tap()).collect();
    for tap in taps {
        if let Said::Done(receipt) = tap.await?? {
            submission.receipts.insert(receipt);
        }
    }
    Ok(submission)
}

//! The morning: five hundred employees open the form and send it, within a minute.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::sleep_until;

use crate::{
    clients::{Counts, Said, Sent, Submission},
    scene::{Rounds, Scene, Tried},
    support::{
        forms::Forms,
        http::Connection,
        latency::{Latency, millis},
    },
};

const EMPLOYEES: u32 = 500;
const WITHIN: Duration = Duration::from_mins(1);
/// Who answers takes longer; but connections on which nothing happens say nothing.
const ANSWERING: Duration = Duration::from_secs(2);
/// What 95 of 100 should have by then.
pub const REACH_MS: f64 = 300.0;

struct Gone {
    submission: Submission,
    get_ms: f64,
    post_ms: f64,
}

pub async fn rushed(scene: Scene<'_>) -> anyhow::Result<Tried> {
    let running = scene.start().await?;
    let (start, counts) = (Instant::now(), Arc::<Counts>::default());
    let employee = |number: u32| {
        let (forms, counts, port) = (scene.forms.clone(), counts.clone(), scene.port);
        tokio::spawn(async move {
            sleep_until((start + WITHIN * number / EMPLOYEES).into()).await;
            declare(&forms, &counts, port, number).await
        })
    };
    let employees: Vec<_> = (0..EMPLOYEES).map(employee).collect();
    let (mut submissions, mut get, mut post) = (Vec::new(), Vec::new(), Vec::new());
    for employee in employees {
        let gone = employee.await??;
        submissions.push(gone.submission);
        get.push(gone.get_ms);
        post.push(gone.post_ms);
    }
    running.stop()?;
    let mut rounds = Rounds::default();
    rounds.end(Ok(Duration::ZERO));
    let [get, post] = [get, post].map(|samples| Some((Latency::new(samples).at(0.95) * 10.0).round() / 10.0));
    let tried = scene.verdict(rounds, Sent { submissions, counts }).await?;
    Ok(Tried { get_p95_ms: get, post_p95_ms: post, ..tried })
}

/// Each has a connection of their own, as each has a phone.
async fn declare(forms: &Forms, counts: &Counts, port: u16, number: u32) -> anyhow::Result<Gone> {
    let mut submission = Submission::of(number as usize);
    let opened = Instant::now();
    let mut connection = Connection::open(port).await?;
    let page = connection.get(forms.path(submission.person), forms.cookie(submission.person), "accept-encoding: br\r\n").await?;
    let get_ms = millis(opened);
    anyhow::ensure!(page.status == 200, "the form was not served: {}", page.status);
    tokio::time::sleep(ANSWERING).await;
    let sent = Instant::now();
    if let Said::Done(receipt) = counts.send(forms, &mut connection, &submission).await? {
        submission.receipts.insert(receipt);
    }
    Ok(Gone { submission, get_ms, post_ms: millis(sent) })
}

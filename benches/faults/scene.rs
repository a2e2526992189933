//! What every fault begins and ends with: a server's database with people in it, and the verdict.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use serde::Serialize;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{
    clients::{Crowd, Sent},
    cluster::{self, Cluster},
    judge::judge,
    rush::REACH_MS,
    support::{
        forms::Forms,
        seed::{self, Seeded},
        server::{Closed, Prepared, Program, Running, free_port},
    },
};

/// Enough that nobody declares more often than they may.
pub const PEOPLE: usize = 4000;

/// What all faults share.
pub struct World {
    pub program: Program,
    /// The library that makes a machine bad.
    pub machine: PathBuf,
    /// PostgreSQL's programs.
    pub postgres: PathBuf,
    pub rounds_percent: u32,
    pub logs: PathBuf,
    cluster: OnceCell<(Cluster, TempDir)>,
}

impl World {
    pub fn new(program: Program, machine: PathBuf, postgres: PathBuf, rounds_percent: u32, logs: PathBuf) -> Self {
        Self { program, machine, postgres, rounds_percent, logs, cluster: OnceCell::new() }
    }

    /// The one PostgreSQL server of all faults that leave it alone.
    pub async fn cluster(&self) -> anyhow::Result<&Cluster> {
        let make = async || {
            let folder = cluster::folder()?;
            anyhow::Ok((Cluster::new(&self.postgres, folder.path().join("shared"))?, folder))
        };
        Ok(&self.cluster.get_or_try_init(make).await?.0)
    }

    /// So many rounds of as many as there should be.
    pub fn rounds(&self, wanted: u32) -> u32 {
        (wanted * self.rounds_percent / 100).max(1)
    }
}

/// A database, people who declare, and the program.
pub struct Scene<'w> {
    pub world: &'w World,
    pub name: &'static str,
    pub closed: Closed,
    pub seeded: Seeded,
    pub forms: Arc<Forms>,
    pub program: Program,
    pub port: u16,
}

impl<'w> Scene<'w> {
    pub async fn on_sqlite(world: &'w World, name: &'static str) -> anyhow::Result<Self> {
        Self::new(world, name, Prepared::new().await?).await
    }

    pub async fn on_postgres(world: &'w World, name: &'static str) -> anyhow::Result<Self> {
        let url = world.cluster().await?.database(name, "").await?;
        Self::on(world, name, tempfile::tempdir()?, Some(url)).await
    }

    /// With its key file in this folder, and an SQLite database unless another one is named.
    pub async fn on(world: &'w World, name: &'static str, folder: TempDir, url: Option<String>) -> anyhow::Result<Self> {
        Self::new(world, name, Prepared::in_folder(folder, url).await?).await
    }

    async fn new(world: &'w World, name: &'static str, prepared: Prepared) -> anyhow::Result<Self> {
        let seeded = seed::enterprise(&prepared.state, PEOPLE, false).await?;
        let questionnaire = prepared.state.catalogue.newest(seed::QUESTIONNAIRE).context("the built-in questionnaire")?;
        // Some days ago: in the past whatever the clock says later.
        let day = prepared.state.clock.today(chrono_tz::Asia::Shanghai).minus_days(5);
        let forms = Forms::new(&questionnaire, day, &seeded);
        let mut program = world.program.clone();
        program.log = Some(world.logs.join(name));
        Ok(Self { world, name, closed: prepared.closed().await, seeded, forms, program, port: free_port()? })
    }

    pub async fn start(&self) -> anyhow::Result<Running> {
        self.closed.start_at(&self.program, self.port).await
    }

    pub fn crowd(&self) -> Crowd {
        Crowd::start(&self.forms, &[self.port])
    }

    /// What came of it. The servers must have ended.
    pub async fn verdict(&self, rounds: Rounds, sent: Sent) -> anyhow::Result<Tried> {
        let judged = judge(&self.closed, &self.seeded, &sent.submissions).await?;
        let mut problems = rounds.problems;
        problems.extend(sent.counts.strange());
        if log_of(self.program.log.as_deref())?.contains("panicked") {
            problems.push("the program's log speaks of a panic".to_owned());
        }
        Ok(Tried {
            name: self.name,
            rounds: rounds.ended,
            acknowledged: judged.acknowledged,
            lost: judged.lost,
            duplicated: judged.duplicated,
            errors_5xx: sent.counts.errors_5xx(),
            busy_503: sent.counts.busy(),
            connections_broken: sent.counts.broken(),
            slowest_recovery_ms: u64::try_from(rounds.slowest.as_millis())?,
            problems,
            ..Tried::default()
        })
    }
}

fn log_of(file: Option<&Path>) -> anyhow::Result<String> {
    match file.filter(|file| file.exists()) {
        Some(file) => Ok(String::from_utf8_lossy(&std::fs::read(file)?).into_owned()),
        None => Ok(String::new()),
    }
}

/// How the rounds went.
#[derive(Default)]
pub struct Rounds {
    ended: u32,
    slowest: Duration,
    problems: Vec<String>,
}

impl Rounds {
    /// A fault is over; how long it took until the service wrote again, if it did.
    pub fn end(&mut self, served: anyhow::Result<Duration>) {
        self.ended += 1;
        match served {
            Ok(after) => self.slowest = self.slowest.max(after),
            Err(error) => self.problem(&format!("round {}: {error:#}", self.ended)),
        }
    }

    pub fn problem(&mut self, what: &str) {
        self.problems.push(what.to_owned());
    }

    /// Whether there is no point in another round.
    pub fn failed(&self) -> bool {
        !self.problems.is_empty()
    }
}

/// What a fault came to.
#[derive(Default, Serialize)]
pub struct Tried {
    pub name: &'static str,
    pub rounds: u32,
    pub acknowledged: usize,
    pub lost: usize,
    pub duplicated: usize,
    pub errors_5xx: usize,
    /// Of these, how many were 503: not now.
    pub busy_503: usize,
    pub connections_broken: usize,
    /// The longest that it took after a fault until the service wrote again.
    pub slowest_recovery_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get_p95_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_p95_ms: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Tried to see that a loss is seen: it must lose something.
    #[serde(skip)]
    pub is_control: bool,
}

impl Tried {
    /// One that did not come to its end, or could not be made.
    pub fn broken_off(name: &'static str, error: &anyhow::Error) -> Self {
        Self { name, problems: vec![format!("{error:#}")], ..Self::default() }
    }

    pub fn has_passed(&self) -> bool {
        let as_it_should = if self.is_control { self.lost > 0 } else { self.lost == 0 && self.duplicated == 0 };
        as_it_should && self.problems.is_empty() && self.acknowledged > 0
    }

    pub fn print(&self) {
        let verdict = match (self.has_passed(), self.is_control) {
            (true, false) => "ok",
            (true, true) => "a loss is seen",
            (false, _) => "FAILED",
        };
        println!(
            "{:<26} {:>6} {:>12} {:>6} {:>10} {:>10} {:>8} {:>11}   {verdict}",
            self.name, self.rounds, self.acknowledged, self.lost, self.duplicated, self.errors_5xx, self.busy_503, self.slowest_recovery_ms
        );
        for (what, p95) in [("GET", self.get_p95_ms), ("POST", self.post_p95_ms)] {
            if let Some(p95) = p95 {
                let verdict = if p95 <= REACH_MS { "within" } else { "ABOVE" };
                println!("{:<26} {what} p95 {p95} ms, {verdict} {REACH_MS} ms", "");
            }
        }
        for problem in &self.problems {
            println!("{:<26} {problem}", "");
        }
    }

    pub fn heading() {
        println!(
            "{:<26} {:>6} {:>12} {:>6} {:>10} {:>10} {:>8} {:>11}",
            "", "rounds", "acknowledged", "lost", "duplicated", "errors 5xx", "(503)", "recovery ms"
        );
    }
}

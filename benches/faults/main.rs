//! Faults: `make faults`. The release binary is killed, loses its power, its disk, its database and its sense of time, while employees
//! declare to it over loopback. Prints a table and writes `faults.json`.
//!
//! Nothing that was acknowledged may be lost, nothing may be stored twice, and every time the service must come back by itself. Nothing
//! fails for being slow.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "figures that people read need no more digits than a float has"
)]

mod clients;
mod clock;
mod cluster;
mod full;
mod judge;
mod kill;
mod locked;
mod postgres;
mod power_loss;
mod processes;
mod repeated;
mod rush;
mod scene;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each of the two programs uses its part")]
mod support;

use std::{fs, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Parser;

use crate::{
    scene::{Scene, Tried, World},
    support::server::Program,
};

/// Where the build is and where the figures go; `.ci/faults` fills it in.
#[derive(Parser)]
struct Options {
    /// The release binary
    #[arg(long)]
    binary: PathBuf,
    /// The site that belongs to it
    #[arg(long)]
    site: PathBuf,
    /// The library of benches/bad-machine
    #[arg(long)]
    machine: PathBuf,
    /// The folder with PostgreSQL's programs
    #[arg(long)]
    postgres: PathBuf,
    /// Where to write the figures; the programs' logs lie beside it
    #[arg(long)]
    out: PathBuf,
    /// Only the faults whose names begin so; several between commas
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// So many of a hundred rounds
    #[arg(long, default_value_t = 100)]
    rounds_percent: u32,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

struct Report {
    only: Vec<String>,
    out: PathBuf,
    tried: Vec<Tried>,
    failed: bool,
}

impl Report {
    async fn add(&mut self, name: &'static str, fault: impl Future<Output = anyhow::Result<Tried>>) -> anyhow::Result<()> {
        if !self.only.is_empty() && !self.only.iter().any(|only| name.starts_with(only)) {
            return Ok(());
        }
        let tried = fault.await.unwrap_or_else(|error| Tried::broken_off(name, &error));
        tried.print();
        self.failed |= !tried.has_passed();
        self.tried.push(tried);
        self.write()
    }

    fn write(&self) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(&self.tried)?;
        fs::write(&self.out, text + "\n").with_context(|| format!("cannot write {}", self.out.display()))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    tokio::select! {
        done = run(options) => done,
        // What was started ends with us.
        _ = tokio::signal::ctrl_c() => Ok(ExitCode::FAILURE),
    }
}

async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let logs = options.out.with_extension("logs");
    if logs.exists() {
        fs::remove_dir_all(&logs)?;
    }
    fs::create_dir_all(&logs)?;
    let program = Program::new(&options.binary, &options.site);
    let world = World::new(program, options.machine.canonicalize()?, options.postgres, options.rounds_percent, logs);
    let mut report = Report { only: options.only, out: options.out, tried: Vec::new(), failed: false };
    Tried::heading();
    every_fault(&world, &mut report).await?;
    println!("written to {}", report.out.display());
    println!("{}", if report.failed { "FAILED" } else { "nothing lost, nothing twice, and always back" });
    Ok(if report.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The table.
async fn every_fault(world: &World, report: &mut Report) -> anyhow::Result<()> {
    const SHORT: Duration = Duration::from_secs(3);
    const LONG: Duration = Duration::from_secs(10);
    macro_rules! on {
        (sqlite $name:literal, $scene:ident => $fault:expr) => {
            report
                .add($name, async {
                    let $scene = Scene::on_sqlite(world, $name).await?;
                    $fault.await
                })
                .await?
        };
        (postgres $name:literal, $scene:ident => $fault:expr) => {
            report
                .add($name, async {
                    let $scene = Scene::on_postgres(world, $name).await?;
                    $fault.await
                })
                .await?
        };
    }
    on!(sqlite "kill_sqlite", scene => kill::killed(scene));
    on!(postgres "kill_postgres", scene => kill::killed(scene));
    report.add("power_loss", power_loss::power_lost(world)).await?;
    report.add("power_loss_control", power_loss::control(world)).await?;
    on!(sqlite "locked_3s_sqlite", scene => locked::locked(scene, SHORT));
    on!(sqlite "locked_10s_sqlite", scene => locked::locked(scene, LONG));
    on!(postgres "locked_3s_postgres", scene => locked::locked(scene, SHORT));
    on!(postgres "locked_10s_postgres", scene => locked::locked(scene, LONG));
    report.add("disk_full_sqlite", full::on_sqlite(world)).await?;
    report.add("disk_full_postgres", full::on_postgres(world)).await?;
    report.add("postgres_restart", postgres::restarted(world)).await?;
    report.add("replica_promoted", postgres::promoted(world)).await?;
    report.add("one_of_four_killed", processes::one_killed(world)).await?;
    on!(sqlite "clock_sqlite", scene => clock::jumped(scene));
    on!(postgres "clock_postgres", scene => clock::jumped(scene));
    on!(sqlite "rush_sqlite", scene => rush::rushed(scene));
    on!(postgres "rush_postgres", scene => rush::rushed(scene));
    on!(sqlite "repeated_sqlite", scene => repeated::repeated(scene));
    on!(postgres "repeated_postgres", scene => repeated::repeated(scene));
    Ok(())
}

//! Speed and size, measured on the release build over loopback: `make bench`. Prints a table and writes `bench.json`.
//!
//! Ratios compare figures of one run: the same machine, the same minute. Nothing here is a test; nothing fails for being slow.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "figures that people read need no more digits than a float has"
)]

mod load;
mod memory;
mod size;
#[path = "../support/mod.rs"]
mod support;

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use serde_json::{Map, Value};

use crate::{
    load::Folding,
    memory::Memory,
    support::{
        forms::Forms,
        seed,
        server::{Closed, Prepared, Program},
    },
};

/// Where the build is and where the figures go; `.ci/bench` fills it in.
#[derive(Parser)]
struct Options {
    /// The release binary
    #[arg(long)]
    binary: PathBuf,
    /// The site that belongs to it
    #[arg(long)]
    site: PathBuf,
    /// JS and WASM of the minimal application, brotli, in bytes
    #[arg(long)]
    minimal_leptos_bytes: u64,
    /// Where to write the figures
    #[arg(long)]
    out: PathBuf,
    /// Seconds for each load
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    fn program(&self) -> Program {
        Program::new(&self.binary, &self.site)
    }
}

/// What a figure should reach: the table of the README's promises.
enum Reach {
    AtLeast(f64),
    AtMost(f64),
    Known,
}

#[derive(Default)]
struct Report {
    figures: Map<String, Value>,
}

impl Report {
    fn add(&mut self, name: &str, value: f64, reach: &Reach) {
        let verdict = match *reach {
            Reach::AtLeast(least) if value >= least => format!("reaches {least}"),
            Reach::AtLeast(least) => format!("BELOW {least}"),
            Reach::AtMost(most) if value <= most => format!("within {most}"),
            Reach::AtMost(most) => format!("ABOVE {most}"),
            Reach::Known => String::new(),
        };
        println!("{name:<34} {value:>12.1}   {verdict}");
        self.figures.insert(name.to_owned(), serde_json::json!((value * 10.0).round() / 10.0));
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let seconds = Duration::from_secs(options.seconds);
    let mut report = Report::default();
    idle(&options, &mut report).await?;
    declaring(&options, seconds, &mut report).await?;
    looking(&options, &mut report).await?;
    let text = serde_json::to_string_pretty(&report.figures)?;
    std::fs::write(&options.out, text + "\n").with_context(|| format!("cannot write {}", options.out.display()))?;
    println!("written to {}", options.out.display());
    Ok(())
}

/// Memory of a server that nobody has asked anything.
async fn idle(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let prepared = Prepared::new().await?.closed().await;
    let running = prepared.start(&options.program()).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    report.add("rss_idle_mb", Memory::of(&running).resident_mb()?, &Reach::AtMost(40.0));
    running.stop()
}

/// Declarations through HTTP, and the same rows without it.
async fn declaring(options: &Options, seconds: Duration, report: &mut Report) -> anyhow::Result<()> {
    let prepared = Prepared::new().await?;
    let seeded = seed::enterprise(&prepared.state, 20_000, false).await?;
    let questionnaire = prepared.state.catalogue.newest(seed::QUESTIONNAIRE).context("the built-in questionnaire")?;
    let forms = Forms::new(&questionnaire, prepared.state.clock.today(chrono_tz::Asia::Shanghai), &seeded);
    let prepared = prepared.closed().await;
    let (before, before_too) = (copy(&prepared, "before.db")?, copy(&prepared, "before-too.db")?);

    let running = prepared.start(&options.program()).await?;
    let first = size::declare_page(running.port, &seeded, &options.site).await?;
    report.add("declare_page_bytes", first.page, &Reach::AtMost(14_600.0));
    report.add("minimal_leptos_bytes", options.minimal_leptos_bytes as f64, &Reach::Known);
    report.add("first_load_bytes", first.everything, &Reach::AtMost(1.6 * options.minimal_leptos_bytes as f64));
    report.add("desk_load_bytes", first.desk, &Reach::Known);

    load::declare_flat_out(running.port, &forms, Duration::from_secs(2)).await?;
    let flat_out = load::declare_flat_out(running.port, &forms, seconds).await?;
    let offered = load::declare_at(running.port, &forms, 1000, seconds).await?;
    running.stop()?;

    let ceiling = load::ceiling(&prepared, &before, Folding::Usual, seconds).await?;
    let late = load::ceiling(&prepared, &before_too, Folding::Late, seconds).await?;
    report.add("declare_per_s", flat_out.per_second, &Reach::AtLeast(5000.0));
    report.add("declare_flat_out_p99_ms", flat_out.latency.at(0.99), &Reach::Known);
    report.add("ceiling_per_s", ceiling, &Reach::Known);
    report.add("ceiling_folded_late_per_s", late, &Reach::Known);
    report.add("declare_to_ceiling_percent", 100.0 * flat_out.per_second / ceiling, &Reach::AtLeast(50.0));
    report.add("declare_p50_ms", offered.latency.at(0.5), &Reach::Known);
    report.add("declare_p99_ms", offered.latency.at(0.99), &Reach::AtMost(50.0));
    Ok(())
}

/// A copy of the database as it is now.
fn copy(closed: &Closed, name: &str) -> anyhow::Result<PathBuf> {
    let copy = closed.folder().join(name);
    std::fs::copy(closed.database(), &copy)?;
    Ok(copy)
}

/// Statistics, search and files of a hundred thousand people.
async fn looking(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let prepared = Prepared::new().await?;
    let seeded = seed::enterprise(&prepared.state, 100_000, true).await?;
    let questionnaire = prepared.state.catalogue.newest(seed::QUESTIONNAIRE).context("the built-in questionnaire")?;
    let prepared = prepared.closed().await;
    let running = prepared.start(&options.program()).await?;
    let looked = load::look(running.port, &questionnaire, &seeded).await?;
    report.add("census_cold_load_ms_100k", looked.cold_ms, &Reach::AtMost(1000.0));
    report.add("statistics_p50_ms_100k", looked.statistics.at(0.5), &Reach::Known);
    report.add("statistics_p95_ms_100k", looked.statistics.at(0.95), &Reach::AtMost(10.0));
    report.add("people_search_p95_ms_100k", looked.search.at(0.95), &Reach::AtMost(50.0));
    let resident = Memory::of(&running).resident_mb()?;
    report.add("rss_100k_mb", resident, &Reach::Known);
    // What an export takes beside that, rows that wait in memory files among it.
    Memory::of(&running).forget_peak()?;
    report.add("export_csv_s_100k", load::export(running.port, &seeded, "people.csv").await?, &Reach::AtMost(2.0));
    report.add("export_xlsx_s_100k", load::export(running.port, &seeded, "people.xlsx").await?, &Reach::AtMost(10.0));
    report.add("export_extra_mb_100k", Memory::of(&running).peak_mb()? - resident, &Reach::AtMost(60.0));
    running.stop()
}

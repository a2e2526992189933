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
mod looking;
mod many;
mod memory;
mod size;
#[path = "../support/mod.rs"]
mod support;
mod writing;

use std::{fmt::Write, path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use serde_json::{Map, Value};

use crate::{
    load::Folding,
    looking::{Asked, Looked},
    memory::Memory,
    support::{
        forms::Forms,
        seed,
        server::{Closed, Prepared, Program},
    },
    writing::Place,
};

/// What a program does at its start is done by then.
const SETTLED: Duration = Duration::from_secs(2);

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
    /// A PostgreSQL server in which databases may be made, as a URL without a name at its end
    #[arg(long, env = "SHENBAO_TEST_POSTGRES")]
    postgres: String,
    /// Seconds for each load
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Only these parts; the figures then stand on the screen alone
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Idle,
    Declaring,
    Many,
    Postgres,
    PostgresMany,
    Flood,
    Looking,
    Million,
    Tenants,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

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
    /// The same as lines of a table in Markdown.
    lines: String,
}

impl Report {
    /// `what` it is stands in the table of `docs/performance.md`.
    fn add(&mut self, name: &str, what: &str, value: f64, reach: &Reach) {
        let (wanted, reached) = match *reach {
            Reach::AtLeast(least) => (format!("≥ {least:.0}"), value >= least),
            Reach::AtMost(most) => (format!("≤ {most:.0}"), value <= most),
            Reach::Known => (String::new(), true),
        };
        println!("{name:<34} {value:>12.1}   {wanted:<10} {}", if reached { "" } else { "MISSED" });
        let reached = if wanted.is_empty() || reached { "" } else { "missed" };
        let _ = writeln!(self.lines, "| `{name}` | {what} | {value:.1} | {wanted} | {reached} |");
        self.figures.insert(name.to_owned(), rounded(value).into());
    }
}

impl Report {
    /// As it stands in `docs/performance.md`.
    fn table(&self) -> String {
        let mut table = format!("| figure | what | measured | reach | |\n|---|---|---|---|---|\n{}", self.lines);
        let Some(growth) = self.figures.get("growth").and_then(Value::as_object) else { return table };
        let figures: Vec<&String> = growth.values().next().and_then(Value::as_object).into_iter().flat_map(Map::keys).collect();
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let first = |first: &str, others: &dyn Fn(&String) -> String| {
            line(std::iter::once(first.to_owned()).chain(figures.iter().map(|figure| others(figure))).collect())
        };
        table.push('\n');
        table.push_str(&first("people", &|figure| format!("`{figure}`")));
        table.push_str(&first("---", &|_| "---".to_owned()));
        for (people, values) in growth {
            table.push_str(&first(people, &|figure| values[figure.as_str()].to_string()));
        }
        table
    }
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let seconds = Duration::from_secs(options.seconds);
    let mut report = Report::default();
    if options.wants(Part::Idle) {
        idle(&options, &mut report).await?;
    }
    if options.wants(Part::Declaring) {
        declaring(&options, seconds, &mut report).await?;
    }
    writing(&options, seconds, &mut report).await?;
    looking(&options, &mut report).await?;
    if options.wants(Part::Tenants) {
        tenants(&options, &mut report).await?;
    }
    if !options.only.is_empty() {
        return Ok(());
    }
    let text = serde_json::to_string_pretty(&report.figures)?;
    std::fs::write(&options.out, text + "\n").with_context(|| format!("cannot write {}", options.out.display()))?;
    std::fs::write(options.out.with_extension("md"), report.table())?;
    println!("written to {}", options.out.display());
    Ok(())
}

/// Memory of a server that nobody has asked anything.
async fn idle(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let prepared = Prepared::new().await?.closed().await;
    let running = prepared.start(&options.program()).await?;
    tokio::time::sleep(SETTLED).await;
    report.add(
        "rss_idle_mb",
        "memory of a server that nobody has asked anything, MB",
        Memory::of(&running).resident_mb()?,
        &Reach::AtMost(40.0),
    );
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
    report.add("declare_page_bytes", "the form's HTML and CSS, brotli", first.page, &Reach::AtMost(14_600.0));
    report.add(
        "minimal_leptos_bytes",
        "JavaScript and WASM of the minimal Leptos application, brotli",
        options.minimal_leptos_bytes as f64,
        &Reach::Known,
    );
    report.add(
        "first_load_bytes",
        "the form's page with JavaScript and WASM, brotli; at most 1.3 × the minimal application",
        first.everything,
        &Reach::AtMost(1.3 * options.minimal_leptos_bytes as f64),
    );
    report.add(
        "desk_load_bytes",
        "what is fetched when somebody begins to answer, or by a first visit's service worker",
        first.desk,
        &Reach::Known,
    );
    report.add(
        "notice_load_bytes",
        "the scripts of what waits to be sent, which every page fetches once it is shown",
        first.notice,
        &Reach::Known,
    );

    load::declare_flat_out(running.port, &forms, Duration::from_secs(2)).await?;
    let flat_out = load::declare_flat_out(running.port, &forms, seconds).await?;
    let offered = load::declare_at(running.port, &forms, 1000, seconds).await?;
    running.stop()?;

    let ceiling = load::ceiling(&prepared, &before, Folding::Usual, seconds).await?;
    let late = load::ceiling(&prepared, &before_too, Folding::Late, seconds).await?;
    report.add(
        "declare_per_s",
        "durable declarations a second through HTTP, 64 clients, one enterprise",
        flat_out.per_second,
        &Reach::AtLeast(5000.0),
    );
    report.add("declare_flat_out_p99_ms", "how long each takes then", flat_out.latency.at(0.99), &Reach::Known);
    report.add("ceiling_per_s", "the same rows by a bare loop, batches of 64", ceiling, &Reach::Known);
    report.add("ceiling_folded_late_per_s", "by a loop whose log is folded as late as the server's", late, &Reach::Known);
    report.add("declare_to_ceiling_percent", "declarations of the bare loop", 100.0 * flat_out.per_second / ceiling, &Reach::AtLeast(50.0));
    report.add("declare_p50_ms", "one declaration at 1,000 a second offered", offered.latency.at(0.5), &Reach::Known);
    report.add("declare_p99_ms", "the same", offered.latency.at(0.99), &Reach::AtMost(50.0));
    Ok(())
}

/// A copy of the database as it is now.
fn copy(closed: &Closed, name: &str) -> anyhow::Result<PathBuf> {
    let copy = closed.folder().join(name);
    std::fs::copy(closed.database(), &copy)?;
    Ok(copy)
}

/// Statistics, search and lists of one enterprise, from a thousand people to a million; files of a hundred thousand.
async fn looking(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let mut growth = Map::new();
    for people in [1_000, 10_000, 100_000, 1_000_000] {
        if !options.wants(if people == 1_000_000 { Part::Million } else { Part::Looking }) {
            continue;
        }
        let (looked, asked) = looking::look(options, people).await?;
        growth.insert(people.to_string(), grown(&looked));
        match people {
            100_000 => {
                report.add(
                    "census_cold_load_ms_100k",
                    "the first page after a start, 100,000 people",
                    looked.load_ms,
                    &Reach::AtMost(1000.0),
                );
                report.add("statistics_p50_ms_100k", "200 filter combinations, the whole page", looked.statistics.at(0.5), &Reach::Known);
                report.add("statistics_p95_ms_100k", "the same", looked.statistics.at(0.95), &Reach::AtMost(10.0));
                report.add("people_search_p95_ms_100k", "a search, the whole page", looked.search.at(0.95), &Reach::AtMost(50.0));
                exporting(&asked, report).await?;
            }
            1_000_000 => {
                report.add("census_load_ms_1m", "the first page after a start, a million people", looked.load_ms, &Reach::AtMost(4000.0));
                report.add(
                    "census_bytes_per_person",
                    "memory of their census beyond names, documents and phones, once it is loaded",
                    looked.bytes_per_person,
                    &Reach::AtMost(200.0),
                );
                report.add("census_load_extra_mb_1m", "what a load takes beside it, MB", looked.load_extra_mb, &Reach::Known);
                report.add(
                    "statistics_p95_ms_1m",
                    "200 filter combinations, the whole page",
                    looked.statistics.at(0.95),
                    &Reach::AtMost(20.0),
                );
                report.add("people_search_p95_ms_1m", "a search, the whole page", looked.search.at(0.95), &Reach::AtMost(100.0));
                report.add(
                    "people_list_p95_ms_1m",
                    "a page of the list, from its beginning to its end",
                    looked.list.at(0.95),
                    &Reach::AtMost(20.0),
                );
                report.add(
                    "update_visible_p95_ms_1m",
                    "from the acknowledgement to the end of a page that shows it",
                    looked.update.at(0.95),
                    &Reach::AtMost(100.0),
                );
            }
            _ => {}
        }
        asked.running.stop()?;
    }
    report.figures.insert("growth".to_owned(), growth.into());
    Ok(())
}

/// Each figure by itself, so that how it grows with the people can be read off.
fn grown(looked: &Looked) -> Value {
    serde_json::json!({
        "census_load_ms": rounded(looked.load_ms),
        "census_bytes_per_person": rounded(looked.bytes_per_person),
        "statistics_p95_ms": rounded(looked.statistics.at(0.95)),
        "people_search_p95_ms": rounded(looked.search.at(0.95)),
        "people_list_p95_ms": rounded(looked.list.at(0.95)),
        "update_visible_p95_ms": rounded(looked.update.at(0.95)),
    })
}

/// What a file of everyone takes beside the census, rows that wait in memory files among it.
async fn exporting(asked: &Asked, report: &mut Report) -> anyhow::Result<()> {
    let memory = Memory::of(&asked.running);
    let resident = memory.resident_mb()?;
    report.add("rss_100k_mb", "memory with a census of 100,000 people, MB", resident, &Reach::Known);
    memory.forget_peak()?;
    let (port, seeded) = (asked.running.port, &asked.seeded);
    report.add(
        "export_csv_s_100k",
        "a CSV file of 100,000 people, seconds",
        load::export(port, seeded, "people.csv").await?,
        &Reach::AtMost(2.0),
    );
    report.add(
        "export_xlsx_s_100k",
        "an Excel file of them, seconds",
        load::export(port, seeded, "people.xlsx").await?,
        &Reach::AtMost(10.0),
    );
    report.add("export_extra_mb_100k", "what files take beside that, MB", memory.peak_mb()? - resident, &Reach::AtMost(60.0));
    Ok(())
}

/// A hundred thousand enterprises of seventeen people, and a hundred of them.
async fn tenants(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let few = many::look(options, 100).await?;
    let many = many::look(options, 100_000).await?;
    report.add(
        "cold_statistics_p95_ms_many",
        "the first page of one of 100,000 enterprises of 17 people",
        many.cold.at(0.95),
        &Reach::AtMost(20.0),
    );
    report.add("start_ms_few", "until a server is ready, 100 enterprises", few.start_ms, &Reach::Known);
    report.add("start_ms_many", "the same, 100,000 enterprises; at most 100 ms more", many.start_ms, &Reach::AtMost(few.start_ms + 100.0));
    report.add("rss_idle_mb_few", "its memory, MB, 100 enterprises", few.idle_mb, &Reach::Known);
    report.add("rss_idle_mb_many", "the same, 100,000 enterprises; at most 5 MB more", many.idle_mb, &Reach::AtMost(few.idle_mb + 5.0));
    Ok(())
}

/// The writer with ten thousand enterprises at once, on PostgreSQL, and with a flood to one beside a trickle to another.
async fn writing(options: &Options, seconds: Duration, report: &mut Report) -> anyhow::Result<()> {
    let on = |place: Place, enterprises: usize, people: usize| writing::Case { place, enterprises, people, seconds };
    if options.wants(Part::Many) {
        let many = writing::measured(options, on(Place::Sqlite, 10_000, 2)).await?;
        let what = "declarations a second of 10,000 enterprises at once";
        report.add("declare_per_s_many", what, many.flat_out.per_second, &Reach::AtLeast(5000.0));
        let what = "one declaration at 1,000 a second offered by these";
        report.add("declare_p99_ms_many", what, many.offered.latency.at(0.99), &Reach::AtMost(50.0));
    }
    if options.wants(Part::Postgres) {
        let one = writing::measured(options, on(Place::Postgres, 1, 20_000)).await?;
        let what = "declarations a second on PostgreSQL, one enterprise";
        report.add("declare_per_s_postgres", what, one.flat_out.per_second, &Reach::AtLeast(5000.0));
        let what = "one declaration at 1,000 a second offered there";
        report.add("declare_p99_ms_postgres", what, one.offered.latency.at(0.99), &Reach::AtMost(50.0));
    }
    if options.wants(Part::PostgresMany) {
        let many = writing::measured(options, on(Place::Postgres, 10_000, 2)).await?;
        let what = "declarations a second on PostgreSQL, 10,000 enterprises at once";
        report.add("declare_per_s_postgres_many", what, many.flat_out.per_second, &Reach::AtLeast(5000.0));
        let what = "one declaration at 1,000 a second offered by these";
        report.add("declare_p99_ms_postgres_many", what, many.offered.latency.at(0.99), &Reach::AtMost(50.0));
    }
    if options.wants(Part::Flood) {
        let beside = writing::beside_a_flood(options, seconds).await?;
        let what = "one declaration, while 512 clients flood another enterprise";
        report.add("declare_p99_ms_beside_a_flood", what, beside.latency.at(0.99), &Reach::AtMost(300.0));
    }
    Ok(())
}

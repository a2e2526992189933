//! The command line.

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use shenbao::{
    account, audit, config, db, declaration, delegation, demo, enterprise, listener, metrics, questionnaire, retention, serve, vault,
};
use tokio::net::TcpListener;
use tracing_subscriber::{Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// A request allocates some hundred times, on whichever thread has time for it: that is this allocator's trade.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Shenbao (申报): health declarations of an enterprise's employees, self-hosted
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the web application
    Serve(Box<config::Serve>),
    /// Serve invented people, for looking at and trying out
    Demo(Box<demo::Demo>),
    /// Create the database's tables, or bring them up to date, and stop
    Migrate(config::Storage),
    /// Register enterprises
    #[command(subcommand)]
    Enterprise(enterprise::command::Enterprise),
    /// Appoint representatives, and invite them to enrol a device
    #[command(subcommand)]
    Representative(account::command::Representative),
    /// List the managers whom representatives have authorised, and take authorisations back
    #[command(subcommand)]
    Manager(delegation::command::Manager),
    /// Make and check the key file, and go over to new keys
    #[command(subcommand)]
    Key(vault::command::Key),
    /// Check the log of who did what
    #[command(subcommand)]
    Audit(audit::command::Audit),
    /// Copy the database into a file, while servers run
    Backup(db::backup::Backup),
    /// Delete what is older than it may be; `serve` does so by itself, once an hour
    Purge(retention::command::Purge),
    /// Check and list questionnaires
    #[command(subcommand)]
    Questionnaire(questionnaire::command::Command),
}

/// So long the process waits for what is still running when its work is done.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return refused(&error.into()),
    };
    let done = runtime.block_on(run(command));
    runtime.shutdown_timeout(LAST_PATIENCE);
    done.map_or_else(|error| refused(&error), |()| ExitCode::SUCCESS)
}

fn refused(error: &anyhow::Error) -> ExitCode {
    eprint!("{}", sentences(error));
    ExitCode::FAILURE
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(settings) => serve_with(&settings).await,
        Command::Demo(demo) => serve_demo(&demo).await,
        Command::Migrate(storage) => migrate(&storage).await,
        Command::Enterprise(command) => command.run().await,
        Command::Representative(command) => command.run().await,
        Command::Manager(command) => command.run().await,
        Command::Key(command) => command.run().await,
        Command::Audit(command) => command.run().await,
        Command::Backup(command) => command.run().await,
        Command::Purge(command) => command.run().await,
        Command::Questionnaire(command) => command.run(),
    }
}

/// An error and what lies beneath it, a line each, and no backtrace: it is read by an operator. A cause that the line before
/// quotes already is not said again.
fn sentences(error: &anyhow::Error) -> String {
    let mut said = format!("shenbao: {error}\n");
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            said.extend(["  ", &cause, "\n"]);
        }
    }
    said
}

async fn serve_with(settings: &config::Serve) -> anyhow::Result<()> {
    let traces = start_log(settings)?;
    let state = serve::open(settings, false).await?;
    serve::check_site(&state)?;
    let listener = listener::bind(settings.addr)?;
    let metrics = metrics_listener(settings)?;
    tracing::info!(address = %settings.addr, url = state.public_url.origin(), "serving");
    tokio::spawn(declaration::versions::warn_of_missing(state.clone()));
    serve::run(state, listener, metrics, settings.drain()).await;
    traces.end().await;
    Ok(())
}

async fn serve_demo(demo: &demo::Demo) -> anyhow::Result<()> {
    let traces = start_log(&demo.serve)?;
    let listener = listener::bind(demo.serve.addr)?;
    let metrics = metrics_listener(&demo.serve)?;
    let state = demo.open().await?;
    serve::check_site(&state)?;
    demo::welcome(&state).await?;
    tokio::spawn(declaration::versions::warn_of_missing(state.clone()));
    serve::run(state, listener, metrics, demo.serve.drain()).await;
    traces.end().await;
    Ok(())
}

fn metrics_listener(settings: &config::Serve) -> anyhow::Result<Option<TcpListener>> {
    settings.metrics_addr.map(|addr| listener::bind_for("--metrics-addr", addr)).transpose()
}

async fn migrate(storage: &config::Storage) -> anyhow::Result<()> {
    shenbao::db::Db::open(&storage.database_url).await?.close().await;
    shenbao::terminal::print(format_args!("The database is up to date."));
    Ok(())
}

fn start_log(settings: &config::Serve) -> anyhow::Result<Sent> {
    let sent = Sent::to(settings.otlp_url.as_deref())?;
    let filter = tracing_subscriber::EnvFilter::new(&settings.log);
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(std::io::stderr);
    // A log that cannot be written must not end what logs: saying so would be written to the same place, and panic.
    let log = log.log_internal_errors(false);
    let log = if settings.log_json { log.json().boxed() } else { log.boxed() };
    let all = tracing_subscriber::registry().with(filter).with(log);
    #[cfg(feature = "otel")]
    let all = all.with(sent.0.as_ref().map(shenbao::traces::Traces::layer));
    all.init();
    metrics::panics::count_and_log();
    Ok(sent)
}

/// What of the log is sent to a collector besides.
#[cfg(feature = "otel")]
struct Sent(Option<shenbao::traces::Traces>);

#[cfg(feature = "otel")]
impl Sent {
    fn to(collector: Option<&str>) -> anyhow::Result<Self> {
        collector.map(shenbao::traces::Traces::to).transpose().map(Self)
    }

    async fn end(self) {
        if let Some(traces) = self.0 {
            traces.end().await;
        }
    }
}

#[cfg(not(feature = "otel"))]
struct Sent;

#[cfg(not(feature = "otel"))]
impl Sent {
    fn to(collector: Option<&str>) -> anyhow::Result<Self> {
        anyhow::ensure!(collector.is_none(), "SHENBAO_OTLP_URL: this program was built without the feature otel, see docs/observe.md");
        Ok(Self)
    }

    #[expect(clippy::unused_async, reason = "as the one that sends")]
    async fn end(self) {}
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn each_cause_is_said_once() {
        let below = Err::<(), _>(std::io::Error::other("the disk is gone"));
        let quoted = below.map_err(|error| anyhow::anyhow!("cannot read a.csv: {error}").context("nothing was imported")).unwrap_err();
        assert_eq!(sentences(&quoted), "shenbao: nothing was imported\n  cannot read a.csv: the disk is gone\n");
        let chained = Err::<(), _>(std::io::Error::other("the disk is gone")).context("cannot read a.csv: the disk is gone").unwrap_err();
        assert_eq!(sentences(&chained), "shenbao: cannot read a.csv: the disk is gone\n");
    }
}

//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use shenbao::{account, config, declaration, demo, enterprise, listener, questionnaire, serve, vault};

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
    Serve(config::Serve),
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
    /// Make and check the key file
    #[command(subcommand)]
    Key(vault::command::Key),
    /// Check and list questionnaires
    #[command(subcommand)]
    Questionnaire(questionnaire::command::Command),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("{}", sentences(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(settings) => serve_with(&settings).await,
        Command::Demo(demo) => serve_demo(&demo).await,
        Command::Migrate(storage) => migrate(&storage).await,
        Command::Enterprise(command) => command.run().await,
        Command::Representative(command) => command.run().await,
        Command::Key(command) => command.run().await,
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
    start_log(settings);
    let state = serve::open(settings, false).await?;
    let listener = listener::bind(settings.addr).await?;
    tracing::info!(address = %settings.addr, url = state.public_url.origin(), "serving");
    tokio::spawn(declaration::versions::warn_of_missing(state.clone()));
    serve::run(state, listener).await;
    Ok(())
}

async fn serve_demo(demo: &demo::Demo) -> anyhow::Result<()> {
    start_log(&demo.serve);
    let listener = listener::bind(demo.serve.addr).await?;
    let state = demo.open().await?;
    demo::welcome(&state).await?;
    tokio::spawn(declaration::versions::warn_of_missing(state.clone()));
    serve::run(state, listener).await;
    Ok(())
}

async fn migrate(storage: &config::Storage) -> anyhow::Result<()> {
    shenbao::db::Db::open(&storage.database_url).await?.close().await;
    println!("The database is up to date.");
    Ok(())
}

fn start_log(settings: &config::Serve) {
    let filter = tracing_subscriber::EnvFilter::new(&settings.log);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if settings.log_json { log.json().init() } else { log.init() }
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

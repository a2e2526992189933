//! The command line.

use clap::{Parser, Subcommand};
use shenbao::{account, config, declaration, demo, enterprise, listener, questionnaire, serve, vault};

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
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Serve(settings) => serve_with(&settings).await,
        Command::Demo(demo) => serve_demo(&demo).await,
        Command::Migrate(storage) => migrate(&storage).await,
        Command::Enterprise(command) => command.run().await,
        Command::Representative(command) => command.run().await,
        Command::Key(command) => command.run().await,
        Command::Questionnaire(command) => command.run(),
    }
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

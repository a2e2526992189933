//! What the operator sets, by flag or by `SHENBAO_*` variable: the one place that reads the environment.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;

use crate::{db::Pool, retention};

/// Where the data is and what opens it: every command that touches the database takes these.
#[derive(Debug, Clone, Args)]
pub struct Storage {
    /// Database: `sqlite:FILE`, or `postgres://USER@HOST/NAME`
    #[arg(long, env = "SHENBAO_DATABASE_URL", default_value = "sqlite:shenbao.db", hide_env_values = true)]
    pub database_url: String,
    /// Key file, readable by its owner only; made by `shenbao key new`
    #[arg(long, env = "SHENBAO_KEY_FILE", default_value = "shenbao.key")]
    pub key_file: PathBuf,
    /// Folder with further questionnaires (*.toml) beside the built-in ones
    #[arg(long, env = "SHENBAO_QUESTIONNAIRES")]
    pub questionnaires: Option<PathBuf>,
}

/// Where the key file is, for the command that makes it.
#[derive(Debug, Clone, Args)]
pub struct KeyPath {
    /// Key file, readable by its owner only
    #[arg(long, env = "SHENBAO_KEY_FILE", default_value = "shenbao.key")]
    pub key_file: PathBuf,
}

/// Where questionnaires beside the built-in ones are, for commands that need nothing else.
#[derive(Debug, Clone, Args)]
pub struct Questionnaires {
    /// Folder with further questionnaires (*.toml) beside the built-in ones
    #[arg(long, env = "SHENBAO_QUESTIONNAIRES")]
    pub questionnaires: Option<PathBuf>,
}

/// The address under which people reach this server.
#[derive(Debug, Clone, Args)]
pub struct Public {
    /// The address that people type or scan; https, except on localhost. Its host name is what passkeys are bound to
    #[arg(long, env = "SHENBAO_PUBLIC_URL", default_value = "http://localhost:3000")]
    pub public_url: String,
}

/// How long declarations are kept.
#[derive(Debug, Clone, Copy, Args)]
pub struct Retention {
    /// Days after which a declaration is deleted, 365 at most; and with the last one who declared it, unless they came again
    #[arg(long, env = "SHENBAO_RETENTION_DAYS", default_value_t = retention::DAYS, value_parser = retention_days)]
    pub retention_days: u16,
}

fn retention_days(text: &str) -> Result<u16, String> {
    let days = text.parse().ok().filter(|days| (1..=retention::MOST_DAYS).contains(days));
    days.ok_or_else(|| format!("declarations are kept for 1 to {} days", retention::MOST_DAYS))
}

/// Where reminders and alerts leave the house.
#[derive(Debug, Clone, Default, Args)]
pub struct Sending {
    /// Server that sends e-mail: `smtps://USER:PASSWORD@HOST`, or `smtp://…`, which turns to TLS (plain on this machine alone)
    #[arg(long, env = "SHENBAO_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// From whom e-mail comes: `NAME@HOST`, or `TITLE <NAME@HOST>`
    #[arg(long, env = "SHENBAO_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Receivers, as HOST:PORT between commas, that may be on a network that is not public, and without https
    #[arg(long, env = "SHENBAO_ALLOW_RECEIVERS", default_value = "")]
    pub allow_receivers: String,
    /// File with holidays and the days worked instead (TOML), in the place of the built-in one
    #[arg(long, env = "SHENBAO_HOLIDAYS")]
    pub holidays: Option<PathBuf>,
}

/// How PostgreSQL is used. SQLite needs none of it.
#[derive(Debug, Clone, Args)]
pub struct Postgres {
    /// Connections to PostgreSQL that this process may hold, and as many to the replica
    #[arg(long, env = "SHENBAO_DATABASE_CONNECTIONS", default_value_t = Pool::default().connections, value_parser = clap::value_parser!(u32).range(4..=1000))]
    pub database_connections: u32,
    /// Seconds after which PostgreSQL gives up a statement
    #[arg(long, env = "SHENBAO_STATEMENT_SECS", default_value_t = Pool::default().statement_secs, value_parser = clap::value_parser!(u32).range(5..=3600))]
    pub statement_secs: u32,
    /// PostgreSQL that follows the database by streaming: enterprises are loaded from it as far as it has come, see docs/deploy.md
    #[arg(long, env = "SHENBAO_REPLICA_URL", hide_env_values = true)]
    pub replica_url: Option<String>,
}

impl Default for Postgres {
    fn default() -> Self {
        let Pool { connections, statement_secs } = Pool::default();
        Self { database_connections: connections, statement_secs, replica_url: None }
    }
}

impl Postgres {
    pub const fn pool(&self) -> Pool {
        Pool { connections: self.database_connections, statement_secs: self.statement_secs }
    }
}

/// Everything that `serve` takes.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    #[command(flatten)]
    pub storage: Storage,
    #[command(flatten)]
    pub postgres: Postgres,
    #[command(flatten)]
    pub public: Public,
    /// File with the identity providers (OpenID Connect) by which people sign in, see docs/identity-providers.md
    #[arg(long, env = "SHENBAO_PROVIDERS")]
    pub providers: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, env = "SHENBAO_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,
    /// Folder with the built browser files
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site")]
    pub site_root: PathBuf,
    /// Whether browser files carry a hash in their names [default: if hash.txt, as the release build makes it, stands beside the program]
    #[arg(long, env = "LEPTOS_HASH_FILES", action = clap::ArgAction::Set)]
    pub hash_files: Option<bool>,
    /// How many reverse proxies stand in front: the client's address is that many hops from the right of X-Forwarded-For
    #[arg(long, env = "SHENBAO_PROXIES", default_value_t = 0)]
    pub proxies: usize,
    /// Memory for all censuses together, in MiB; the least recently used go first
    #[arg(long, env = "SHENBAO_CENSUS_MIB", default_value_t = 512)]
    pub census_mib: u64,
    #[command(flatten)]
    pub retention: Retention,
    #[command(flatten)]
    pub sending: Sending,
    /// Address and port of /metrics, for Prometheus alone; without it there is none, see docs/observe.md
    #[arg(long, env = "SHENBAO_METRICS_ADDR")]
    pub metrics_addr: Option<SocketAddr>,
    /// Seconds from the signal to stop to the end of taking requests, in which /readyz says no [default: 5 behind a proxy, else 0]
    #[arg(long, env = "SHENBAO_DRAIN_SECS")]
    pub drain_secs: Option<u16>,
    /// Collector for OpenTelemetry's traces, as `http://HOST:4318`; in a build with the feature otel, see docs/observe.md
    #[arg(long, env = "SHENBAO_OTLP_URL", hide_env_values = true)]
    pub otlp_url: Option<String>,
    /// Log as JSON, one object a line
    #[arg(long, env = "SHENBAO_LOG_JSON", default_value_t = false, action = clap::ArgAction::Set)]
    pub log_json: bool,
    /// What to log, as tracing directives
    #[arg(long, env = "SHENBAO_LOG", default_value = "info,tower_http=warn,sqlx=warn")]
    pub log: String,
    /// Set by cargo-leptos watch: the port that reloads the page
    #[arg(long, env = "LEPTOS_RELOAD_PORT", default_value_t = 3001, hide = true)]
    pub reload_port: u16,
    /// Set by cargo-leptos watch
    #[arg(long, env = "LEPTOS_WATCH", hide = true)]
    pub watch: Option<String>,
}

/// So long a proxy has to notice that a server stops.
const DRAIN_SECS: u16 = 5;

impl Serve {
    /// How long requests are taken after the signal to stop.
    pub fn drain(&self) -> Duration {
        let unsaid = if self.proxies > 0 { DRAIN_SECS } else { 0 };
        Duration::from_secs(self.drain_secs.unwrap_or(unsaid).into())
    }
}

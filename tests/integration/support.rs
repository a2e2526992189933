//! A server of one's own for each test, on SQLite or on PostgreSQL.

use std::{net::SocketAddr, path::PathBuf};

use shenbao::{
    config::{Public, Serve, Storage},
    serve,
    state::AppState,
    vault::KeyFile,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// Which database a test runs on: each story runs on both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A running server with its own empty database; it stops and cleans up when dropped.
pub struct TestServer {
    pub state: AppState,
    /// `http://localhost:PORT`
    pub url: String,
    pub folder: TempDir,
    pub settings: Serve,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<anyhow::Result<()>>>,
}

impl TestServer {
    pub async fn start(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = new_database(backend, &folder).await;
        let key_file = folder.path().join("shenbao.key");
        KeyFile::create(&key_file).unwrap();
        Self::open(folder, database_url, key_file, false).await
    }

    async fn open(folder: TempDir, database_url: String, key_file: PathBuf, demo: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let settings = settings(database_url, key_file, addr);
        let state = serve::open(&settings, demo).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = serve::run_until(state.clone(), listener, async {
            let _ = stopped.await;
        });
        let served = tokio::spawn(serving);
        Self { state, url: format!("http://localhost:{}", addr.port()), folder, settings, stop: Some(stop), served: Some(served) }
    }

    /// A browser without JavaScript: keeps cookies, follows nothing by itself.
    pub fn client(&self) -> reqwest::Client {
        reqwest::Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
    }

    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Stops the server as an operator would, and waits for it.
    pub async fn stop(mut self) -> TempDir {
        let _ = self.stop.take().unwrap().send(());
        self.served.take().unwrap().await.unwrap().unwrap();
        self.folder
    }
}

fn settings(database_url: String, key_file: PathBuf, addr: SocketAddr) -> Serve {
    Serve {
        storage: Storage { database_url, key_file, questionnaires: None },
        public: Public { public_url: format!("http://localhost:{}", addr.port()) },
        addr,
        site_root: "target/site".into(),
        hash_files: false,
        proxies: 0,
        census_mib: 64,
        log_json: false,
        log: String::new(),
        reload_port: 3001,
        watch: None,
    }
}

/// The URL of a new, empty database.
pub async fn new_database(backend: Backend, folder: &TempDir) -> String {
    match backend {
        Backend::Sqlite => format!("sqlite:{}", folder.path().join("shenbao.db").display()),
        Backend::Postgres => new_postgres_database().await,
    }
}

/// The cluster is started by `.ci/with-postgres`, which `make test` uses; each test takes a database of its own in it.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the cluster is")]
async fn new_postgres_database() -> String {
    let cluster = std::env::var("SHENBAO_TEST_POSTGRES")
        .expect("no PostgreSQL to test on: run `make test`, or `.ci/with-postgres cargo nextest run --features ssr`");
    let name = format!("t{}", shenbao::random::uuid().simple());
    let pool = sqlx::PgPool::connect(&format!("{cluster}/postgres")).await.expect("the test cluster answers");
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}"))).execute(&pool).await.expect("a database can be made");
    pool.close().await;
    format!("{cluster}/{name}")
}

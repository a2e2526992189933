//! A server of one's own for each test, on SQLite or on PostgreSQL.

use std::{net::SocketAddr, path::PathBuf};

use shenbao::{
    account::{
        caller::Tenant,
        claim,
        model::{DocumentKind, IdDocument, Person, Phone},
        representative,
    },
    config::{Public, Serve, Storage},
    enterprise::{
        model::Uscc,
        registry::{self, Registration},
    },
    id::EnterpriseId,
    listener::Limits,
    serve,
    state::{AppState, Visit},
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
    served: Option<JoinHandle<()>>,
}

impl TestServer {
    pub async fn start(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = new_database(backend, &folder).await;
        let key_file = folder.path().join("shenbao.key");
        KeyFile::create(&key_file).unwrap();
        Self::open(folder, database_url, key_file, false).await
    }

    /// A server in demo mode, without demo data: [`Self::enter`] works on it.
    pub async fn start_demo(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = new_database(backend, &folder).await;
        let key_file = folder.path().join("shenbao.key");
        KeyFile::create(&key_file).unwrap();
        Self::open(folder, database_url, key_file, true).await
    }

    /// Another process over the same database.
    pub async fn beside(&self) -> Self {
        let storage = &self.settings.storage;
        Self::open(tempfile::tempdir().unwrap(), storage.database_url.clone(), storage.key_file.clone(), self.state.demo).await
    }

    async fn open(folder: TempDir, database_url: String, key_file: PathBuf, demo: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let settings = settings(database_url, key_file, addr);
        let state = serve::open(&settings, demo).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = serve::run_until(state.clone(), listener, Limits::default(), async {
            let _ = stopped.await;
        });
        let served = tokio::spawn(serving);
        Self { state, url: format!("http://localhost:{}", addr.port()), folder, settings, stop: Some(stop), served: Some(served) }
    }

    /// See [`browser`].
    #[expect(clippy::unused_self, reason = "a client is asked of the server that it will talk to")]
    pub fn client(&self) -> reqwest::Client {
        browser()
    }

    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Registers the `number`th enterprise; returns it with its invitation code.
    pub async fn enterprise(&self, number: u32) -> (EnterpriseId, String) {
        let uscc = Uscc::complete(&format!("91999999{number:09}")).unwrap();
        let new = Registration {
            uscc,
            name: format!("第{number}号虚构工厂"),
            timezone: "Asia/Shanghai".parse().unwrap(),
            questionnaire: "guangdong-2020".into(),
            representative: None,
        };
        let (enterprise, code) = registry::add(&self.state.db, &self.state.vault, &self.state.clock, new).await.unwrap();
        (enterprise.id, code.as_str().to_owned())
    }

    /// Makes someone a representative of an enterprise. In demo mode the first of all is the one who can [`Self::enter`].
    pub async fn appoint(&self, enterprise: EnterpriseId, person: &Person) -> uuid::Uuid {
        let tenant = Tenant::of_operator(enterprise);
        representative::appoint(&self.state.db, &self.state.vault, self.state.clock.now(), tenant, person).await.unwrap()
    }

    /// A browser in which the first representative is signed in; the server must be in demo mode.
    pub async fn enter(&self) -> reqwest::Client {
        let client = self.client();
        let answer = client.post(self.link("/api/demo-enter")).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        client
    }

    /// This request, as the rooms see it.
    pub fn visit(&self, cookies: &str) -> Visit {
        let request = axum::http::Request::builder().header("cookie", cookies).body(()).unwrap();
        Visit::new(self.state.clone(), &request.into_parts().0)
    }

    /// A device that has claimed to be this person: its cookie.
    pub async fn claim(&self, enterprise: EnterpriseId, person: &Person) -> String {
        let tenant = Tenant::of_operator(enterprise);
        let claimed = claim::claim(&self.state.db, &self.state.vault, self.state.clock.now(), tenant, person).await.unwrap();
        format!("shenbao-device-{enterprise}={}", claimed.secret.text())
    }

    /// Stops the server as an operator would, and waits for it.
    pub async fn stop(mut self) -> TempDir {
        let _ = self.stop.take().unwrap().send(());
        self.served.take().unwrap().await.unwrap();
        self.folder
    }
}

/// A browser without JavaScript: keeps cookies, says that it comes from our own pages, follows nothing by itself.
pub fn browser() -> reqwest::Client {
    let own_page = [("sec-fetch-site".parse().unwrap(), "same-origin".parse().unwrap())];
    let builder = reqwest::Client::builder().cookie_store(true).default_headers(own_page.into_iter().collect());
    builder.redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
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

/// The `number`th invented person; the document's area does not exist.
pub fn person(number: u32) -> Person {
    let digits = format!("99999919{:02}0101{:03}", 50 + number / 1000 % 50, number % 1000);
    let read = |check| IdDocument::parse(DocumentKind::ResidentId, &format!("{digits}{check}")).ok();
    Person {
        name: format!("虚构{}", char::from_u32(0x4e00 + number).unwrap()),
        document: "0123456789X".chars().find_map(read).unwrap(),
        phone: Some(Phone::parse(&format!("139{number:08}")).unwrap()),
    }
}

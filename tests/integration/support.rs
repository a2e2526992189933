//! A server of one's own for each test, on SQLite or on PostgreSQL.

use std::{
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use shenbao::{
    account::{
        caller::Tenant,
        claim,
        model::{DocumentKind, IdDocument, Level, Person, Phone},
        representative,
        token::Token,
    },
    census::Sight,
    config::{Postgres, Public, Retention, Sending, Serve, Storage},
    db::Db,
    declaration::{
        record::{Record, Row},
        writer::Submission,
    },
    enterprise::{
        model::Uscc,
        registry::{self, Registration},
    },
    error::StoreError,
    id::{EmployeeId, EnterpriseId, ReceiptId},
    link,
    listener::{self, Limits},
    period::{Day, Period},
    questionnaire::model::Answers,
    random, serve,
    state::{AppState, Visit},
    statistics::{model::Looked, share::model::Snapshot, view::LocalTime},
    vault::{Cell, KeyFile},
};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

/// Which database a test runs on: each story runs on both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Where an operator's questionnaires lie in a server's folder, if there are any.
const QUESTIONNAIRES: &str = "questionnaires";

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

/// Somebody who asks to become a manager.
pub struct Asked {
    pub token: String,
    pub invitation: uuid::Uuid,
    pub request: uuid::Uuid,
}

/// The form of somebody who asks to become a manager.
pub fn asking(person: &Person) -> std::collections::HashMap<&'static str, String> {
    let phone = person.phone.as_ref().unwrap().national().to_owned();
    let (name, number) = (person.name.clone(), person.document.number().to_owned());
    let form = random::uuid().to_string();
    [
        ("name", name),
        ("kind", "resident-id".to_owned()),
        ("number", number),
        ("phone", phone),
        ("reason", "人事".to_owned()),
        ("consent", "yes".to_owned()),
        ("form", form),
    ]
    .into()
}

impl TestServer {
    pub async fn start(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = new_database(backend, &folder).await;
        let key_file = folder.path().join("shenbao.key");
        KeyFile::create(&key_file).unwrap();
        Self::open(folder, database_url, key_file, false, None).await
    }

    /// A server that is as patient as a test has time for.
    pub async fn start_with_limits(backend: Backend, limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = new_database(backend, &folder).await;
        let key_file = folder.path().join("shenbao.key");
        KeyFile::create(&key_file).unwrap();
        Self::open_with(folder, database_url, key_file, false, None, limits, Sending::default()).await
    }

    /// Another process over the same database, which loads from another one.
    pub async fn beside_following(&self, replica_url: &str) -> Self {
        let Storage { database_url, key_file, .. } = self.settings.storage.clone();
        let postgres = Postgres { replica_url: Some(replica_url.to_owned()), ..Postgres::default() };
        let folder = tempfile::tempdir().unwrap();
        Self::open_as(folder, database_url, key_file, self.state.demo, None, Limits::default(), Sending::default(), postgres).await
    }

    /// A server that sends e-mail, or writes to receivers on this machine.
    pub async fn start_sending(backend: Backend, sending: Sending) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = new_database(backend, &folder).await;
        let key_file = folder.path().join("shenbao.key");
        KeyFile::create(&key_file).unwrap();
        Self::open_with(folder, database_url, key_file, false, None, Limits::default(), sending).await
    }

    /// A server with the identity providers of a TOML text.
    pub async fn start_with_providers(backend: Backend, providers: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = new_database(backend, &folder).await;
        let (key_file, file) = (folder.path().join("shenbao.key"), folder.path().join("providers.toml"));
        KeyFile::create(&key_file).unwrap();
        std::fs::write(&file, providers).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        Self::open(folder, database_url, key_file, false, Some(file)).await
    }

    /// The same with an operator's questionnaires.
    pub async fn start_demo_with(backend: Backend, questionnaires: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = new_database(backend, &folder).await;
        let key_file = folder.path().join("shenbao.key");
        KeyFile::create(&key_file).unwrap();
        std::fs::create_dir(folder.path().join(QUESTIONNAIRES)).unwrap();
        for (number, text) in questionnaires.iter().enumerate() {
            std::fs::write(folder.path().join(QUESTIONNAIRES).join(format!("{number}.toml")), text).unwrap();
        }
        Self::open(folder, database_url, key_file, true, None).await
    }

    /// A server in demo mode, without demo data: [`Self::enter`] works on it.
    pub async fn start_demo(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = new_database(backend, &folder).await;
        let key_file = folder.path().join("shenbao.key");
        KeyFile::create(&key_file).unwrap();
        Self::open(folder, database_url, key_file, true, None).await
    }

    /// Another process over the same database.
    pub async fn beside(&self) -> Self {
        let storage = &self.settings.storage;
        let (providers, sending) = (self.settings.providers.clone(), self.settings.sending.clone());
        let (folder, database_url, key_file) = (tempfile::tempdir().unwrap(), storage.database_url.clone(), storage.key_file.clone());
        Self::open_with(folder, database_url, key_file, self.state.demo, providers, Limits::default(), sending).await
    }

    /// A process over a database that is there already, with this key file.
    pub async fn over(database_url: String, key_file: PathBuf) -> Self {
        Self::open(tempfile::tempdir().unwrap(), database_url, key_file, false, None).await
    }

    async fn open(folder: TempDir, database_url: String, key_file: PathBuf, demo: bool, providers: Option<PathBuf>) -> Self {
        Self::open_with(folder, database_url, key_file, demo, providers, Limits::default(), Sending::default()).await
    }

    async fn open_with(
        folder: TempDir,
        database_url: String,
        key_file: PathBuf,
        demo: bool,
        providers: Option<PathBuf>,
        limits: Limits,
        sending: Sending,
    ) -> Self {
        Self::open_as(folder, database_url, key_file, demo, providers, limits, sending, Postgres::default()).await
    }

    #[expect(clippy::too_many_arguments, reason = "each is another kind of server, and nobody else asks for it")]
    async fn open_as(
        folder: TempDir,
        database_url: String,
        key_file: PathBuf,
        demo: bool,
        providers: Option<PathBuf>,
        limits: Limits,
        sending: Sending,
        postgres: Postgres,
    ) -> Self {
        let listener = listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let addr = listener.local_addr().unwrap();
        let mut settings = Serve { providers, sending, postgres, site_root: site(folder.path()), ..settings(database_url, key_file, addr) };
        settings.storage.questionnaires = Some(folder.path().join(QUESTIONNAIRES)).filter(|folder| folder.is_dir());
        let state = serve::open(&settings, demo).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = serve::run_until(state.clone(), listener, limits, async {
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

    /// Someone who could sign in, and may look at nothing.
    pub async fn viewer(&self, person: &Person) -> uuid::Uuid {
        let (elsewhere, _) = self.enterprise(1000 + u32::from_be_bytes(random::bytes()) % 900_000_000).await;
        let viewer = self.appoint(elsewhere, person).await;
        let tenant = Tenant::of_operator(elsewhere);
        assert!(representative::dismiss(&self.state.db, &self.state.vault, self.state.clock.now(), tenant, viewer).await.unwrap());
        viewer
    }

    /// A grant as a representative's verification would have made it; it lasts so many seconds, or has ended.
    pub async fn lend(
        &self,
        enterprise: EnterpriseId,
        by: uuid::Uuid,
        viewer: uuid::Uuid,
        permissions: &str,
        secs: i64,
        ending: Option<&str>,
    ) -> uuid::Uuid {
        let sql = "insert into manager_grant (enterprise_id, id, viewer_id, granted_by, permissions, confined, created_at, expires_at,
            ended_at, ending) values ($1, $2, $3, $4, $5, false, $6, $7, $8, $9)";
        let (id, now) = (random::uuid(), self.state.clock.now());
        macro_rules! insert {
            ($pool:expr) => {
                sqlx::query(sql)
                    .bind(enterprise)
                    .bind(id)
                    .bind(viewer)
                    .bind(by)
                    .bind(permissions)
                    .bind(now)
                    .bind(now.plus_secs(secs))
                    .bind(ending.map(|_| now))
                    .bind(ending)
                    .execute($pool)
                    .await
                    .map(drop)
            };
        }
        match &self.state.db {
            Db::Sqlite(sqlite) => insert!(&sqlite.write),
            Db::Postgres(pool) => insert!(pool),
        }
        .unwrap();
        id
    }

    /// Confines a grant to one more department.
    pub async fn confine(&self, enterprise: EnterpriseId, grant: uuid::Uuid, department: i64) {
        let confine = "update manager_grant set confined = true where enterprise_id = $1 and id = $2";
        let insert = "insert into grant_department (enterprise_id, grant_id, department_id) values ($1, $2, $3)";
        macro_rules! confine {
            ($pool:expr) => {{
                sqlx::query(confine).bind(enterprise).bind(grant).execute($pool).await.unwrap();
                sqlx::query(insert).bind(enterprise).bind(grant).bind(department).execute($pool).await.map(drop)
            }};
        }
        match &self.state.db {
            Db::Sqlite(sqlite) => confine!(&sqlite.write),
            Db::Postgres(pool) => confine!(pool),
        }
        .unwrap();
    }

    /// Shared statistics of nobody: the id, and the token of the link.
    pub async fn share(&self, enterprise: EnterpriseId) -> (uuid::Uuid, String) {
        let sql = "insert into share (enterprise_id, id, token_hash, snapshot, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)";
        let (id, token, now) = (random::uuid(), Token::new(), self.state.clock.now());
        let as_of = LocalTime { date: "2026-11-25".to_owned(), time: "09:41".to_owned() };
        let snapshot = Snapshot { period: Period::All, as_of, declared: 30, questionnaire: None, groups: Vec::new() };
        let keys = self.state.vault.keys(&self.state.db, enterprise).await.unwrap();
        let cell = Cell { table: "share", column: "snapshot", row: id.as_bytes() };
        let sealed = keys.seal(cell, &serde_json::to_vec(&snapshot).unwrap());
        macro_rules! insert {
            ($pool:expr) => {
                sqlx::query(sql)
                    .bind(enterprise)
                    .bind(id)
                    .bind(token.hash().0.to_vec())
                    .bind(sealed)
                    .bind(now)
                    .bind(now.plus_secs(24 * 60 * 60))
                    .execute($pool)
                    .await
                    .map(drop)
            };
        }
        match &self.state.db {
            Db::Sqlite(sqlite) => insert!(&sqlite.write),
            Db::Postgres(pool) => insert!(pool),
        }
        .unwrap();
        (id, format!("{enterprise}{}", token.text()))
    }

    /// A tablet that waits to be set up: the id, and the end of its link.
    pub async fn tablet(&self, enterprise: EnterpriseId) -> (uuid::Uuid, String) {
        let sql = "insert into tablet (enterprise_id, id, name, link_hash, link_until, created_at) values ($1, $2, $3, $4, $5, $6)";
        let (id, token, now) = (random::uuid(), Token::new(), self.state.clock.now());
        macro_rules! insert {
            ($pool:expr) => {
                sqlx::query(sql)
                    .bind(enterprise)
                    .bind(id)
                    .bind("东门")
                    .bind(token.hash().0.to_vec())
                    .bind(now.plus_secs(24 * 60 * 60))
                    .bind(now)
                    .execute($pool)
                    .await
                    .map(drop)
            };
        }
        match &self.state.db {
            Db::Sqlite(sqlite) => insert!(&sqlite.write),
            Db::Postgres(pool) => insert!(pool),
        }
        .unwrap();
        (id, format!("{enterprise}{}", token.text()))
    }

    /// An invitation of the representative's, and somebody who asked on it.
    pub async fn ask_to_manage(&self, enterprise: EnterpriseId, representative: uuid::Uuid, person: &Person) -> Asked {
        let client = self.client();
        let cookie = crate::matrix::session(self, representative).await;
        let managers = self.link(&link::managers(enterprise));
        let page = client.post(&managers).header("cookie", &cookie).form(&[("hours", "24")]).send().await.unwrap();
        let page = page.text().await.unwrap();
        let token = page.split(&format!("/join/{enterprise}/")).nth(1).expect("the link is shown")[..43].to_owned();
        let answer = client.post(self.link(&link::join(enterprise, &token))).form(&asking(person)).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        let ids = async |table: &str| {
            let id = i64::from_be_bytes(enterprise.to_bytes());
            column::<uuid::Uuid>(&self.state.db, &format!("select id from {table} where enterprise_id = {id} order by created_at desc"))
                .await[0]
        };
        Asked { token, invitation: ids("manager_invitation").await, request: ids("manager_request").await }
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
        self.employee(enterprise, person).await.1
    }

    /// Somebody who has claimed to be this person, and their device's cookie.
    pub async fn employee(&self, enterprise: EnterpriseId, person: &Person) -> (EmployeeId, String) {
        let tenant = Tenant::of_operator(enterprise);
        let claimed = claim::claim(&self.state.db, &self.state.vault, self.state.clock.now(), tenant, person).await.unwrap();
        (claimed.employee, format!("shenbao-device-{enterprise}={}", claimed.secret.text()))
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
        postgres: Postgres::default(),
        public: Public { public_url: format!("http://localhost:{}", addr.port()) },
        providers: None,
        addr,
        site_root: "target/site".into(),
        hash_files: Some(false),
        proxies: 0,
        census_mib: 64,
        retention: Retention { retention_days: shenbao::retention::DAYS },
        sending: Sending::default(),
        metrics_addr: None,
        drain_secs: None,
        otlp_url: None,
        log_json: false,
        log: String::new(),
        reload_port: 3001,
        watch: None,
    }
}

/// A folder that the program takes for the browser's files.
pub fn site(folder: &Path) -> PathBuf {
    let site = folder.join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    std::fs::write(site.join("pkg/shenbao.js"), "").unwrap();
    site
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

/// Runs a statement without parameters, as someone would who may write the database.
pub async fn execute(db: &Db, sql: &str) -> u64 {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match db {
        Db::Sqlite(sqlite) => sqlx::query(sql).execute(&sqlite.write).await.unwrap().rows_affected(),
        Db::Postgres(pool) => sqlx::query(sql).execute(pool).await.unwrap().rows_affected(),
    }
}

/// The first column of each row.
pub async fn column<T>(db: &Db, sql: &str) -> Vec<T>
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match db {
        Db::Sqlite(sqlite) => sqlx::query_scalar(sql).fetch_all(&sqlite.read).await.unwrap(),
        Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
    }
}

/// Somebody declares, with this residence; the number on their receipt.
pub async fn declare(state: &AppState, enterprise: EnterpriseId, employee: EmployeeId, residence: &str) -> ReceiptId {
    let submission = submission(state, enterprise, employee, residence).await;
    loop {
        match state.writer.submit(submission.clone()).await {
            Ok(receipt) => return receipt.unwrap(),
            Err(StoreError::Busy) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// What they send for it.
pub async fn submission(state: &AppState, enterprise: EnterpriseId, employee: EmployeeId, residence: &str) -> Submission {
    let record =
        Record { answers: Answers::default(), residence: residence.to_owned(), level: Level::Claimed, alerts: Vec::new(), on_behalf: None };
    let day = state.clock.today("Asia/Shanghai".parse().unwrap());
    submission_of(state, enterprise, employee, day, &record).await
}

/// The same of any day, and whatever they say.
pub async fn submission_of(state: &AppState, enterprise: EnterpriseId, employee: EmployeeId, day: Day, record: &Record) -> Submission {
    let (questionnaire, key) = (state.catalogue.newest("guangdong-2020").unwrap(), random::uuid());
    let row = Row { submission: key, employee, day, questionnaire: &questionnaire.code, version: questionnaire.version.into() };
    Submission {
        enterprise,
        employee,
        day,
        submitted_at: state.clock.now(),
        key,
        questionnaire: questionnaire.code.clone(),
        version: questionnaire.version,
        record: record.seal(&state.vault.keys(&state.db, enterprise).await.unwrap(), row),
        alert: None,
        unless_since: None,
        entry: None,
    }
}

/// How many people have declared, and how many of those are to be verified, as a census counts them.
pub async fn counted(state: &AppState, enterprise: EnterpriseId) -> (u32, u32) {
    let figures = state
        .censuses
        .figures(&Sight::new(Tenant::of_operator(enterprise), None), Looked::default(), Day::EPOCH, Vec::new())
        .await
        .unwrap();
    (figures.declared, figures.apart)
}

/// The same, counted by the database.
pub async fn recounted(db: &Db, enterprise: EnterpriseId) -> (u32, u32) {
    let id = i64::from_be_bytes(enterprise.to_bytes());
    let of = async |standing: &str| {
        let sql = format!(
            "select count(distinct employee.id) from employee join declaration on declaration.enterprise_id = employee.enterprise_id
             and declaration.employee_id = employee.id where employee.enterprise_id = {id} and standing = '{standing}'"
        );
        u32::try_from(column::<i64>(db, &sql).await[0]).unwrap()
    };
    (of("matched").await, of("to-verify").await)
}

/// Runs the program to its end; gives what it says, and whether it succeeded.
pub fn program(settings: &Serve, arguments: &[&str]) -> (bool, String) {
    let storage = &settings.storage;
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_shenbao"))
        .args(arguments)
        .args(["--database-url", &storage.database_url, "--key-file", storage.key_file.to_str().unwrap()])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// Waits until it is so; what never comes fails the test.
pub async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it never came about that {what}");
}

/// A letter that came by e-mail.
#[derive(Clone)]
pub struct Mail {
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    /// As it came, for what must not stand in it.
    pub raw: String,
}

/// A server of e-mail on this machine, which delivers nothing. It refuses whoever is called nobody.
pub struct Mailbox {
    port: u16,
    mails: std::sync::Arc<std::sync::Mutex<Vec<Mail>>>,
    serving: JoinHandle<()>,
}

impl Mailbox {
    pub async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let kept = mails.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = kept.clone();
                tokio::spawn(async move {
                    // Whoever hangs up in the middle has sent nothing.
                    let _ = receive(stream, &kept).await;
                });
            }
        });
        Self { port, mails, serving }
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One conversation in the words of RFC 5321.
async fn receive(stream: tokio::net::TcpStream, kept: &std::sync::Mutex<Vec<Mail>>) -> std::io::Result<()> {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
    let (read, mut write) = stream.into_split();
    let mut lines = tokio::io::BufReader::new(read).lines();
    let (mut from, mut to) = (String::new(), String::new());
    let address = |line: &str| line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
    write.write_all(b"220 test\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" => "250-test\r\n250 8BITMIME\r\n",
            "MAIL" => {
                from = address(&line);
                "250 ok\r\n"
            }
            "RCPT" if line.contains("nobody@") => "550 no such box\r\n",
            "RCPT" => {
                to = address(&line);
                "250 ok\r\n"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut raw = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    raw.push_str(&line);
                    raw.push('\n');
                }
                let (head, body) = raw.split_once("\n\n").unwrap_or((&raw, ""));
                let subject = head.split("\nSubject: ").nth(1).unwrap_or_default();
                let subject =
                    subject.split('\n').enumerate().take_while(|(at, line)| *at == 0 || line.starts_with(' ')).map(|(_, line)| words(line));
                let subject = subject.collect::<String>();
                let text = decoded(head, body);
                kept.lock().unwrap().push(Mail { from: from.clone(), to: to.clone(), subject, text, raw });
                "250 ok\r\n"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok\r\n",
        };
        write.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// The words of a header, where they are not ASCII (RFC 2047).
fn words(line: &str) -> String {
    let one = |word: &str| {
        let encoded = word.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?="))?;
        String::from_utf8(data_encoding::BASE64.decode(encoded.as_bytes()).ok()?).ok()
    };
    line.split(' ').map(|word| one(word).unwrap_or_else(|| word.to_owned())).collect()
}

fn decoded(head: &str, body: &str) -> String {
    let head = head.to_ascii_lowercase();
    if head.contains("base64") {
        let plain = data_encoding::BASE64.decode(body.split_whitespace().collect::<String>().as_bytes()).unwrap();
        return String::from_utf8(plain).unwrap();
    }
    if !head.contains("quoted-printable") {
        return body.to_owned();
    }
    let (mut bytes, joined) = (Vec::new(), body.replace("=\n", ""));
    let mut rest = joined.as_bytes();
    while let [first, after @ ..] = rest {
        let hex =
            (*first == b'=').then(|| std::str::from_utf8(after.get(..2)?).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())).flatten();
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap()
}

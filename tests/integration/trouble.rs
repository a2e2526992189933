//! Locked, killed, full: nothing acknowledged is lost.

use std::{
    fs::File,
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rstest::rstest;
use shenbao::{
    config::Serve,
    db::{BUSY_TIMEOUT, Db},
    error::StoreError,
    id::ReceiptId,
    link, random,
};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    declaration::{Employee, employee, enterprise, form, receipt_of, submission},
    support::{Backend, TestServer, browser, person, site},
};

/// So long a program that is well needs for nothing.
const PATIENCE: Duration = Duration::from_secs(15);

/// The program itself, as an operator runs it. It is killed when dropped.
pub struct Process(Child);

impl Process {
    async fn serve(settings: &Serve, port: u16) -> Self {
        Self::serve_logging(settings, port, "error", Stdio::null()).await
    }

    /// With a log of its own: what is logged, and where to.
    pub async fn serve_logging(settings: &Serve, port: u16, log: &str, to: Stdio) -> Self {
        Self::serve_at(&format!("http://localhost:{port}"), settings, port, log, to).await
    }

    /// With a public address of its own, as behind a proxy.
    pub async fn serve_at(public_url: &str, settings: &Serve, port: u16, log: &str, to: Stdio) -> Self {
        let storage = &settings.storage;
        let providers = settings.providers.iter().flat_map(|file| ["--providers".as_ref(), file.as_os_str()]);
        let child = Command::new(env!("CARGO_BIN_EXE_shenbao"))
            .args(["serve", "--log", log, "--database-url", &storage.database_url])
            .args(["--addr", &format!("127.0.0.1:{port}"), "--public-url", public_url])
            .arg("--key-file")
            .arg(&storage.key_file)
            .arg("--site-root")
            .arg(site(storage.key_file.parent().unwrap()))
            .args(providers)
            .stdout(Stdio::null())
            .stderr(to)
            .spawn()
            .unwrap();
        let process = Self(child);
        let client = browser();
        for _ in 0..600 {
            let alive = client.get(format!("http://localhost:{port}/healthz")).send().await;
            if alive.is_ok_and(|response| response.status() == 200) {
                return process;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("the program does not answer");
    }

    /// As an operator, or systemd, asks it to stop.
    fn ask_to_stop(&self) {
        assert!(Command::new("kill").arg(self.0.id().to_string()).status().unwrap().success());
    }

    /// Asks it to stop, and waits; false if it has not ended by itself within this time.
    async fn stops_within(mut self, patience: Duration) -> bool {
        self.ask_to_stop();
        let started = Instant::now();
        while started.elapsed() < patience {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.success();
            }
            sleep(Duration::from_millis(50)).await;
        }
        false
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that nobody else takes before it is listened on: below those that the system hands to outgoing connections (32768 and
/// up), beside those of the browser's tests, and looked for from another place in each process of tests.
pub fn free_port() -> u16 {
    let start = std::process::id() % 6_000;
    let ports = (0..6_000).map(|step| 26_000 + ((start + step) % 6_000) as u16);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.into_iter().find(is_free).expect("there is a free port from 26000 to 31999")
}

/// Declares again and again until the server is gone, each employee as often as they may at once; keeps every receipt.
async fn declare_until_killed(employees: Vec<Arc<Employee>>, url: String, acknowledged: Arc<Mutex<Vec<ReceiptId>>>) {
    let client = browser();
    for employee in employees.iter().flat_map(|employee| std::iter::repeat_n(employee, 20)) {
        let key = random::uuid().to_string();
        let post = client.post(&url).header("cookie", &employee.cookie).form(&form("submit", &key)).send().await;
        let Ok(response) = post else { return };
        acknowledged.lock().unwrap().push(receipt_of(&response));
    }
}

async fn stored(url: &str) -> Vec<i64> {
    let sql = "select change from declaration";
    let db = Db::open(url).await.unwrap();
    let changes = match &db {
        Db::Sqlite(sqlite) => sqlx::query_scalar(sql).fetch_all(&sqlite.read).await.unwrap(),
        Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
    };
    db.close().await;
    changes
}

#[rstest]
#[case(Backend::Sqlite, 20)]
#[case(Backend::Postgres, 4)]
#[tokio::test]
async fn a_kill_during_submissions_loses_no_acknowledged_one(#[case] backend: Backend, #[case] rounds: u64) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let mut employees = Vec::new();
    for number in 0..160 {
        employees.push(Arc::new(employee(&server, &enterprise, number).await));
    }
    let settings = server.settings.clone();
    let folder = server.stop().await;
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    for round in 0..rounds {
        let port = free_port();
        let process = Process::serve(&settings, port).await;
        let url = format!("http://localhost:{port}{}", link::declare(enterprise.id));
        let before = acknowledged.lock().unwrap().len();
        let clients: Vec<_> =
            employees.chunks(20).map(|some| tokio::spawn(declare_until_killed(some.to_vec(), url.clone(), acknowledged.clone()))).collect();
        while acknowledged.lock().unwrap().len() == before {
            sleep(Duration::from_millis(2)).await;
        }
        // Each round dies at another moment of the writer's work.
        sleep(Duration::from_millis(3 * round)).await;
        process.kill();
        for client in clients {
            client.await.unwrap();
        }
        let stored = stored(&settings.storage.database_url).await;
        for receipt in acknowledged.lock().unwrap().iter() {
            assert!(stored.contains(&receipt.change), "round {round}: {receipt} was acknowledged and is lost");
        }
    }
    assert!(acknowledged.lock().unwrap().len() >= usize::try_from(rounds).unwrap());
    drop(folder);
}

/// Another program's hold on what the writer needs.
enum Lock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Lock {
    async fn take(server: &TestServer) -> Self {
        let url = &server.settings.storage.database_url;
        if url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            connection.execute("begin immediate").await.unwrap();
            Self::Sqlite(connection)
        } else {
            let mut connection = PgConnection::connect(url).await.unwrap();
            connection.execute("begin").await.unwrap();
            connection.execute("select id from enterprise for update").await.unwrap();
            Self::Postgres(connection)
        }
    }

    async fn take_sessions(server: &TestServer) -> Self {
        let mut lock = Self::take(server).await;
        if let Self::Postgres(connection) = &mut lock {
            connection.execute("select token_hash from session for update").await.unwrap();
        }
        lock
    }

    async fn release(self) {
        match self {
            Self::Sqlite(mut connection) => connection.execute("rollback").await.map(drop).unwrap(),
            Self::Postgres(mut connection) => connection.execute("rollback").await.map(drop).unwrap(),
        }
    }
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_locked_database_is_waited_for_then_the_form_comes_back_as_it_was(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let key = random::uuid().to_string();

    let lock = Lock::take(&server).await;
    let started = Instant::now();
    let fields = form("submit", &key);
    let answer = employee.post(&fields).await;
    assert!(started.elapsed() >= BUSY_TIMEOUT, "it was waited for");
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    let page = answer.text().await.unwrap();
    for words in ["系统正忙，还没有保存", "value=\"广州市天河区\"", "value=\"36.5\"", &key] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let call = employee.client.post(server.link("/api/declare")).header("cookie", &employee.cookie).header("accept", "application/json");
    let form_body: Vec<String> = fields.iter().map(|(field, value)| format!("{field}={}", link::encode(value))).collect();
    let call = call.form(&[("enterprise", enterprise.id.to_string()), ("form", form_body.join("&"))]).send().await.unwrap();
    assert_eq!(call.status(), 503);
    assert!(call.headers().contains_key("retry-after"));
    assert_eq!(call.text().await.unwrap(), "\"busy\"");
    lock.release().await;

    let lock = Lock::take(&server).await;
    let (answer, ()) = tokio::join!(employee.post(&fields), async {
        sleep(Duration::from_millis(500)).await;
        lock.release().await;
    });
    receipt_of(&answer);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_page_is_read_at_once_although_the_database_is_locked(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    let representative = server.appoint(enterprise, &person(1)).await;
    server.ask_to_manage(enterprise, representative, &person(2)).await;
    let client = server.enter().await;
    let path = server.link(&format!("/e/{enterprise}"));
    assert_eq!(client.get(&path).send().await.unwrap().status(), 200);
    server.state.clock.advance_secs(120);
    let lock = Lock::take_sessions(&server).await;
    let started = Instant::now();
    assert_eq!(client.get(&path).send().await.unwrap().status(), 200);
    assert!(started.elapsed() < BUSY_TIMEOUT / 2, "{:?}", started.elapsed());
    let messages = client.get(server.link("/messages")).send().await.unwrap();
    assert!(messages.status() == 200 && messages.text().await.unwrap().contains("管理员"), "read, although it cannot be noted");
    assert!(started.elapsed() < BUSY_TIMEOUT / 2, "{:?}", started.elapsed());
    let ready = client.get(server.link("/readyz")).send().await.unwrap().status();
    assert_eq!(ready, if backend == Backend::Sqlite { 503 } else { 200 }, "only SQLite is locked as a whole");
    lock.release().await;
    assert_eq!(client.get(&path).send().await.unwrap().status(), 200);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_form_that_cannot_be_done_now_says_so_and_changes_nothing(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let client = server.enter().await;
    let lock = Lock::take_sessions(&server).await;
    let from = server.link("/account");
    let leave = client.post(server.link("/api/sign-out")).header("accept", "text/html").header("referer", &from);
    let answer = leave.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after") && !answer.headers().contains_key("location"));
    assert!(!answer.headers().contains_key("set-cookie"), "{:?}", answer.headers());
    assert!(answer.text().await.unwrap().contains("系统正忙"));
    lock.release().await;
    assert_eq!(client.get(server.link(&format!("/e/{enterprise}"))).send().await.unwrap().status(), 200, "still signed in");
    server.stop().await;
}

#[tokio::test]
async fn a_page_that_cannot_be_read_now_says_when_to_ask_again() {
    let server = TestServer::start(Backend::Postgres).await;
    let (_, code) = server.enterprise(1).await;
    let mut lock = PgConnection::connect(&server.settings.storage.database_url).await.unwrap();
    lock.execute("begin").await.unwrap();
    lock.execute("lock table invitation in access exclusive mode").await.unwrap();
    let page = server.client().get(server.link(&format!("/i/{code}"))).send().await.unwrap();
    assert_eq!(page.status(), 503);
    assert!(page.headers().contains_key("retry-after"));
    assert!(page.text().await.unwrap().contains("系统正忙"));
    lock.execute("rollback").await.unwrap();
    server.stop().await;
}

/// Lets the writing connection's database grow no further than so many pages, as a full disk would.
async fn limit_pages(server: &TestServer, pages: Option<i64>) {
    let Db::Sqlite(sqlite) = &server.state.db else { unreachable!("only SQLite counts pages") };
    let now: i64 = sqlx::query_scalar("pragma page_count").fetch_one(&sqlite.write).await.unwrap();
    let limit = format!("pragma max_page_count = {}", pages.map_or(1_000_000, |more| now + more));
    sqlx::query(sqlx::AssertSqlSafe(limit)).execute(&sqlite.write).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_keeps_the_form_and_once_there_is_room_all_goes_on() {
    let server = TestServer::start(Backend::Sqlite).await;
    let enterprise = enterprise(&server, 1).await;
    // One person may not declare so often that the disk is full.
    let mut employees = Vec::new();
    for number in 1..=20 {
        employees.push(employee(&server, &enterprise, number).await);
    }
    let mut kept = 0;
    for round in 1..=3 {
        limit_pages(&server, Some(1)).await;
        let (refused, answer) = loop {
            let key = random::uuid().to_string();
            let answer = employees[kept % employees.len()].post(&form("submit", &key)).await;
            if answer.status() != 303 {
                break (key, answer);
            }
            kept += 1;
        };
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
        let page = answer.text().await.unwrap();
        assert!(page.contains("系统正忙，还没有保存") && page.contains(&refused), "{page}");
        limit_pages(&server, None).await;
        receipt_of(&employees[kept % employees.len()].post(&form("submit", &refused)).await);
        kept += 1;
        assert_eq!(stored(&server.settings.storage.database_url).await.len(), kept, "round {round}");
    }
    employee(&server, &enterprise, 21).await;
    server.stop().await;
}

#[tokio::test]
async fn a_full_queue_turns_away_at_once_and_loses_nobody_whom_it_took() {
    let server = TestServer::start(Backend::Sqlite).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let lock = Lock::take(&server).await;
    let tasks: Vec<_> = (0..6000)
        .map(|_| {
            let (writer, submission) = (server.state.writer.clone(), submission(&employee, random::uuid()));
            tokio::spawn(async move { writer.submit(submission).await })
        })
        .collect();
    sleep(Duration::from_secs(1)).await;
    let refused = tasks.iter().filter(|task| task.is_finished()).count();
    assert!(refused >= 6000 - 4096 - 512, "{refused} were turned away at once");
    lock.release().await;
    let mut kept = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => kept += 1,
            Err(error) => assert!(matches!(error, StoreError::Busy), "{error}"),
        }
    }
    assert_eq!(kept + refused, 6000);
    assert_eq!(stored(&server.settings.storage.database_url).await.len(), kept);
    server.stop().await;
}

/// Phones lose their line in the middle of a page all day.
#[tokio::test]
async fn whoever_hangs_up_while_a_page_is_made_harms_nobody() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (enterprise, _) = server.enterprise(1).await;
    let cookie = crate::matrix::session(&server, server.appoint(enterprise, &person(1)).await).await;
    let settings = server.settings.clone();
    let _folder = server.stop().await;
    let (log, port) = (settings.storage.key_file.with_extension("log"), free_port());
    let process = Process::serve_logging(&settings, port, "error", File::create(&log).unwrap().into()).await;
    let request = format!("GET /e/{enterprise}/people HTTP/1.1\r\nhost: localhost:{port}\r\ncookie: {cookie}\r\n\r\n");
    let hang_up = |request: String| async move {
        for round in 0..2000 {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            sleep(Duration::from_micros(round * 37 % 12000)).await;
        }
    };
    let phones: Vec<_> = (0..4).map(|_| tokio::spawn(hang_up(request.clone()))).collect();
    for phone in phones {
        phone.await.unwrap();
    }
    let page = browser().get(format!("http://localhost:{port}/e/{enterprise}/people")).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(process.stops_within(Duration::from_secs(20)).await, "it does not end");
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(!said.contains("panicked"), "{said}");
}

/// A deployment in the middle of the morning.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_program_that_is_told_to_stop_takes_what_it_has_begun_with_and_nothing_new(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let settings = server.settings.clone();
    let folder = server.stop().await;
    let port = free_port();
    let process = Process::serve(&settings, port).await;
    let key = random::uuid().to_string();
    let fields = form("submit", &key);
    let body: Vec<String> = fields.iter().map(|(field, value)| format!("{field}={}", link::encode(value))).collect();
    let body = body.join("&");
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: localhost:{port}\r\ncookie: {}\r\nsec-fetch-site: same-origin\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        link::declare(enterprise.id),
        employee.cookie,
        body.len()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut begun = [0; 64];
    let read = timeout(PATIENCE, stream.read(&mut begun)).await.unwrap().unwrap();
    assert!(begun[..read].starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&begun));

    process.ask_to_stop();
    let refused = async { while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {} };
    timeout(PATIENCE, refused).await.expect("nobody new is let in");
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 303 ") && answer.contains("location: /done/"), "{answer}");
    assert!(process.stops_within(PATIENCE).await, "it ends, and says that all is well");
    assert_eq!(stored(&settings.storage.database_url).await.len(), 1, "what was acknowledged is there");
    drop(folder);
}

/// PostgreSQL only: SQLite's one lock is everybody's.
#[tokio::test]
async fn an_enterprise_whose_row_is_held_keeps_no_other_waiting() {
    let server = TestServer::start(Backend::Postgres).await;
    let (held, free) = (enterprise(&server, 1).await, enterprise(&server, 2).await);
    let (one, other) = (employee(&server, &held, 1).await, employee(&server, &free, 2).await);
    let mut holder = PgConnection::connect(&server.settings.storage.database_url).await.unwrap();
    let lock = format!("begin; select id from enterprise where uscc = '{}' for update", held.uscc);
    holder.execute(sqlx::AssertSqlSafe(lock)).await.unwrap();
    let writer = &server.state.writer;
    // Both wait before the writer looks: they share a batch.
    let (first, second) = tokio::join!(writer.submit(submission(&one, random::uuid())), async {
        let stored = writer.submit(submission(&other, random::uuid())).await;
        holder.execute("rollback").await.unwrap();
        stored
    });
    assert!(second.unwrap().is_some(), "the other is stored while the first is held");
    assert!(first.unwrap().is_some(), "and the first as soon as it is let go");
    server.stop().await;
}

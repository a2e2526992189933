//! Several processes over one database: what one of them acknowledged, each of the others knows at its next request.

use std::{
    collections::HashMap,
    process::Stdio,
    sync::{Arc, Mutex},
};

use futures::future::join_all;
use reqwest::{Client, Response, StatusCode};
use rstest::rstest;
use serde::de::DeserializeOwned;
use shenbao::{
    alert::view::AlertView,
    db::{Db, Pool},
    declaration::record::{Record, Row},
    id::{EmployeeId, EnterpriseId},
    link,
    period::Day,
    random,
    statistics::view::{PeopleView, StatisticsView},
    wire,
};

use crate::{
    declaration::{form, receipt_of},
    matrix::session,
    support::{Backend, TestServer, browser, column, execute, person},
    trouble::{Process, free_port},
};

const PROCESSES: usize = 4;
const WRITERS: u32 = 8;
const ENTERPRISES: u32 = 4;
/// Each writer's employees, and how often each of them declares: all but the first time it is a correction.
const EMPLOYEES: u32 = 5;
const TIMES: u32 = 5;

/// What people have who feel well, and what those have who do not.
const WELL: &str = "36.5";
const FEVER: &str = "38.6";

/// A declaration as the database has it.
#[derive(sqlx::FromRow)]
struct Stored {
    change: i64,
    employee_id: EmployeeId,
    day: Day,
    submission_key: uuid::Uuid,
    questionnaire: String,
    version: i64,
    record: Vec<u8>,
}

/// An enterprise counted without a census: who declared, and whose last declaration raised an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Plain {
    declared: u32,
    abnormal: u32,
}

/// What the processes share, as the tests know it.
struct House {
    server: TestServer,
    ports: Vec<u16>,
}

impl House {
    fn link(&self, process: usize, path: &str) -> String {
        format!("http://localhost:{}{path}", self.ports[process])
    }

    fn any(&self) -> usize {
        usize::from(random::bytes::<1>()[0]) % self.ports.len()
    }

    fn other_than(&self, process: usize) -> usize {
        (process + 1 + usize::from(random::bytes::<1>()[0]) % (self.ports.len() - 1)) % self.ports.len()
    }

    /// What a process answers somebody who may see.
    async fn asked<T: DeserializeOwned>(&self, process: usize, viewer: &Viewer, endpoint: &str, query: &str) -> T {
        let form = [("enterprise", viewer.enterprise.to_string()), ("query", query.to_owned())];
        let url = self.link(process, &format!("/api/{endpoint}"));
        let answer = viewer.client.post(url).header("cookie", &viewer.cookie).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{endpoint}");
        wire::open(&answer.text().await.unwrap()).unwrap()
    }

    async fn statistics(&self, process: usize, viewer: &Viewer) -> Plain {
        let view: StatisticsView = self.asked(process, viewer, "statistics", "").await;
        let figures = view.figures.unwrap();
        Plain { declared: figures.declared.count, abnormal: figures.abnormal.map_or(0, |linked| linked.count) }
    }

    /// The last change of an enterprise that is committed.
    async fn change(&self, enterprise: EnterpriseId) -> i64 {
        let id = i64::from_be_bytes(enterprise.to_bytes());
        column::<i64>(&self.server.state.db, &format!("select change from enterprise where id = {id}")).await[0]
    }

    /// An enterprise as it was at a change, which is committed.
    async fn recount(&self, enterprise: EnterpriseId, until: i64) -> Plain {
        let sql = "select change, employee_id, day, submission_key, questionnaire, version, record from declaration
                   where enterprise_id = $1 and change <= $2 order by day, change";
        let state = &self.server.state;
        let rows: Vec<Stored> = match &state.db {
            Db::Sqlite(sqlite) => sqlx::query_as(sql).bind(enterprise).bind(until).fetch_all(&sqlite.read).await.unwrap(),
            Db::Postgres(pool) => sqlx::query_as(sql).bind(enterprise).bind(until).fetch_all(pool).await.unwrap(),
        };
        let last: HashMap<EmployeeId, Stored> = rows.into_iter().map(|row| (row.employee_id, row)).collect();
        let keys = state.vault.keys(&state.db, enterprise).await.unwrap();
        let raised = |stored: &&Stored| {
            let row = Row {
                submission: stored.submission_key,
                employee: stored.employee_id,
                day: stored.day,
                questionnaire: &stored.questionnaire,
                version: stored.version,
            };
            assert!(stored.change <= until);
            !Record::open(&keys, row, &stored.record).unwrap().alerts.is_empty()
        };
        let abnormal = last.values().filter(raised).count();
        Plain { declared: u32::try_from(last.len()).unwrap(), abnormal: u32::try_from(abnormal).unwrap() }
    }
}

/// A representative's browser.
#[derive(Clone)]
struct Viewer {
    enterprise: EnterpriseId,
    client: Client,
    cookie: String,
}

/// One writer's story: its employees declare by whichever process, and another one is asked about it at once. Gives how many answers
/// were compared with a recount of the very same change, and how many with those around it.
async fn write(house: Arc<House>, viewer: Viewer, employees: Vec<(String, String)>) -> (u32, u32) {
    let client = browser();
    let (mut exact, mut between) = (0, 0);
    for time in 0..TIMES {
        for (number, (name, cookie)) in (0_u32..).zip(&employees) {
            let temperature = if (time + number) % 3 == 0 { FEVER } else { WELL };
            let key = random::uuid().to_string();
            let fields = with_temperature(&key, temperature);
            let writing = house.any();
            let url = house.link(writing, &link::declare(viewer.enterprise));
            let change = receipt_of(&declare(&client, url, cookie, &fields).await).change;

            let reading = house.other_than(writing);
            let before = house.change(viewer.enterprise).await;
            assert!(before >= change, "what was acknowledged is committed");
            let earlier = house.recount(viewer.enterprise, before).await;
            let shown = house.statistics(reading, &viewer).await;
            let after = house.change(viewer.enterprise).await;
            if after == before {
                assert_eq!(shown, earlier, "process {reading} at change {before}");
                exact += 1;
            } else {
                let later = house.recount(viewer.enterprise, after).await;
                assert!((earlier.declared..=later.declared).contains(&shown.declared), "{earlier:?} {shown:?} {later:?}");
                between += 1;
            }
            let query = format!("q={}", link::encode(name));
            let people: PeopleView = house.asked(reading, &viewer, "people", &query).await;
            let lines = people.list.unwrap().lines;
            assert_eq!(lines.len(), 1, "process {reading} knows of {change}");
            assert_eq!(lines[0].alert.is_some(), temperature == FEVER, "process {reading} has the last word of {change}");
        }
    }
    (exact, between)
}

fn with_temperature<'a>(key: &'a str, temperature: &'a str) -> Vec<(&'a str, &'a str)> {
    let fields = form("submit", key).into_iter();
    fields.map(|(name, value)| if name == "temperature" { (name, temperature) } else { (name, value) }).collect()
}

/// A busy server is asked once more with the same form.
async fn declare(client: &Client, url: String, cookie: &str, fields: &[(&str, &str)]) -> Response {
    loop {
        let answer = client.post(&url).header("cookie", cookie).form(fields).send().await.unwrap();
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
    }
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_and_eight_writers_agree_with_a_plain_recount(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let mut viewers = Vec::new();
    for number in 0..ENTERPRISES {
        let (enterprise, _) = server.enterprise(number).await;
        let cookie = session(&server, server.appoint(enterprise, &person(900 + number)).await).await;
        viewers.push(Viewer { enterprise, client: browser(), cookie });
    }
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let viewer = viewers[(number % ENTERPRISES) as usize].clone();
        let mut employees = Vec::new();
        for employee in number * EMPLOYEES..(number + 1) * EMPLOYEES {
            let person = person(employee);
            employees.push((person.name.clone(), server.employee(viewer.enterprise, &person).await.1));
        }
        writers.push((viewer, employees));
    }
    let (mut processes, mut ports) = (Vec::new(), Vec::new());
    for _ in 0..PROCESSES {
        let port = free_port();
        processes.push(Process::serve_logging(&server.settings, port, "error", Stdio::null()).await);
        ports.push(port);
    }
    let house = Arc::new(House { server, ports });
    let compared = Arc::new(Mutex::new((0, 0)));
    let writing = writers.into_iter().map(|(viewer, employees)| {
        let (house, compared) = (house.clone(), compared.clone());
        tokio::spawn(async move {
            let (exact, between) = write(house, viewer, employees).await;
            let mut compared = compared.lock().unwrap();
            *compared = (compared.0 + exact, compared.1 + between);
        })
    });
    for done in join_all(writing.collect::<Vec<_>>()).await {
        done.unwrap();
    }
    let (exact, between) = *compared.lock().unwrap();
    assert_eq!(exact + between, WRITERS * EMPLOYEES * TIMES);
    assert!(exact > 0, "some answers were compared to the number");
    // And when all is quiet, everyone says the same.
    for viewer in &viewers {
        let change = house.change(viewer.enterprise).await;
        let plain = house.recount(viewer.enterprise, change).await;
        assert_eq!(plain.declared, WRITERS / ENTERPRISES * EMPLOYEES);
        for process in 0..PROCESSES {
            assert_eq!(house.statistics(process, viewer).await, plain, "process {process}");
        }
    }
    drop(processes);
    Arc::into_inner(house).unwrap().server.stop().await;
}

/// Two processes with one enterprise, and its representative's browser, which both know.
async fn two(backend: Backend) -> (TestServer, TestServer, EnterpriseId, String, Client) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    server.appoint(enterprise, &person(900)).await;
    let (beside, desk) = (server.beside().await, server.enter().await);
    (server, beside, enterprise, code, desk)
}

async fn status(server: &TestServer, path: &str, cookie: &str) -> StatusCode {
    server.client().get(server.link(path)).header("cookie", cookie).send().await.unwrap().status()
}

async fn done(answer: reqwest::RequestBuilder) {
    let answer = answer.header("accept", "application/json").send().await.unwrap();
    assert!(answer.status().is_success() || answer.status().is_redirection(), "{}", answer.status());
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_code_that_one_process_replaced_opens_nothing_at_another(#[case] backend: Backend) {
    let (server, beside, enterprise, code, desk) = two(backend).await;
    let old = link::invitation(&code);
    for each in [&server, &beside] {
        assert_eq!(status(each, &old, "").await, StatusCode::OK);
    }
    let form = [("enterprise", enterprise.to_string()), ("grace", "now".to_owned()), ("confirmed", "true".to_owned())];
    done(desk.post(server.link("/api/replace-invitation")).form(&form)).await;
    assert_eq!(status(&beside, &old, "").await, StatusCode::GONE);
    let shown = desk.post(beside.link("/api/invitation")).form(&[("enterprise", enterprise.to_string())]).send().await.unwrap();
    let shown: shenbao::enterprise::model::Invitation = wire::open(&shown.text().await.unwrap()).unwrap();
    let new = link::invitation(shown.link.rsplit('/').next().unwrap());
    assert_ne!(new, old);
    for each in [&beside, &server] {
        assert_eq!(status(each, &new, "").await, StatusCode::OK);
    }
    beside.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_grant_that_one_process_took_back_shows_nothing_at_another(#[case] backend: Backend) {
    let (server, beside, enterprise, _, desk) = two(backend).await;
    let representative = column::<uuid::Uuid>(&server.state.db, "select representative_id from enterprise_representative").await[0];
    let manager = server.viewer(&person(2)).await;
    let grant = server.lend(enterprise, representative, manager, "statistics people", 3600, None).await;
    let cookie = session(&server, manager).await;
    for each in [&server, &beside] {
        assert_eq!(status(each, &link::people(enterprise), &cookie).await, StatusCode::OK);
    }
    let form = [("enterprise", enterprise.to_string()), ("grant", grant.simple().to_string())];
    done(desk.post(server.link("/api/revoke-manager")).form(&form)).await;
    assert_eq!(status(&beside, &link::people(enterprise), &cookie).await, StatusCode::NOT_FOUND);
    beside.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_session_or_a_device_that_one_process_ended_is_nobody_at_another(#[case] backend: Backend) {
    let (server, beside, enterprise, _, desk) = two(backend).await;
    let representative = column::<uuid::Uuid>(&server.state.db, "select representative_id from enterprise_representative").await[0];
    let cookie = session(&server, representative).await;
    let (_, phone) = server.employee(enterprise, &person(1)).await;
    for each in [&server, &beside] {
        assert_eq!(status(each, &link::statistics(enterprise), &cookie).await, StatusCode::OK);
        assert_eq!(status(each, &link::declare(enterprise), &phone).await, StatusCode::OK);
    }
    // All of this person's but the one that asks.
    done(desk.post(server.link("/api/end-session")).form(&[("session", "")])).await;
    assert_eq!(status(&beside, &link::statistics(enterprise), &cookie).await, StatusCode::UNAUTHORIZED);
    let forget = server.client().post(server.link("/api/forget-device")).header("cookie", &phone);
    done(forget.form(&[("enterprise", enterprise.to_string())])).await;
    assert_eq!(status(&beside, &link::declare(enterprise), &phone).await, StatusCode::UNAUTHORIZED);
    beside.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_tablet_that_one_process_ended_is_none_at_another(#[case] backend: Backend) {
    let (server, beside, enterprise, _, desk) = two(backend).await;
    let (tablet, token) = server.tablet(enterprise).await;
    let (gate, set_up) = (server.client(), format!("/tablet/{token}"));
    let answer = gate.post(server.link(&set_up)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let at = async |server: &TestServer| gate.get(server.link(link::TABLET)).send().await.unwrap().status();
    for each in [&server, &beside] {
        assert_eq!(at(each).await, StatusCode::OK);
    }
    done(desk.post(server.link(&link::tablets(enterprise))).form(&[("tablet", tablet.to_string())])).await;
    assert_eq!(at(&beside).await, at(&server).await);
    assert_ne!(at(&beside).await, StatusCode::OK);
    beside.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_line_of_the_roster_that_one_process_wrote_is_waited_for_at_another(#[case] backend: Backend) {
    let (server, beside, enterprise, _, desk) = two(backend).await;
    let expected = async |server: &TestServer| {
        let form = [("enterprise", enterprise.to_string()), ("query", String::new())];
        let answer = desk.post(server.link("/api/statistics")).form(&form).send().await.unwrap();
        let view: StatisticsView = wire::open(&answer.text().await.unwrap()).unwrap();
        view.figures.unwrap().attendance.map(|(attendance, _)| attendance.share.expected)
    };
    for each in [&server, &beside] {
        assert_eq!(expected(each).await, None);
    }
    for number in [1, 2] {
        let person = person(number);
        let number = person.document.number();
        let line = [("action", "add"), ("name", &*person.name), ("kind", "resident-id"), ("number", number), ("department", "0")];
        done(desk.post(server.link(&format!("/e/{enterprise}/roster"))).form(&line)).await;
        assert_eq!(expected(&beside).await, expected(&server).await);
    }
    assert_eq!(expected(&beside).await, Some(2));
    beside.stop().await;
    server.stop().await;
}

/// Which symptoms may be said to last depends on the questionnaire in force.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_questionnaire_that_one_process_put_in_force_is_that_of_another_s_alerts(#[case] backend: Backend) {
    let (server, beside, enterprise, _, desk) = two(backend).await;
    let (_, phone) = server.employee(enterprise, &person(1)).await;
    let key = random::uuid().to_string();
    let ill: Vec<(&str, &str)> =
        form("submit", &key).into_iter().map(|(name, value)| if name == "symptoms" { (name, "cold") } else { (name, value) }).collect();
    receipt_of(&declare(&server.client(), server.link(&link::declare(enterprise)), &phone, &ill).await);
    let alert = column::<uuid::Uuid>(&server.state.db, "select id from alert").await[0].simple().to_string();
    let choices = async |server: &TestServer| {
        let form = [("enterprise", enterprise.to_string()), ("alert", alert.clone())];
        let answer = desk.post(server.link("/api/alert")).form(&form).send().await.unwrap();
        wire::open::<AlertView>(&answer.text().await.unwrap()).unwrap().lasting.len()
    };
    for each in [&server, &beside] {
        assert_eq!(choices(each).await, 1);
    }
    let choice = [("before", "guangdong-2020"), ("code", "respiratory-season"), ("confirmed", "yes")];
    done(desk.post(server.link(&link::questionnaire(enterprise))).form(&choice)).await;
    assert_eq!((choices(&beside).await, choices(&server).await), (0, 0));
    beside.stop().await;
    server.stop().await;
}

/// Both start on a database that is not there, or is of an older version, at the same moment: whoever comes second waits.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_at_once_make_the_tables_once(#[case] backend: Backend) {
    for _ in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let url = crate::support::new_database(backend, &folder).await;
        start_together(&url).await;
        // As an older version left it: without what the newest migration made.
        let db = Db::open(&url).await.unwrap();
        execute(&db, "drop table enterprise_code").await;
        assert_eq!(execute(&db, "delete from _sqlx_migrations where version = 23").await, 1);
        db.close().await;
        start_together(&url).await;
    }
}

async fn start_together(url: &str) {
    let starting = (0..6).map(|_| {
        let url = url.to_owned();
        tokio::spawn(async move { Db::open(&url).await })
    });
    for db in join_all(starting.collect::<Vec<_>>()).await {
        let db = db.unwrap().unwrap();
        assert_eq!(column::<i64>(&db, "select count(*) from enterprise_code").await, [0]);
        assert_eq!(column::<i64>(&db, "select count(*) - max(version) from _sqlx_migrations").await, [0]);
        db.close().await;
    }
}

/// A copy of a PostgreSQL database as it is now: a replica that never comes any further.
async fn copy_of(url: &str) -> String {
    let (cluster, name) = url.rsplit_once('/').unwrap();
    let copy = format!("{name}_copy");
    let pool = sqlx::PgPool::connect(&format!("{cluster}/postgres")).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {copy} template {name}"))).execute(&pool).await.unwrap();
    pool.close().await;
    format!("{cluster}/{copy}")
}

#[tokio::test]
async fn a_replica_is_read_as_far_as_it_has_come_and_never_believed_beyond() {
    let server = TestServer::start(Backend::Postgres).await;
    let (enterprise, _) = server.enterprise(1).await;
    let mut people = Vec::new();
    for number in 0..3 {
        let (employee, _) = server.employee(enterprise, &person(number)).await;
        crate::support::declare(&server.state, enterprise, employee, "虚构路 1 号").await;
        people.push(employee);
    }
    let storage = server.settings.storage.clone();
    let folder = server.stop().await;
    let replica_url = copy_of(&storage.database_url).await;
    let server = TestServer::over(storage.database_url.clone(), storage.key_file.clone()).await;
    let count = async |server: &TestServer| crate::support::counted(&server.state, enterprise).await;

    // Nobody's replica loses a row by itself: that shows where the census was read from.
    let replica = Db::open(&replica_url).await.unwrap();
    execute(&replica, "delete from declaration where change = (select max(change) from declaration)").await;
    let following = server.beside_following(&replica_url).await;
    assert_eq!(count(&following).await, (2, 0), "loaded from the replica");
    assert_eq!(count(&server).await, (3, 0));
    // What comes since is little, and read from the database itself.
    let late = server.employee(enterprise, &person(3)).await.0;
    crate::support::declare(&server.state, enterprise, late, "虚构路 2 号").await;
    assert_eq!(count(&following).await, (3, 0));
    // The replica has not come so far: a process that begins now reads nothing there.
    let fresh = server.beside_following(&replica_url).await;
    assert_eq!(count(&fresh).await, (4, 0));

    // It has the change, and not what was purged before it.
    let id = i64::from_be_bytes(enterprise.to_bytes());
    execute(&replica, &format!("update enterprise set change = change + 1000 where id = {id}")).await;
    execute(&server.state.db, &format!("update enterprise set change = change + 1, purged = change + 1 where id = {id}")).await;
    let purged = server.beside_following(&replica_url).await;
    assert_eq!(count(&purged).await, (4, 0));
    for server in [following, fresh, purged] {
        server.stop().await;
    }
    // It breaks off in the middle of a reading.
    execute(&server.state.db, &format!("update enterprise set purged = 0 where id = {id}")).await;
    execute(&replica, "alter table declaration rename to declaration_gone").await;
    let broken = server.beside_following(&replica_url).await;
    assert_eq!(count(&broken).await, (4, 0));
    broken.stop().await;
    replica.close().await;

    // It is away: that costs a line in the log.
    let (cluster, _) = storage.database_url.rsplit_once('/').unwrap();
    for away in [format!("{cluster}/there_is_none"), "postgres://nobody@127.0.0.1:1/none".to_owned()] {
        let alone = server.beside_following(&away).await;
        assert_eq!(alone.client().get(alone.link("/readyz")).send().await.unwrap().status(), StatusCode::OK);
        assert_eq!(count(&alone).await, (4, 0));
        alone.stop().await;
    }
    server.stop().await;
    drop(folder);
}

#[tokio::test]
async fn sqlite_has_no_replica_and_no_other_database_is_one() {
    let server = TestServer::start(Backend::Sqlite).await;
    for (replica, words) in [("postgres://nobody@127.0.0.1:1/none", "SQLite has no replica"), ("sqlite:secret.db", "cannot be a replica")] {
        let mut settings = server.settings.clone();
        settings.postgres.replica_url = Some(replica.to_owned());
        let Err(error) = shenbao::serve::open(&settings, false).await else { panic!("{replica} is taken") };
        assert!(error.to_string().contains(words) && !error.to_string().contains("secret"), "{error}");
    }
    server.stop().await;
}

/// Somebody's transaction, in the way of whoever changes tables.
enum Work {
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Work {
    async fn begin(db: &Db) -> Self {
        match db {
            Db::Sqlite(sqlite) => Self::Sqlite(sqlite.write.begin_with("begin immediate").await.unwrap()),
            Db::Postgres(pool) => {
                let mut tx = pool.begin().await.unwrap();
                sqlx::Executor::execute(&mut *tx, "lock table enterprise in access exclusive mode").await.unwrap();
                Self::Postgres(tx)
            }
        }
    }

    async fn end(self) {
        match self {
            Self::Sqlite(tx) => tx.commit().await.unwrap(),
            Self::Postgres(tx) => tx.commit().await.unwrap(),
        }
    }
}

/// Longer than a statement waits for a lock.
const LONG: std::time::Duration = std::time::Duration::from_secs(7);

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_process_that_must_migrate_waits_for_whoever_is_at_work(#[case] backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let url = crate::support::new_database(backend, &folder).await;
    let old = Db::open(&url).await.unwrap();
    execute(&old, "drop table enterprise_code").await;
    execute(&old, "delete from _sqlx_migrations where version = 23").await;
    let work = Work::begin(&old).await;
    let starting = tokio::spawn(async move { Db::open(&url).await });
    tokio::time::sleep(LONG).await;
    work.end().await;
    let new = starting.await.unwrap().unwrap();
    assert_eq!(column::<i64>(&new, "select count(*) from enterprise_code").await, [0]);
    new.close().await;
    old.close().await;
}

#[tokio::test]
async fn postgres_is_used_as_the_operator_says() {
    let folder = tempfile::tempdir().unwrap();
    let url = crate::support::new_database(Backend::Postgres, &folder).await;
    let db = Db::open_with(&url, Pool { connections: 4, statement_secs: 7 }).await.unwrap();
    for (setting, value) in
        [("statement_timeout", "7s"), ("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "1min"), ("synchronous_commit", "on")]
    {
        assert_eq!(column::<String>(&db, &format!("select current_setting('{setting}')")).await, [value], "{setting}");
    }
    let Db::Postgres(pool) = &db else { unreachable!("a postgres: URL") };
    assert_eq!(pool.options().get_max_connections(), 4);
    db.close().await;
}

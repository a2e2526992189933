//! Nothing personal is readable on the disk, nor in the log.

use std::{
    fs::{self, File},
    path::Path,
    process::Stdio,
    sync::Mutex,
};

use data_encoding::HEXLOWER;
use reqwest::{Client, Response, StatusCode, header};
use rstest::rstest;
use shenbao::{
    account::model::{Person, Phone},
    db::Db,
    id::EnterpriseId,
    link,
};

use crate::{
    retention::unpacked,
    support::{Backend, TestServer, person, program},
    trouble::{Process, free_port},
    trust::{Attacks, Family},
};

const NAME: &str = "龘靐虚构";
const PHONE: &str = "13987654321";
const RESIDENCE: &str = "标记市标记区标记路九号";
const JOURNEYS: &str = "标记行程：坐了一夜的绿皮车";
const NOTE: &str = "标记请求：上周写错了";
const REASON: &str = "标记理由：另有说明";
const POST: &str = "标记岗位：厂医";
const HANDLED: &str = "标记处理：已送发热门诊";

/// What must not be found, in every spelling in which it could leak.
fn markers(person: &Person) -> Vec<(String, Vec<u8>)> {
    let number = person.document.number();
    let mut markers = Vec::new();
    for marker in [NAME, PHONE, RESIDENCE, JOURNEYS, NOTE, REASON, POST, HANDLED, number, &number[6..], &PHONE[3..]] {
        let hex = HEXLOWER.encode(marker.as_bytes());
        let escaped = marker.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
        for spelling in [marker.to_owned(), link::encode(marker), link::encode(marker).to_lowercase(), hex, escaped] {
            markers.push((spelling.clone(), spelling.into_bytes()));
        }
    }
    markers
}

fn holds(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|some| some == wanted)
}

/// A browser without JavaScript on the server that is looked at.
struct Browser {
    client: Client,
    url: String,
    /// The addresses to which it was sent on.
    sent_to: Mutex<String>,
}

impl Browser {
    fn new(client: Client, url: String) -> Self {
        Self { client, url, sent_to: Mutex::default() }
    }

    async fn get(&self, path: &str) -> Response {
        self.note(self.client.get(format!("{}{path}", self.url)).send().await.unwrap())
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.note(self.client.post(format!("{}{path}", self.url)).form(form).send().await.unwrap())
    }

    fn note(&self, answer: Response) -> Response {
        if let Some(to) = answer.headers().get(header::LOCATION) {
            self.sent_to.lock().unwrap().push_str(to.to_str().unwrap());
        }
        answer
    }

    /// Claims, with a slip first; declares, with a slip first; reads the receipt; forgets the phone and sends the form once more.
    async fn declare(&self, enterprise: EnterpriseId, code: &str, person: &Person) {
        let (invitation, declare) = (link::invitation(code), link::declare(enterprise));
        assert_eq!(self.get(&invitation).await.status(), StatusCode::OK);
        let claim = |phone| {
            let document = [("kind", "resident-id"), ("number", person.document.number())];
            [("notice", "yes"), ("health", "yes"), ("name", NAME), document[0], document[1], ("phone", phone)]
        };
        assert_eq!(self.post(&invitation, &claim("1")).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(self.post(&invitation, &claim(PHONE)).await.status(), StatusCode::SEE_OTHER);
        let form = |step, temperature| {
            let asked = [("travel", "no"), ("symptoms", "none"), ("temperature", temperature), ("journeys", JOURNEYS)];
            let mut form = vec![("step", step), ("residence", RESIDENCE), ("submission", "0193a1b2-0000-7000-8000-000000000001")];
            form.extend(asked);
            form
        };
        assert_eq!(self.post(&declare, &form("submit", "hot")).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(self.post(&declare, &form("check", "38.9")).await.status(), StatusCode::OK);
        let done = self.post(&declare, &form("submit", "38.9")).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        let receipt = self.get(done.headers()[header::LOCATION].to_str().unwrap()).await.text().await.unwrap();
        assert!(receipt.contains(RESIDENCE) && receipt.contains(JOURNEYS), "{receipt}");
        assert_eq!(self.get(&link::with_query(&declare, "same=1")).await.status(), StatusCode::OK);
        assert_eq!(self.get(link::MINE).await.status(), StatusCode::OK);
        let rights = link::rights(enterprise);
        assert_eq!(
            self.post(&rights, &[("form", "correct"), ("name", NAME), ("phone", "1")]).await.status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
        for form in ["ask-correction", "ask-deletion"] {
            assert_eq!(self.post(&rights, &[("form", form), ("note", NOTE)]).await.status(), StatusCode::SEE_OTHER);
        }
        let own = self.get(&link::with_query(&rights, "as=text")).await.text().await.unwrap();
        assert!(own.contains(NOTE) && own.contains(NAME), "{own}");
        assert_eq!(self.get(&link::own_copy(enterprise)).await.status(), StatusCode::OK);
        assert!(self.post("/api/forget-device", &[("enterprise", &enterprise.to_string())]).await.status().is_success());
        assert_eq!(self.post(&declare, &form("submit", "38.9")).await.status(), StatusCode::UNAUTHORIZED);
    }

    /// Asks to become a manager, with a slip first.
    async fn join(&self, path: &str, person: &Person) {
        let form = |number| {
            let asked = [("kind", "resident-id"), ("number", number), ("phone", PHONE), ("reason", POST)];
            let mut form = vec![("name", NAME), ("form", "0193a1b2-0000-7000-8000-000000000002")];
            form.extend(asked);
            form
        };
        assert_eq!(self.get(path).await.status(), StatusCode::OK);
        assert_eq!(self.post(path, &form("1")).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(self.post(path, &form(person.document.number())).await.status(), StatusCode::SEE_OTHER);
    }

    /// Makes a link by which managers ask; its path.
    async fn invite_managers(&self, enterprise: EnterpriseId) -> String {
        let page = self.post(&format!("/e/{enterprise}/managers"), &[("hours", "24")]).await.text().await.unwrap();
        let start = format!("/join/{enterprise}/");
        let token: String =
            page.split(&start).nth(1).expect("a link").chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        format!("{start}{token}")
    }

    /// Reads who asks to become a manager, and refuses an employee's request with a reason.
    async fn settle(&self, enterprise: EnterpriseId) {
        let managers = self.get(&format!("/e/{enterprise}/managers")).await.text().await.unwrap();
        assert!(managers.contains(NAME) && managers.contains(POST), "{managers}");
        let requests = link::requests(enterprise);
        let page = self.get(&requests).await.text().await.unwrap();
        assert!(page.contains(NOTE), "{page}");
        let request = page.split("name=\"request\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let refused = self.post(&requests, &[("request", request), ("to", "refused"), ("reason", REASON)]).await;
        assert_eq!(refused.status(), StatusCode::SEE_OTHER);
        assert!(self.get(&requests).await.text().await.unwrap().contains(REASON));
    }

    /// Reads the message, opens the alert, has the numbers shown, and notes what was done; then says what lasts.
    async fn handle(&self, enterprise: EnterpriseId, person: &Person) {
        let messages = self.get("/messages").await.text().await.unwrap();
        let message = messages.split("name=\"read\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(self.post("/messages", &[("read", message)]).await.status(), StatusCode::SEE_OTHER);
        let queue = link::alerts(enterprise);
        let page = self.get(&queue).await.text().await.unwrap();
        assert!(page.contains(NAME) && page.contains("体温高于38.5摄氏度"), "{page}");
        let alert = page.split(&format!("href=\"{queue}/")).nth(1).unwrap().split('"').next().unwrap();
        let alert = format!("{queue}/{alert}");
        let numbers = self.post(&alert, &[("action", "numbers")]).await.text().await.unwrap();
        assert!(numbers.contains(PHONE) && numbers.contains(person.document.number()), "{numbers}");
        let step = |note| [("action", "set"), ("from", "new"), ("to", "in-care"), ("note", note)];
        let long = HANDLED.repeat(100);
        assert_eq!(self.post(&alert, &step(&long)).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(self.post(&alert, &step(HANDLED)).await.status(), StatusCode::SEE_OTHER);
        assert!(self.get(&alert).await.text().await.unwrap().contains(HANDLED));
        assert_eq!(self.post(&alert, &[("action", "lasting")]).await.status(), StatusCode::SEE_OTHER);
    }

    /// Searches, and reads the details.
    async fn look(&self, enterprise: EnterpriseId, person: &Person) {
        assert!(self.get(&link::statistics(enterprise)).await.text().await.unwrap().contains("1人"));
        let people = link::people(enterprise);
        for search in [NAME, PHONE, &person.document.number()[12..]] {
            let list = self.get(&link::with_query(&people, format_args!("q={}", link::encode(search)))).await.text().await.unwrap();
            assert!(list.contains(NAME), "{search}: {list}");
            let details = list.split(&format!("href=\"{people}/")).nth(1).unwrap().split(['"', '?']).next().unwrap();
            let details = self.get(&format!("{people}/{details}")).await.text().await.unwrap();
            assert!(details.contains(RESIDENCE) && details.contains(JOURNEYS), "{details}");
        }
    }
}

/// Everything that the database keeps: its files, or every column of every table as text.
async fn stored(server: &TestServer) -> Vec<(String, Vec<u8>)> {
    match &server.state.db {
        Db::Sqlite(_) => files(server.folder.path()),
        Db::Postgres(pool) => {
            let tables: Vec<String> =
                sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'").fetch_all(pool).await.unwrap();
            let mut stored = Vec::new();
            for table in tables {
                let sql = sqlx::AssertSqlSafe(format!("select coalesce(string_agg(row::text, ' '), '') from {table} as row"));
                let rows: String = sqlx::query_scalar(sql).fetch_one(pool).await.unwrap();
                stored.push((table, rows.into_bytes()));
            }
            stored
        }
    }
}

/// The database's files: itself, its log of changes, and what its processes share.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("shenbao.db"));
    files.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

fn says_nothing_personal(attacks: &mut Attacks, places: &[(String, Vec<u8>)], person: &Person) {
    for (place, text) in places {
        for (spelling, bytes) in markers(person) {
            attacks.tried(holds(text, &bytes), format_args!("{place} holds {spelling}"));
        }
    }
}

/// As `table.column`, of every column that the rooms offer to be sealed anew.
fn sealed_columns(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sealed_columns(&entry, names);
        } else if entry.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&entry).unwrap();
            let made = text.split("\nsealed_column! {").skip(1).map(|rest| rest.split('"').nth(1).unwrap().to_owned());
            names.extend(made);
        }
    }
}

#[tokio::test]
async fn postgresql_keeps_no_samples_of_what_is_sealed() {
    let server = TestServer::start(Backend::Postgres).await;
    let Db::Postgres(pool) = &server.state.db else { unreachable!("a PostgreSQL server") };
    let mut names = Vec::new();
    sealed_columns(Path::new("src"), &mut names);
    assert!(names.len() >= 14 && names.contains(&"manager_request.content".to_owned()), "{names:?}");
    for name in names {
        let (table, column) = name.split_once('.').unwrap();
        let sql = "select attstattarget::bigint from pg_attribute where attrelid = to_regclass($1) and attname = $2";
        let target: Option<i64> = sqlx::query_scalar(sql).bind(table).bind(column).fetch_one(pool).await.unwrap();
        assert_eq!(target, Some(0), "{name}");
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn nothing_personal_reaches_the_disk_or_the_log(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    let person = Person { name: NAME.to_owned(), phone: Phone::parse(PHONE).ok(), ..person(777) };
    server.appoint(enterprise, &person).await;
    let (log, port) = (server.folder.path().join("log"), free_port());
    let process = Process::serve_logging(&server.settings, port, "debug", Stdio::from(File::create(&log).unwrap())).await;
    let url = format!("http://localhost:{port}");
    let phone = Browser::new(server.client(), url.clone());
    phone.declare(enterprise, &code, &person).await;
    let desk = Browser::new(server.enter().await, url.clone());
    desk.look(enterprise, &person).await;
    desk.handle(enterprise, &person).await;
    let join = desk.invite_managers(enterprise).await;
    Browser::new(server.client(), url).join(&join, &person).await;
    desk.settle(enterprise).await;

    let places = stored(&server).await;
    assert!(places.iter().any(|(_, text)| holds(text, "第1号虚构工厂".as_bytes())), "the places are those where things are stored");
    if backend == Backend::Sqlite {
        assert_eq!(places.len(), 3, "the file, its -wal and its -shm");
    }
    let mut attacks = Attacks::of(Family::Canary);
    says_nothing_personal(&mut attacks, &places, &person);
    let addresses = [phone, desk].map(|browser| browser.sent_to.lock().unwrap().clone()).concat();
    assert!(addresses.contains("/done/") && addresses.contains("/alerts/"), "{addresses}");
    says_nothing_personal(&mut attacks, &[("an address".to_owned(), addresses.into_bytes())], &person);
    let file = server.folder.path().join("backup");
    let (made, said) = program(&server.settings, &["backup", file.to_str().unwrap()]);
    assert!(made, "{said}");
    let backup = unpacked(backend, &file);
    assert!(holds(&backup, "第1号虚构工厂".as_bytes()), "the backup is one");
    says_nothing_personal(&mut attacks, &[("the backup".to_owned(), backup)], &person);
    for command in [&["enterprise", "list"][..], &["audit", "verify"], &["key", "check"], &["purge"]] {
        let (done, said) = program(&server.settings, command);
        assert!(done, "{command:?}: {said}");
        says_nothing_personal(&mut attacks, &[(format!("the operator's {command:?}"), said.into_bytes())], &person);
    }
    process.kill();
    let logged = fs::read(&log).unwrap();
    assert!(holds(&logged, b"DEBUG") && holds(&logged, b"/declare/{enterprise}"), "{}", String::from_utf8_lossy(&logged));
    says_nothing_personal(&mut attacks, &[("the log".to_owned(), logged)], &person);
    let folder = server.stop().await;
    says_nothing_personal(&mut attacks, &files(folder.path()), &person);
    attacks.done();
}

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
use serde_json::json;
use shenbao::{
    account::model::{Person, Phone},
    db::Db,
    id::EnterpriseId,
    link,
};
use sqlx::{Connection, PgConnection};

use crate::{
    issuer::Issuer,
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
/// What is said in a reminder, and what signs for a channel.
const REMINDS: &str = "标记附言：九点以前";
const SIGNS: &str = "marked-secret-0123456789";
const HANDLED: &str = "标记处理：已送发热门诊";

/// Whom a provider has verified, and what it says of them.
const VERIFIED: &str = "龘靐实名";
const VERIFIED_PHONE: &str = "13976543210";
const REGISTERED: &str = "标记省标记县户籍路三号";
const SUBJECT: &str = "subject-of-the-canary";

/// What must not be found, in every spelling in which it could leak.
fn markers(words: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut markers = Vec::new();
    for marker in words {
        let hex = HEXLOWER.encode(marker.as_bytes());
        let escaped = marker.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
        for spelling in [(*marker).to_owned(), link::encode(marker), link::encode(marker).to_lowercase(), hex, escaped] {
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

    /// To an identity provider and back: the answer to what it said.
    async fn verify(&self, path: &str) -> Response {
        let to = |answer: Response| answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
        let back = to(self.client.get(to(self.get(path).await)).send().await.unwrap());
        self.note(self.client.get(back).send().await.unwrap())
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
            let mut form = vec![("step", step), ("residence", RESIDENCE), ("submission", "0193a1b2-0000-4000-8000-000000000001")];
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
            let asked = [("kind", "resident-id"), ("number", number), ("phone", PHONE), ("reason", POST), ("consent", "yes")];
            let mut form = vec![("name", NAME), ("form", "0193a1b2-0000-4000-8000-000000000002")];
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

    /// Reminds, with a text, by a channel that leads nowhere.
    async fn remind(&self, enterprise: EnterpriseId) {
        let (channels, reminders) = (link::channels(enterprise), link::reminders(enterprise));
        let address = ("address", "https://hook.example.invalid/marked-hook");
        let add =
            [("action", "add"), ("kind", "webhook"), ("name", "系统"), address, ("secret", SIGNS), ("reminders", "yes"), ("names", "yes")];
        assert_eq!(self.post(&channels, &add).await.status(), StatusCode::SEE_OTHER);
        let plan = [("action", "save"), ("days", "every"), ("words", REMINDS)];
        assert_eq!(self.post(&reminders, &plan).await.status(), StatusCode::SEE_OTHER);
        let count = [("action", "head-count"), ("count", "9")];
        assert_eq!(self.post(&link::roster(enterprise), &count).await.status(), StatusCode::SEE_OTHER);
        assert_eq!(self.post(&reminders, &[("action", "now")]).await.status(), StatusCode::SEE_OTHER);
        assert!(self.get(&reminders).await.text().await.unwrap().contains(REMINDS));
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

fn says_nothing_personal(attacks: &mut Attacks, places: &[(String, Vec<u8>)], words: &[&str]) {
    for (place, text) in places {
        for (spelling, bytes) in markers(words) {
            attacks.tried(holds(text, &bytes), format_args!("{place} holds {spelling}"));
        }
    }
}

/// What PostgreSQL itself writes beside its tables: its log of changes, from where a test began, and what it says. It searches them
/// by itself, since they are large and all tests'.
struct Journal {
    connection: PgConnection,
    first: String,
}

impl Journal {
    /// From now on. None: there is no such server.
    async fn begin(server: &TestServer) -> Option<Self> {
        let url = &server.settings.storage.database_url;
        if !url.starts_with("postgres:") {
            return None;
        }
        let mut connection = PgConnection::connect(url).await.unwrap();
        let first = sqlx::query_scalar("select pg_walfile_name(pg_current_wal_lsn())").fetch_one(&mut connection).await.unwrap();
        Some(Self { connection, first })
    }

    async fn holds(&mut self, file: &str, wanted: &[u8]) -> bool {
        let sql = "select position($1 in pg_read_binary_file($2)) > 0";
        sqlx::query_scalar(sql).bind(wanted).bind(file).fetch_one(&mut self.connection).await.unwrap()
    }

    /// Tries each word in each file; `written` must be found, or these are not the files.
    async fn says_nothing_personal(mut self, attacks: &mut Attacks, words: &[&str], written: &str) {
        let changes = "select 'pg_wal/' || name from pg_ls_waldir() where name >= $1 and length(name) = 24 order by name";
        let changes: Vec<String> = sqlx::query_scalar(changes).bind(&self.first).fetch_all(&mut self.connection).await.unwrap();
        let mut found = false;
        for file in &changes {
            found |= self.holds(file, written.as_bytes()).await;
        }
        assert!(found, "{written} was written to {changes:?}");
        let said: String =
            sqlx::query_scalar("select current_setting('data_directory') || '/../log'").fetch_one(&mut self.connection).await.unwrap();
        for file in changes.into_iter().chain([said]) {
            for word in words {
                for spelling in [word.as_bytes().to_vec(), HEXLOWER.encode(word.as_bytes()).into_bytes()] {
                    attacks.tried(self.holds(&file, &spelling).await, format_args!("{file} holds {word}"));
                }
            }
        }
    }
}

/// As `table.column`, of every column that the rooms offer to be sealed anew.
pub fn sealed_columns() -> Vec<String> {
    let mut names = Vec::new();
    collect_sealed_columns(Path::new("src"), &mut names);
    assert!(names.len() >= 11 && names.contains(&"manager_request.content".to_owned()), "{names:?}");
    names
}

fn collect_sealed_columns(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            collect_sealed_columns(&entry, names);
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
    for name in sealed_columns() {
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
    let journal = Journal::begin(&server).await;
    let (enterprise, code) = server.enterprise(4710).await;
    let person = Person { name: NAME.to_owned(), phone: Phone::parse(PHONE).ok(), ..person(777) };
    let number = person.document.number();
    let words =
        [NAME, PHONE, RESIDENCE, JOURNEYS, NOTE, REASON, POST, HANDLED, REMINDS, SIGNS, "/marked-hook", number, &number[6..], &PHONE[3..]];
    server.appoint(enterprise, &person).await;
    let (log, port) = (server.folder.path().join("log"), free_port());
    let process = Process::serve_logging(&server.settings, port, "debug", Stdio::from(File::create(&log).unwrap())).await;
    let url = format!("http://localhost:{port}");
    let phone = Browser::new(server.client(), url.clone());
    phone.declare(enterprise, &code, &person).await;
    let desk = Browser::new(server.enter().await, url.clone());
    desk.look(enterprise, &person).await;
    desk.handle(enterprise, &person).await;
    desk.remind(enterprise).await;
    let join = desk.invite_managers(enterprise).await;
    Browser::new(server.client(), url).join(&join, &person).await;
    desk.settle(enterprise).await;

    let places = stored(&server).await;
    assert!(places.iter().any(|(_, text)| holds(text, "第4710号虚构工厂".as_bytes())), "the places are those where things are stored");
    if backend == Backend::Sqlite {
        assert_eq!(places.len(), 3, "the file, its -wal and its -shm");
    }
    let mut attacks = Attacks::of(Family::Canary);
    says_nothing_personal(&mut attacks, &places, &words);
    if let Some(journal) = journal {
        journal.says_nothing_personal(&mut attacks, &words, "第4710号虚构工厂").await;
    }
    let addresses = [phone, desk].map(|browser| browser.sent_to.lock().unwrap().clone()).concat();
    assert!(addresses.contains("/done/") && addresses.contains("/alerts/"), "{addresses}");
    says_nothing_personal(&mut attacks, &[("an address".to_owned(), addresses.into_bytes())], &words);
    let file = server.folder.path().join("backup");
    let (made, said) = program(&server.settings, &["backup", file.to_str().unwrap()]);
    assert!(made, "{said}");
    let backup = unpacked(backend, &file);
    assert!(holds(&backup, "第4710号虚构工厂".as_bytes()), "the backup is one");
    says_nothing_personal(&mut attacks, &[("the backup".to_owned(), backup)], &words);
    for command in [&["enterprise", "list"][..], &["audit", "verify"], &["key", "check"], &["purge"]] {
        let (done, said) = program(&server.settings, command);
        assert!(done, "{command:?}: {said}");
        says_nothing_personal(&mut attacks, &[(format!("the operator's {command:?}"), said.into_bytes())], &words);
    }
    process.kill();
    let logged = fs::read(&log).unwrap();
    assert!(holds(&logged, b"DEBUG") && holds(&logged, b"/declare/{enterprise}"), "{}", String::from_utf8_lossy(&logged));
    says_nothing_personal(&mut attacks, &[("the log".to_owned(), logged)], &words);
    let folder = server.stop().await;
    says_nothing_personal(&mut attacks, &files(folder.path()), &words);
    attacks.done();
}

/// The same of whoever was verified by a provider, which says more of them than we ask for.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn nothing_of_who_was_verified_reaches_the_disk_or_the_log(#[case] backend: Backend) {
    let issuer = Issuer::start().await;
    let server = TestServer::start_with_providers(backend, &issuer.toml()).await;
    let journal = Journal::begin(&server).await;
    let (enterprise, code) = server.enterprise(4711).await;
    let person = Person { name: VERIFIED.to_owned(), phone: Phone::parse(VERIFIED_PHONE).ok(), ..person(778) };
    let number = person.document.number();
    let words = [VERIFIED, VERIFIED_PHONE, REGISTERED, RESIDENCE, JOURNEYS, SUBJECT, POST, number, &number[6..], &code];
    server.appoint(enterprise, &person).await;
    let (log, port) = (server.folder.path().join("log"), free_port());
    let process = Process::serve_logging(&server.settings, port, "debug", Stdio::from(File::create(&log).unwrap())).await;
    let url = format!("http://localhost:{port}");
    let expect = || {
        issuer.expect(SUBJECT, &person);
        issuer.play().who.insert("address".to_owned(), json!({ "formatted": REGISTERED }));
    };
    let new = || Browser::new(server.client(), url.clone());
    let (phone, desk, refused) = (new(), new(), new());

    // What is not as it must be is said in the log, and not what it is.
    for (claim, value) in [
        ("user_type", json!("enterprise")),
        ("id_number", json!([number])),
        ("id_type", json!(VERIFIED)),
        ("name", json!([VERIFIED])),
        ("phone_number", json!(REGISTERED)),
    ] {
        expect();
        issuer.play().who.insert(claim.to_owned(), value);
        for path in [link::sign_in_by("face", ""), link::verify_by("face", &code)] {
            assert_eq!(refused.verify(&path).await.status(), StatusCode::SEE_OTHER);
        }
    }
    expect();
    for lie in ["nonce", "acr", "aud", "auth_time", "sub"] {
        issuer.lie(move |claims| drop(claims.insert(lie.to_owned(), json!(REGISTERED))));
        assert_eq!(refused.verify(&link::sign_in_by("face", "")).await.status(), StatusCode::SEE_OTHER);
    }
    issuer.tell_the_truth();

    // One who left and did not come back, one who did not consent, one who did and declared; one who looks, one who asks to manage.
    assert_eq!(new().get(&link::verify_by("face", &code)).await.status(), StatusCode::SEE_OTHER);
    new().verify(&link::verify_by("face", &code)).await;
    let (invitation, declare) = (link::invitation(&code), link::declare(enterprise));
    phone.verify(&link::verify_by("face", &code)).await;
    assert!(phone.get(&invitation).await.text().await.unwrap().contains(VERIFIED));
    let consent = [("verified", "yes"), ("notice", "yes"), ("health", "yes")];
    assert_eq!(phone.post(&invitation, &consent).await.status(), StatusCode::SEE_OTHER);
    let form = [
        ("step", "submit"),
        ("residence", RESIDENCE),
        ("submission", "0193a1b2-0000-4000-8000-000000000003"),
        ("travel", "no"),
        ("symptoms", "none"),
        ("temperature", "36.6"),
        ("journeys", JOURNEYS),
    ];
    assert_eq!(phone.post(&declare, &form).await.status(), StatusCode::SEE_OTHER);
    desk.verify(&link::sign_in_by("face", "")).await;
    assert!(desk.get(&link::people(enterprise)).await.text().await.unwrap().contains(VERIFIED), "they are signed in, and look");
    let join = desk.invite_managers(enterprise).await;
    let manager = new();
    manager.verify(&link::join_by("face", &join)).await;
    assert_eq!(manager.post(&join, &[("verified", "yes"), ("reason", POST), ("consent", "yes")]).await.status(), StatusCode::SEE_OTHER);

    let mut attacks = Attacks::of(Family::Canary);
    let places = stored(&server).await;
    assert!(places.iter().any(|(_, text)| holds(text, "第4711号虚构工厂".as_bytes())), "the places are those where things are stored");
    says_nothing_personal(&mut attacks, &places, &words);
    if let Some(journal) = journal {
        journal.says_nothing_personal(&mut attacks, &words, "第4711号虚构工厂").await;
    }
    // An invitation stands in its own address; nobody else does.
    let mut addresses = String::new();
    for browser in [&phone, &desk, &refused, &manager] {
        addresses.push_str(&browser.sent_to.lock().unwrap().replace(&code, "…"));
    }
    assert!(addresses.contains("/auth/stopped") && addresses.contains("/done/"), "{addresses}");
    says_nothing_personal(&mut attacks, &[("an address".to_owned(), addresses.into_bytes())], &words);
    let file = server.folder.path().join("backup");
    let (made, said) = program(&server.settings, &["backup", file.to_str().unwrap()]);
    assert!(made, "{said}");
    says_nothing_personal(&mut attacks, &[("the backup".to_owned(), unpacked(backend, &file))], &words);
    process.kill();
    let logged = fs::read(&log).unwrap();
    for known in ["/auth/callback", "a provider's claim is not as it must be"] {
        assert!(holds(&logged, known.as_bytes()), "{known}: {}", String::from_utf8_lossy(&logged));
    }
    says_nothing_personal(&mut attacks, &[("the log".to_owned(), logged)], &words);
    let folder = server.stop().await;
    says_nothing_personal(&mut attacks, &files(folder.path()), &words);
    attacks.done();
}

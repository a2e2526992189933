//! What is too old goes, and nothing of it stays: neither in a figure, nor in a file.

use std::{collections::HashSet, fs, path::Path, process::Command};

use reqwest::StatusCode;
use rstest::rstest;
use shenbao::{
    account::model::{Person, Phone},
    audit::model::ActorKind,
    config,
    db::Db,
    id::{EmployeeId, EnterpriseId},
    link, random,
    retention::{self, Purged, Purging},
    state::{AppState, Shared},
};

use crate::support::{Backend, TestServer, column, counted, declare, execute, person, program, recounted};

const DAY: i64 = 24 * 60 * 60;

/// As at the terminal: every enterprise, now.
pub async fn purge(server: &TestServer) -> Purged {
    let state = &server.state;
    let Shared { db, vault, clock, .. } = &**state;
    let purging = Purging { db, vault, clock, days: retention::DAYS, by: ActorKind::Server };
    purging.purge(&mut retention::Done::new()).await.unwrap()
}

/// Nothing here crosses midnight by chance.
fn noon(state: &AppState) {
    let second = (state.clock.now().as_millis() / 1000 + 8 * 60 * 60) % DAY;
    state.clock.advance_secs(DAY + DAY / 2 - second);
}

async fn employees(db: &Db) -> i64 {
    column(db, "select count(*) from employee").await[0]
}

async fn rows(db: &Db, table: &str) -> i64 {
    column(db, &format!("select count(*) from {table}")).await[0]
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn each_goes_in_its_time_and_every_census_counts_without_it(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let other = server.beside().await;
    let (state, db) = (&server.state, &server.state.db);
    noon(state);
    let (enterprise, _) = server.enterprise(1).await;
    let regular = server.employee(enterprise, &person(1)).await;
    let once = server.employee(enterprise, &person(2)).await;
    let silent = server.employee(enterprise, &person(3)).await;
    let forgetful = server.employee(enterprise, &person(4)).await;
    let unmatched = server.employee(enterprise, &person(1)).await;
    let second_phone = server.employee(enterprise, &person(2)).await;
    for (employee, _) in [&regular, &once, &unmatched, &second_phone] {
        declare(state, enterprise, *employee, "虚构路一号").await;
    }
    let forget = server.client().post(server.link("/api/forget-device")).header("cookie", &forgetful.1);
    assert!(forget.form(&[("enterprise", enterprise.to_string())]).send().await.unwrap().status().is_success());
    let same = async |expected: (u32, u32)| {
        for state in [state, &other.state] {
            assert_eq!(counted(state, enterprise).await, expected);
        }
        assert_eq!(recounted(db, enterprise).await, expected);
    };
    same((2, 2)).await;
    assert_eq!(purge(&server).await, Purged::default(), "nothing is old");

    // Everyone but these two declares once more; a claim that nobody matched and that is still in use stays.
    state.clock.advance_secs(29 * DAY);
    declare(state, enterprise, second_phone.0, "虚构路二号").await;
    assert_eq!(purge(&server).await, Purged::default(), "the 29th day");
    state.clock.advance_secs(DAY + 60);
    let month = purge(&server).await;
    assert_eq!((month.declarations, month.employees), (1, 2), "the claim, and whoever left: {month}");
    same((2, 1)).await;
    assert_eq!(employees(db).await, 4);
    let gone = server.client().get(server.link(&link::declare(enterprise))).header("cookie", &unmatched.1).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::UNAUTHORIZED, "a phone that is not known any more scans again");
    assert_eq!(purge(&server).await, Purged::default(), "twice is once");

    state.clock.advance_secs(29 * DAY);
    declare(state, enterprise, regular.0, "虚构路三号").await;
    state.clock.advance_secs(10 * DAY);
    declare(state, enterprise, second_phone.0, "虚构路四号").await;
    state.clock.advance_secs(21 * DAY - 2 * 60);
    let last_day = purge(&server).await;
    // The 90th day begins at midnight, whenever on the first they declared; who they are goes with the hour.
    assert_eq!((last_day.declarations, last_day.employees), (3, 0), "{last_day}");
    same((1, 1)).await;
    state.clock.advance_secs(120);
    assert_eq!(purge(&server).await.employees, 2, "who declared once, and who never did");
    same((1, 1)).await;
    assert_eq!((employees(db).await, rows(db, "device").await, rows(db, "consent").await), (2, 2, 4));
    let pages = [(&regular, StatusCode::OK), (&once, StatusCode::UNAUTHORIZED), (&silent, StatusCode::UNAUTHORIZED)];
    for ((_, cookie), status) in pages {
        let page = server.client().get(server.link(&link::declare(enterprise))).header("cookie", cookie).send().await.unwrap();
        assert_eq!(page.status(), status);
    }
    // And whoever went may come again; another phone holds their document by now.
    let again = server.employee(enterprise, &person(2)).await;
    declare(state, enterprise, again.0, "虚构路五号").await;
    same((1, 2)).await;

    state.clock.advance_secs(400 * DAY);
    purge(&server).await;
    same((0, 0)).await;
    assert_eq!(employees(db).await, 0);
    other.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn sessions_links_ceremonies_devices_and_codes_go_after_their_end(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (state, db) = (&server.state, &server.state.db);
    let (enterprise, _) = server.enterprise(1).await;
    let representative = server.appoint(enterprise, &person(900)).await;
    shenbao::account::representative::invite(
        db,
        &state.vault,
        state.clock.now(),
        shenbao::account::caller::Tenant::of_operator(enterprise),
        representative,
    )
    .await
    .unwrap();
    let client = server.enter().await;
    assert!(client.post(server.link("/api/sign-in-start")).send().await.unwrap().status().is_success());
    let rotated = client.post(server.link("/api/replace-invitation")).form(&[
        ("enterprise", enterprise.to_string()),
        ("grace", "24h".into()),
        ("confirmed", "true".into()),
    ]);
    let rotated = rotated.send().await.unwrap().status();
    assert!(rotated.is_success() || rotated.is_redirection(), "{rotated}");
    let (employee, cookie) = server.employee(enterprise, &person(1)).await;
    declare(state, enterprise, employee, "虚构路一号").await;
    let forget = client.post(server.link("/api/forget-device")).header("cookie", cookie).form(&[("enterprise", enterprise.to_string())]);
    assert!(forget.send().await.unwrap().status().is_success());
    // As a sign-in by a provider leaves it when nobody comes back.
    execute(db, "insert into flow (secret_hash, content, expires_at) select token_hash, state, expires_at from ceremony").await;
    let left = async || {
        let mut left = Vec::new();
        for table in ["session", "ceremony", "flow", "enrolment", "device", "invitation"] {
            left.push(rows(db, table).await);
        }
        left
    };
    assert_eq!(left().await, [1, 1, 1, 1, 1, 2]);
    state.clock.advance_secs(7 * DAY);
    purge(&server).await;
    assert_eq!(left().await, [1, 1, 1, 1, 1, 2], "seven days after they began, not after their end");
    state.clock.advance_secs(2 * 60 * 60);
    purge(&server).await;
    assert_eq!(left().await, [1, 0, 0, 0, 1, 2], "a session lives for hours, a link for one, a ceremony for minutes");
    state.clock.advance_secs(8 * 60 * 60);
    purge(&server).await;
    assert_eq!(left().await, [0, 0, 0, 0, 1, 2]);
    state.clock.advance_secs(23 * DAY);
    purge(&server).await;
    assert_eq!(left().await, [0, 0, 0, 0, 0, 2]);
    assert_eq!(employees(db).await, 1, "what they declared is not old");
    state.clock.advance_secs(DAY);
    purge(&server).await;
    assert_eq!(left().await, [0, 0, 0, 0, 0, 1], "the current code stays");
    server.stop().await;
}

const NAME: &str = "龘靐虚构";
const PHONE: &str = "13987654321";
const ADDRESS: &str = "标记市标记区标记路九号";

/// So much of a ciphertext is looked for.
pub fn piece(blob: &[u8]) -> Vec<u8> {
    blob[blob.len() / 2..][..32].to_vec()
}

/// How many of these stand in the text.
pub fn hits(text: &[u8], pieces: &[Vec<u8>]) -> usize {
    let starts: HashSet<&[u8]> = pieces.iter().map(|piece| &piece[..4]).collect();
    let found = text.windows(32).filter(|some| starts.contains(&some[..4]) && pieces.iter().any(|piece| *piece == **some));
    found.count()
}

/// Everything that the database's files hold.
pub async fn bytes(server: &TestServer) -> Vec<u8> {
    match &server.state.db {
        Db::Sqlite(_) => {
            let read = |name: &str| fs::read(server.folder.path().join(name)).unwrap_or_default();
            [read("shenbao.db"), read("shenbao.db-wal")].concat()
        }
        db @ Db::Postgres(pool) => {
            let mut connection = pool.acquire().await.unwrap();
            // On a busy disk it may take longer than a statement of the server's may.
            for sql in ["set statement_timeout = 0", "checkpoint"] {
                sqlx::query(sql).execute(&mut *connection).await.unwrap();
            }
            connection.close().await.unwrap();
            let files =
                "select pg_read_binary_file(pg_relation_filepath(oid)) from pg_class where relfilenode > 0 and relkind in ('r', 'i', 't')";
            column_of_postgres(db, files).await.concat()
        }
    }
}

async fn column_of_postgres(db: &Db, sql: &'static str) -> Vec<Vec<u8>> {
    let Db::Postgres(pool) = db else { unreachable!("a postgres: URL") };
    sqlx::query_scalar(sql).fetch_all(pool).await.unwrap()
}

/// Many rows of many sizes in no order, so that pages are split and rows move about.
async fn crowd(server: &TestServer, days: i64) -> Vec<(EnterpriseId, EmployeeId)> {
    let mut crowd = Vec::new();
    for number in 0..8 {
        let (enterprise, _) = server.enterprise(number).await;
        for who in 0..12 {
            let person = Person { name: NAME.to_owned(), phone: Phone::parse(PHONE).ok(), ..person(700 + who) };
            crowd.push((enterprise, server.employee(enterprise, &person).await.0));
        }
    }
    for _ in 0..days {
        for at in 0..crowd.len() {
            let (enterprise, employee) = crowd[at * 37 % crowd.len()];
            let size = usize::from(random::bytes::<1>()[0]) * 4;
            declare(&server.state, enterprise, employee, &format!("{ADDRESS}{}", "，".repeat(size))).await;
        }
    }
    crowd
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn no_byte_is_left_of_what_went(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (state, db) = (&server.state, &server.state.db);
    let crowd = crowd(&server, 12).await;
    if backend == Backend::Postgres {
        // As PostgreSQL's own cleaning does now and then: it takes samples of the values.
        execute(db, "analyze").await;
    }
    let mut went: Vec<Vec<u8>> = column(db, "select record from declaration").await;
    went.extend(column::<Vec<u8>>(db, "select person from employee").await);
    assert_eq!(went.len(), 13 * crowd.len());
    let pieces: Vec<Vec<u8>> = went.iter().map(|blob| piece(blob)).collect();
    assert!(hits(&bytes(&server).await, &pieces) >= pieces.len(), "the bytes are where this test looks for them");

    state.clock.advance_secs(91 * DAY);
    let (stays, _) = server.employee(crowd[0].0, &person(1)).await;
    declare(state, crowd[0].0, stays, ADDRESS).await;
    let purged = purge(&server).await;
    assert_eq!((purged.declarations, purged.employees), (12 * crowd.len() as u64, crowd.len() as u64));
    if backend == Backend::Postgres {
        db.rewrite(true).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let (made, said) = program(&server.settings, &["backup", file.to_str().unwrap()]);
    assert!(made, "{said}");
    let markers = [NAME, PHONE, ADDRESS, person(700).document.number()].map(|marker| marker.as_bytes().to_vec());
    for (place, text) in [("the database", bytes(&server).await), ("the backup", unpacked(backend, &file))] {
        assert!(holds(&text, "第1号虚构工厂".as_bytes()), "{place} is what this test takes it for");
        assert_eq!(hits(&text, &pieces), 0, "{place}");
        assert!(markers.iter().all(|marker| !holds(&text, marker)), "{place}");
    }
    let kept: Vec<Vec<u8>> = column(db, "select record from declaration").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(hits(&bytes(&server).await, &[piece(&kept[0])]), 1);
    server.stop().await;
}

fn holds(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|some| some == wanted)
}

/// A backup's content: SQLite's is a database, PostgreSQL's is packed, with bytes as hex.
pub fn unpacked(backend: Backend, file: &Path) -> Vec<u8> {
    if backend == Backend::Sqlite {
        return fs::read(file).unwrap();
    }
    let output = Command::new("pg_restore").args(["--file=-"]).arg(file).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let bytes = text.split("\\\\x").skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap());
    let bytes: Vec<u8> = bytes.filter_map(|hex| data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()).flatten().collect();
    [text.into_bytes(), bytes].concat()
}

#[tokio::test]
async fn days_out_of_bounds_are_refused_and_the_command_says_what_went() {
    let server = TestServer::start(Backend::Sqlite).await;
    for days in ["0", "366", "-1", "many"] {
        let (done, said) = program(&server.settings, &["purge", &format!("--retention-days={days}")]);
        assert!(!done && said.contains("declarations are kept for 1 to 365 days"), "{said}");
    }
    // The server lives a hundred days ago for a moment; the command does not.
    server.state.clock.advance_secs(-100 * DAY);
    let (enterprise, _) = server.enterprise(1).await;
    let (employee, _) = server.employee(enterprise, &person(1)).await;
    declare(&server.state, enterprise, employee, "虚构路一号").await;
    server.state.clock.advance_secs(100 * DAY);
    assert_eq!(counted(&server.state, enterprise).await, (1, 0));
    let (done, said) = program(&server.settings, &["purge"]);
    assert!(done && said.contains("older than 90 days") && said.contains("1 declaration(s), 0 alert(s), 1 employee(s)"), "{said}");
    assert_eq!(counted(&server.state, enterprise).await, (0, 0), "the server that runs knows");
    let _: config::Retention = server.settings.retention;
    server.stop().await;
}

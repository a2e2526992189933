//! The program at a terminal: what it refuses, and what it says then.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use rstest::rstest;
use shenbao::{config::Serve, db::Db, vault::KeyFile};
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::support::{Backend, TestServer, new_database, site};

const LONG: Duration = Duration::from_secs(30);

/// Runs the program to its end. It is told to show backtraces, and must not.
fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shenbao"));
    command.args(args).env("RUST_BACKTRACE", "1").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > LONG {
            child.kill().unwrap();
            panic!("{args:?} does not end: {}", String::from_utf8_lossy(&child.wait_with_output().unwrap().stderr));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

/// What the program says when it refuses.
#[track_caller]
fn refusal(args: &[&str]) -> String {
    let output = run(args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code().is_some_and(|code| code != 0), "{:?}: {said}", output.status);
    for never in ["panicked", "backtrace", "Caused by", "   0:", "Error:"] {
        assert!(!said.contains(never), "{said}");
    }
    assert!(said.starts_with("shenbao: "), "{said}");
    said
}

/// A database that a server has used, with its key file; the server has stopped.
async fn used(backend: Backend) -> (Serve, TempDir) {
    let server = TestServer::start(backend).await;
    server.enterprise(1).await;
    let settings = server.settings.clone();
    (settings, server.stop().await)
}

fn serve(settings: &Serve, addr: &str) -> String {
    let (storage, key_file) = (&settings.storage, settings.storage.key_file.to_str().unwrap());
    let site = site(settings.storage.key_file.parent().unwrap());
    let args = ["serve", "--log", "error", "--database-url", &storage.database_url, "--key-file", key_file, "--addr", addr, "--site-root"];
    refusal(&[&args[..], &[site.to_str().unwrap()]].concat())
}

#[tokio::test]
async fn a_server_whose_browser_files_are_elsewhere_says_so_and_serves_nothing() {
    let (settings, folder) = used(Backend::Sqlite).await;
    let storage = &settings.storage;
    let site = folder.path().join("nowhere");
    let said = refusal(&[
        "serve",
        "--database-url",
        &storage.database_url,
        "--key-file",
        storage.key_file.to_str().unwrap(),
        "--log",
        "error",
        "--site-root",
        site.to_str().unwrap(),
    ]);
    assert!(said.contains("nowhere/pkg/shenbao.js") && said.contains("--site-root"), "{said}");
}

#[test]
fn a_command_ends_quietly_when_nobody_reads_on() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_shenbao"))
        .args(["questionnaire", "list"])
        .env("RUST_BACKTRACE", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[tokio::test]
async fn an_address_that_cannot_be_had_is_named_with_the_reason() {
    let (settings, _folder) = used(Backend::Sqlite).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let said = serve(&settings, &addr);
    assert!(said.contains(&addr) && said.contains("another program uses this port") && said.contains("--addr"), "{said}");
    // An address for documents: no machine has it.
    let said = serve(&settings, "192.0.2.1:3000");
    assert!(said.contains("this machine does not have this address") && said.contains("--addr"), "{said}");
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_database_that_is_newer_than_the_program_is_left_alone(#[case] backend: Backend) {
    let (settings, _folder) = used(backend).await;
    let sql = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', true, $1, 0)";
    let db = Db::open(&settings.storage.database_url).await.unwrap();
    match &db {
        Db::Sqlite(sqlite) => drop(sqlx::query(sql).bind(&b"x"[..]).execute(&sqlite.write).await.unwrap()),
        Db::Postgres(pool) => drop(sqlx::query(sql).bind(&b"x"[..]).execute(pool).await.unwrap()),
    }
    db.close().await;
    let said = serve(&settings, "127.0.0.1:0");
    assert!(said.contains("newer version of shenbao") && said.contains("9999") && said.contains("install that version"), "{said}");
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_key_file_that_is_missing_open_to_others_or_of_another_database_is_refused(#[case] backend: Backend) {
    let (mut settings, folder) = used(backend).await;
    let own = settings.storage.key_file.clone();
    settings.storage.key_file = folder.path().join("other.key");
    let said = serve(&settings, "127.0.0.1:0");
    assert!(said.contains("there is no key file") && said.contains("shenbao key new"), "{said}");

    KeyFile::create(&settings.storage.key_file).unwrap();
    let said = serve(&settings, "127.0.0.1:0");
    assert!(said.contains("no key in the key file opens this database") && said.contains("SHENBAO_KEY_FILE"), "{said}");

    fs::set_permissions(&own, fs::Permissions::from_mode(0o640)).unwrap();
    settings.storage.key_file = own;
    let said = serve(&settings, "127.0.0.1:0");
    assert!(said.contains("can be read by others (mode 0640)") && said.contains("chmod 600"), "{said}");
}

#[tokio::test]
async fn a_command_for_a_database_that_is_there_makes_none() {
    let (settings, folder) = used(Backend::Sqlite).await;
    let (url, key_file) = (settings.storage.database_url.as_str(), settings.storage.key_file.to_str().unwrap());
    let listed = run(&["enterprise", "list", "--database-url", url, "--key-file", key_file]);
    assert!(listed.status.success() && String::from_utf8(listed.stdout).unwrap().contains("第1号虚构工厂"));

    let mistyped = folder.path().join("shembao.db");
    let url = format!("sqlite:{}", mistyped.display());
    let person = ["--enterprise", "91350100M000100Y43", "--document", "11010519491231002X"];
    for command in [
        &["key", "check"][..],
        &["enterprise", "list"],
        &[&["representative", "add", "--name", "张三"], &person[..]].concat(),
        &[&["representative", "remove"], &person[..]].concat(),
        &[&["representative", "invite"], &person[..2]].concat(),
    ] {
        let said = refusal(&[command, &["--database-url", &url, "--key-file", key_file]].concat());
        assert!(said.contains("there is no database") && said.contains("shembao.db") && said.contains("--database-url"), "{said}");
        assert!(!mistyped.exists(), "{command:?}");
    }
    let made = run(&["migrate", "--database-url", &url, "--key-file", key_file]);
    assert!(made.status.success() && mistyped.exists());
}

#[tokio::test]
async fn postgres_is_told_to_keep_what_it_acknowledges() {
    let folder = tempfile::tempdir().unwrap();
    let url = new_database(Backend::Postgres, &folder).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(&mut connection).await.unwrap();
    let weaken = format!("alter database {name} set synchronous_commit = off");
    connection.execute(sqlx::AssertSqlSafe(weaken)).await.unwrap();
    connection.close().await.unwrap();
    let db = Db::open(&url).await.unwrap();
    let Db::Postgres(pool) = &db else { unreachable!("a postgres: URL") };
    let setting: String = sqlx::query_scalar("show synchronous_commit").fetch_one(pool).await.unwrap();
    assert_eq!(setting, "on");
    db.close().await;
}

#[tokio::test]
async fn a_mistake_in_the_file_of_identity_providers_is_named_with_its_line() {
    let (settings, folder) = used(Backend::Sqlite).await;
    let (storage, key_file) = (&settings.storage, settings.storage.key_file.to_str().unwrap());
    let file = folder.path().join("providers.toml");
    let with = |file: &str| {
        refusal(&["serve", "--log", "error", "--database-url", &storage.database_url, "--key-file", key_file, "--providers", file])
    };
    let said = with(file.to_str().unwrap());
    assert!(said.contains("cannot read the file of identity providers") && said.contains("providers.toml"), "{said}");
    fs::write(&file, "[[provider]]\nid = \"a\"\nclient_secret = \"unspeakable\" x\n").unwrap();
    let said = with(file.to_str().unwrap());
    assert!(said.contains("providers.toml:3: ") && !said.contains("unspeakable"), "{said}");
}

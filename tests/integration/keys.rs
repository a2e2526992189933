//! New keys under load, broken off, on several machines; backups.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::StatusCode;
use rstest::rstest;
use shenbao::{
    clock::Clock,
    db::Db,
    id::{EmployeeId, EnterpriseId, ReceiptId},
    link,
    state::AppState,
    vault::{
        KeyFile,
        rotate::{self, Progress, Rotated, Rotation},
        version_bytes,
    },
};
use tokio::{task::JoinHandle, time::sleep};

use crate::{
    support::{Backend, TestServer, column, counted, declare, execute, new_database, person, program, recounted},
    trust::{Attacks, Family},
};

const HOME: &str = "虚构市标记区一号";

/// Every sealed value that the database holds.
async fn sealed(db: &Db) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (table, column_name) in [
        ("employee", "person"),
        ("declaration", "record"),
        ("invitation", "code"),
        ("viewer", "person"),
        ("passkey", "passkey"),
        ("ceremony", "state"),
    ] {
        all.extend(column::<Vec<u8>>(db, &format!("select {column_name} from {table}")).await);
    }
    all
}

fn versions(sealed: &[Vec<u8>]) -> BTreeSet<[u8; 2]> {
    sealed.iter().map(|blob| [blob[2], blob[3]]).collect()
}

async fn rotate(server: &TestServer) -> Rotated {
    let (state, key_file) = (&server.state, &server.settings.storage.key_file);
    Rotation { key_file, db: &state.db, clock: &state.clock }.run(|_| ()).await.unwrap()
}

/// The same without waiting: this process's clock goes on by itself.
pub async fn rotate_at_once(server: &TestServer) -> Rotated {
    let clock = server.state.clock.clone();
    let hurry = tokio::spawn(async move {
        loop {
            sleep(Duration::from_millis(50)).await;
            clock.advance_secs(30);
        }
    });
    let rotated = rotate(server).await;
    hurry.abort();
    rotated
}

/// An enterprise with people who have declared: their ids, their cookies, their receipts.
async fn people(server: &TestServer, number: u32, count: u32) -> (EnterpriseId, Vec<(EmployeeId, String, ReceiptId)>) {
    let (enterprise, _) = server.enterprise(number).await;
    server.appoint(enterprise, &person(900 + number)).await;
    let mut people = Vec::new();
    for number in 0..count {
        let (employee, cookie) = server.employee(enterprise, &person(number)).await;
        people.push((employee, cookie, declare(&server.state, enterprise, employee, HOME).await));
    }
    (enterprise, people)
}

async fn receipt(server: &TestServer, cookie: &str, receipt: ReceiptId) -> (StatusCode, String) {
    let answer = server.client().get(server.link(&link::receipt(receipt))).header("cookie", cookie).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

fn declare_on(state: AppState, enterprise: EnterpriseId, employees: Vec<EmployeeId>, stop: Arc<AtomicBool>) -> JoinHandle<u64> {
    tokio::spawn(async move {
        let mut declared = 0;
        for employee in employees.iter().cycle() {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            declare(&state, enterprise, *employee, HOME).await;
            declared += 1;
            sleep(Duration::from_millis(10)).await;
        }
        declared
    })
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_change_while_two_servers_store_what_people_declare(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let other = server.beside().await;
    let (enterprise, people) = people(&server, 1, 30).await;
    server.client().post(server.link("/api/sign-in-start")).send().await.unwrap();
    let before = sealed(&server.state.db).await;
    assert_eq!(versions(&before), BTreeSet::from([version_bytes(1)]));
    for state in [&server.state, &other.state] {
        assert_eq!(counted(state, enterprise).await, (30, 0));
    }

    let stop = Arc::new(AtomicBool::new(false));
    let employees: Vec<EmployeeId> = people.iter().map(|(employee, ..)| *employee).collect();
    let writers: Vec<_> = [&server, &other, &server, &other]
        .iter()
        .map(|server| declare_on(server.state.clone(), enterprise, employees.clone(), stop.clone()))
        .collect();
    let rotated = rotate(&server).await;
    assert_eq!(rotated.left, 0);
    assert_eq!((rotated.enterprises, rotated.resealed.closed), (2, 0), "the enterprise, and what belongs to none");
    assert!(rotated.resealed.rows >= before.len() as u64, "{rotated:?}");
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        assert!(writer.await.unwrap() > 100, "nobody waited for the keys");
    }
    assert_eq!(rotate::left(&server.state.db).await.unwrap(), 0, "nor came anything late");
    assert_eq!(versions(&sealed(&server.state.db).await), BTreeSet::from([version_bytes(2)]));

    let fresh = server.beside().await;
    for each in [&server, &other, &fresh] {
        assert_eq!(counted(&each.state, enterprise).await, recounted(&server.state.db, enterprise).await);
        for (_, cookie, number) in people.iter().step_by(10) {
            let (status, page) = receipt(each, cookie, *number).await;
            assert!(status == StatusCode::OK && page.contains(HOME), "{page}");
        }
    }
    if backend == Backend::Sqlite {
        server.state.db.forget_old_pages().await.unwrap();
        let files = files(server.folder.path());
        for old in &before {
            assert!(!files.windows(32).any(|some| *some == old[40..72]), "nothing of what was under the old key is left");
        }
    }
    other.stop().await;
    fresh.stop().await;
    server.stop().await;
}

/// The database's file and its log.
fn files(folder: &Path) -> Vec<u8> {
    let read = |name: &str| fs::read(folder.join(name)).unwrap_or_default();
    [read("shenbao.db"), read("shenbao.db-wal")].concat()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_broken_off_anywhere_goes_on_and_makes_no_further_key(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, people) = people(&server, 1, 150).await;
    for _ in 0..3 {
        for (employee, ..) in &people {
            declare(&server.state, enterprise, *employee, HOME).await;
        }
    }
    let (db, key_file) = (&server.state.db, &server.settings.storage.key_file);
    server.state.clock.advance_secs(60);
    let mut broken_off = 0;
    let mut seen = Vec::new();
    // Each time a little later: in the key file, between the enterprises, within a batch, before the end.
    loop {
        let clock = server.state.clock.clone();
        let rotation = Rotation { key_file, db, clock: &clock };
        let patience = Duration::from_millis(2 + 4 * broken_off);
        let run = rotation.run(|progress| {
            seen.push(progress);
            clock.advance_secs(30);
        });
        let done = tokio::time::timeout(patience, run).await.map(Result::unwrap);
        // What was being committed when it was broken off is committed still; nothing reads past it once the writer is free again.
        execute(db, "update enterprise set name = name").await;
        assert!(KeyFile::open(key_file).unwrap().summary().0 <= 2, "no further key while something is under an older one");
        if versions(&sealed(db).await) == BTreeSet::from([version_bytes(2)]) {
            break;
        }
        assert!(done.is_err(), "it says so only when everything is done");
        broken_off += 1;
        assert!(broken_off < 2000, "it comes to its end");
    }
    assert!(broken_off > 3, "it was broken off {broken_off} times");
    assert_eq!(seen.iter().filter(|progress| **progress == Progress::NewMasterKey).count(), 1);
    assert_eq!((KeyFile::open(key_file).unwrap().summary().0, rotate::left(db).await.unwrap()), (2, 0));

    // And killed, as a process.
    let mut child = Command::new(env!("CARGO_BIN_EXE_shenbao"))
        .args(["key", "rotate", "--database-url", &server.settings.storage.database_url, "--key-file", key_file.to_str().unwrap()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while KeyFile::open(key_file).unwrap().summary().0 == 2 {
        sleep(Duration::from_millis(5)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(rotate_at_once(&server).await.left, 0);
    assert_eq!(KeyFile::open(key_file).unwrap().summary().0, 3);
    assert_eq!(versions(&sealed(db).await), BTreeSet::from([version_bytes(3)]));
    for (_, cookie, number) in people.iter().step_by(50) {
        assert_eq!(receipt(&server, cookie, *number).await.0, StatusCode::OK);
    }
    assert_eq!(counted(&server.state, enterprise).await, (150, 0));

    let (checked, said) = program(&server.settings, &["key", "check"]);
    assert!(checked && said.contains("3 key(s)") && said.contains("No value is under an older data key"), "{said}");
    let (retired, said) = program(&server.settings, &["key", "retire"]);
    assert!(retired && said.contains("Dropped") && said.contains("Backups from before"), "{said}");
    assert_eq!(KeyFile::open(key_file).unwrap().summary().0, 1);
    assert_eq!(fs::metadata(key_file).unwrap().permissions().mode() & 0o777, 0o600);
    let fresh = server.beside().await;
    assert_eq!(receipt(&fresh, &people[0].1, people[0].2).await.0, StatusCode::OK);
    fresh.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn flipped_swapped_and_moved_values_open_nowhere_after_a_rotation_either(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, people) = people(&server, 1, 3).await;
    let (foreign, strangers) = self::people(&server, 2, 1).await;
    let earlier: Vec<u8> = column(&server.state.db, "select record from declaration order by enterprise_id, change").await.remove(0);
    assert_eq!(rotate_at_once(&server).await.left, 0);
    let db = &server.state.db;
    let changes: Vec<i64> = people.iter().map(|(.., receipt)| receipt.change).collect();
    let id = |enterprise: EnterpriseId| i64::from_be_bytes(enterprise.to_bytes());
    let record = async |enterprise: EnterpriseId, change: i64| {
        let sql = format!("select record from declaration where enterprise_id = {} and change = {change}", id(enterprise));
        column::<Vec<u8>>(db, &sql).await.remove(0)
    };
    let own = record(enterprise, changes[0]).await;
    let (next, theirs) = (record(enterprise, changes[1]).await, record(foreign, strangers[0].2.change).await);
    let mut forged: Vec<(String, Vec<u8>)> = vec![("swapped".into(), next), ("moved from another enterprise".into(), theirs)];
    for at in [0, 1, 2, 3, 4, 20, own.len() / 2, own.len() - 1] {
        let mut flipped = own.clone();
        flipped[at] ^= 1;
        forged.push((format!("flipped at {at}"), flipped));
    }
    let mut relabelled = earlier.clone();
    relabelled[2..4].copy_from_slice(&version_bytes(2));
    forged.push(("an old one, called new".into(), relabelled));
    let mut relabelled = own.clone();
    relabelled[2..4].copy_from_slice(&version_bytes(1));
    forged.push(("a new one, called old".into(), relabelled));
    forged.push(("of a version that is none".into(), [&[2, 1, 0xff, 0xff], &own[4..]].concat()));
    let put = async |record: &[u8]| {
        let hex = data_encoding::HEXLOWER.encode(record);
        let value = if backend == Backend::Sqlite { format!("x'{hex}'") } else { format!("decode('{hex}', 'hex')") };
        let sql = format!("update declaration set record = {value} where enterprise_id = {} and change = {}", id(enterprise), changes[0]);
        assert_eq!(execute(db, &sql).await, 1);
    };
    let mut attacks = Attacks::of(Family::Ciphertext);
    for (what, record) in forged {
        put(&record).await;
        let (status, page) = receipt(&server, &people[0].1, people[0].2).await;
        attacks.tried(status != StatusCode::INTERNAL_SERVER_ERROR || page.contains(HOME), format_args!("{what}: {status}"));
    }
    attacks.done();
    put(&own).await;
    assert_eq!(receipt(&server, &people[0].1, people[0].2).await.0, StatusCode::OK, "it is the change that does not open");

    // One that is damaged does not keep the others from new keys, and is neither opened nor lost by them.
    put(&own[..own.len() - 1]).await;
    let rotated = rotate_at_once(&server).await;
    assert_eq!((rotated.resealed.closed, rotated.left), (1, 1));
    let (damaged, later) = (record(enterprise, changes[0]).await, record(enterprise, changes[1]).await);
    assert_eq!((damaged, versions(&[later])), (own[..own.len() - 1].to_vec(), BTreeSet::from([version_bytes(3)])));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_machine_without_the_new_master_key_goes_on_says_so_and_takes_it_without_a_restart(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, people) = people(&server, 1, 2).await;
    let key_file = &server.settings.storage.key_file;
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy.key");
    fs::copy(key_file, &copy).unwrap();
    let remote = TestServer::over(server.settings.storage.database_url.clone(), copy.clone()).await;
    assert_eq!(counted(&remote.state, enterprise).await, (2, 0));

    assert_eq!(rotate_at_once(&server).await.left, 0);
    remote.state.clock.advance_secs(60);
    let late = declare(&remote.state, enterprise, people[0].0, HOME).await;
    assert_eq!(rotate::left(&server.state.db).await.unwrap(), 1, "it seals with the key that it has");
    assert_eq!(receipt(&remote, &people[0].1, late).await.0, StatusCode::OK);
    assert_eq!(receipt(&remote, &people[0].1, people[0].2).await.0, StatusCode::INTERNAL_SERVER_ERROR, "that is under a key it has not");
    assert_eq!(receipt(&server, &people[0].1, late).await.0, StatusCode::OK);
    let mut settings = server.settings.clone();
    settings.storage.key_file.clone_from(&copy);
    let (opened, said) = program(&settings, &["key", "check"]);
    assert!(!opened && said.contains("copy that machine's key file over this one"), "{said}");

    fs::copy(key_file, &copy).unwrap();
    assert_eq!(receipt(&remote, &people[0].1, people[0].2).await.0, StatusCode::OK, "at once");
    assert_eq!(counted(&remote.state, enterprise).await, (2, 0));
    let rest = rotate_at_once(&server).await;
    assert_eq!(
        (rest.resealed.rows, rest.left, KeyFile::open(key_file).unwrap().summary().0),
        (1, 0, 2),
        "what came late, and no further key"
    );

    // In the other order nobody misses anything.
    let (added, said) = program(&server.settings, &["key", "add"]);
    assert!(added && said.contains("Copy the file to every machine"), "{said}");
    fs::copy(key_file, &copy).unwrap();
    assert_eq!(rotate_at_once(&server).await.left, 0);
    assert_eq!(KeyFile::open(key_file).unwrap().summary().0, 3);
    // The other clock went ahead of this one.
    remote.state.clock.advance_secs(24 * 60 * 60);
    let last = declare(&remote.state, enterprise, people[1].0, HOME).await;
    assert_eq!(rotate::left(&server.state.db).await.unwrap(), 0);
    for each in [&server, &remote] {
        assert_eq!(receipt(each, &people[1].1, last).await.0, StatusCode::OK);
    }
    remote.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_rotation_says_how_much_there_is_and_how_much_is_done(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    for number in 1..=3 {
        people(&server, number, 60).await;
    }
    let (state, key_file) = (&server.state, &server.settings.storage.key_file);
    let values = sealed(&state.db).await.len() as u64;
    let clock = state.clock.clone();
    let mut seen = Vec::new();
    let rotation = Rotation { key_file, db: &state.db, clock: &clock };
    let rotated = rotation
        .run(|progress| {
            seen.push(progress);
            clock.advance_secs(30);
        })
        .await
        .unwrap();
    assert_eq!((rotated.enterprises, rotated.resealed.rows, rotated.left), (4, values, 0));
    assert!(seen.contains(&Progress::Rewrapped { done: 4, of: 4 }), "{seen:?}");
    let steps: Vec<(u64, u64)> =
        seen.iter().filter_map(|progress| if let Progress::Resealed { done, of } = progress { Some((*done, *of)) } else { None }).collect();
    assert!(steps.len() > 3 && steps.iter().all(|(_, of)| *of == values), "{steps:?}");
    assert!(steps.windows(2).all(|two| two[0].0 <= two[1].0) && steps.last().unwrap().0 == values, "{steps:?}");

    let (done, said) = program(&server.settings, &["key", "check"]);
    assert!(done && said.contains("No value is under an older data key"), "{said}");
    let (done, said) = program(&server.settings, &["key", "rotate"]);
    assert!(done && said.contains("4 of 4 enterprise(s) have new keys"), "{said}");
    assert!(said.contains(&format!("{values} of {values} value(s) sealed anew")), "{said}");
    server.stop().await;
}

#[tokio::test]
async fn two_rotations_at_once_are_one() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (state, key_file) = (&server.state, &server.settings.storage.key_file);
    let _first = KeyFile::lock(key_file).unwrap();
    let second = Rotation { key_file, db: &state.db, clock: &Clock::default() }.run(|_| ()).await.unwrap_err();
    assert!(second.to_string().contains("let it finish first"), "{second}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_backup_made_while_a_server_runs_is_restored_and_read(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, people) = people(&server, 1, 5).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let path = file.to_str().unwrap();
    let (made, said) = program(&server.settings, &["backup", path]);
    assert!(
        made && said.contains("useless without the key file") && said.contains(server.settings.storage.key_file.to_str().unwrap()),
        "{said}"
    );
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let content = fs::read(&file).unwrap();
    let (again, said) = program(&server.settings, &["backup", path]);
    assert!(!again && said.contains("never overwritten"), "{said}");
    assert_eq!(fs::read(&file).unwrap(), content);
    declare(&server.state, enterprise, people[0].0, HOME).await;

    let restored = match backend {
        Backend::Sqlite => format!("sqlite:{path}"),
        Backend::Postgres => {
            let url = new_database(backend, &folder).await;
            let restore = Command::new("pg_restore").args(["--exit-on-error", "--no-owner", "--dbname", &url, path]).output().unwrap();
            assert!(restore.status.success(), "{}", String::from_utf8_lossy(&restore.stderr));
            url
        }
    };
    let after = TestServer::over(restored.clone(), server.settings.storage.key_file.clone()).await;
    let (status, page) = receipt(&after, &people[0].1, people[0].2).await;
    assert!(status == StatusCode::OK && page.contains(HOME), "{page}");
    assert_eq!(counted(&after.state, enterprise).await, (5, 0));
    let kept: i64 = column(&after.state.db, "select count(*) from declaration").await[0];
    assert_eq!(kept, 5, "what came later is not in it");
    after.stop().await;

    let mut settings = server.settings.clone();
    settings.storage.database_url = restored;
    settings.storage.key_file = folder.path().join("other.key");
    KeyFile::create(&settings.storage.key_file).unwrap();
    let (opened, said) = program(&settings, &["key", "check"]);
    assert!(!opened && said.contains("no key in the key file opens this database"), "{said}");
    server.stop().await;
}

#[tokio::test]
async fn a_backup_of_nothing_leaves_nothing() {
    let server = TestServer::start(Backend::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let mut settings = server.settings.clone();
    for url in [format!("sqlite:{}", folder.path().join("missing.db").display()), "postgres://nobody:s3cret@localhost:1/none".to_owned()] {
        settings.storage.database_url = url;
        let (made, said) = program(&settings, &["backup", file.to_str().unwrap()]);
        assert!(!made && !said.contains("s3cret"), "{said}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{said}");
    }
    server.stop().await;
}

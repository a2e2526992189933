//! Whoever runs the server has a terminal, and no way to anybody's health by it: every command that there is, run on a database in
//! which somebody is ill.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use reqwest::header;
use rstest::rstest;
use shenbao::{config::Serve, link};

use super::{Attacks, Family};
use crate::{
    retention::unpacked,
    support::{Backend, TestServer, person},
};

/// What only the details of a declaration say.
const HEALTH: [&str; 4] = ["标记市标记路九号", "标记行程：坐了一夜的车", "38.9", "体温"];

/// Commands that serve, and so do not end; what they serve is asked for at every door of the access matrix.
const SERVING: [&str; 2] = ["serve", "demo"];
/// Commands that read nothing from the database but whom it is about, with what they need; `{…}` is filled in.
const RUN: [(&str, &str); 21] = [
    ("migrate", ""),
    ("enterprise list", ""),
    ("enterprise add", "--uscc {uscc} --name 第九号虚构工厂"),
    ("enterprise import", "{list}"),
    ("representative add", "--enterprise {enterprise} --name 虚构甲 --document {number}"),
    ("representative invite", "--enterprise {enterprise} --document {number}"),
    ("representative release", "--enterprise {enterprise} --document {number}"),
    ("representative remove", "--enterprise {enterprise} --document {number}"),
    ("manager list", "--enterprise {enterprise}"),
    ("manager revoke", "--enterprise {enterprise} {grant}"),
    ("key new", ""),
    ("key check", ""),
    ("key add", ""),
    ("key rotate", ""),
    ("key retire", ""),
    ("key gate", "--enterprise {enterprise}"),
    ("audit verify", ""),
    ("backup", "{backup}"),
    ("purge", ""),
    ("questionnaire check", "{list}"),
    ("questionnaire list", ""),
];

fn run(arguments: &[String]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_shenbao")).args(arguments).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// The commands that a command's help lists.
fn listed(command: &[String]) -> Vec<String> {
    let (_, help) = run(&[command, &["--help".to_owned()]].concat());
    let lines = help.split("Commands:\n").nth(1).unwrap_or_default().lines();
    let lines = lines.take_while(|line| !line.is_empty()).filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    lines.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every command that does something.
fn commands(above: &[String]) -> BTreeSet<String> {
    let below = listed(above);
    if below.is_empty() {
        return BTreeSet::from([above.join(" ")]);
    }
    below.into_iter().flat_map(|name| commands(&[above, &[name]].concat())).collect()
}

/// Everything that the program says to a command, whether it does it or not.
fn said(settings: &Serve, command: &str, needs: &str, filled: &BTreeMap<&str, String>) -> String {
    let needs = filled.iter().fold(needs.to_owned(), |needs, (name, value)| needs.replace(name, value));
    let mut arguments: Vec<String> = command.split(' ').chain(needs.split_whitespace()).map(str::to_owned).collect();
    let storage = &settings.storage;
    let own = [("--database-url", &*storage.database_url), ("--key-file", storage.key_file.to_str().unwrap())];
    let (_, help) = run(&[command.split(' ').map(str::to_owned).collect::<Vec<_>>(), vec!["--help".to_owned()]].concat());
    for (flag, value) in own.into_iter().filter(|(flag, _)| help.contains(flag)) {
        arguments.extend([flag.to_owned(), value.to_owned()]);
    }
    let (_, said) = run(&arguments);
    assert!(!said.contains("unexpected argument") && !said.contains("required arguments"), "{arguments:?}: {said}");
    said
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn no_command_says_how_anybody_is(#[case] backend: Backend) {
    let known: BTreeSet<String> = RUN.iter().map(|(name, _)| *name).chain(SERVING).map(str::to_owned).collect();
    assert_eq!(commands(&[]), known, "each command that there is, is here");

    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(900)).await;
    let phone = server.claim(enterprise, &person(1)).await;
    let form = [
        ("step", "submit"),
        ("residence", HEALTH[0]),
        ("submission", "0193a1b2-0000-4000-8000-000000000001"),
        ("travel", "no"),
        ("symptoms", "cold"),
        ("temperature", "38.9"),
        ("journeys", HEALTH[1]),
    ];
    let declare = server.client().post(server.link(&link::declare(enterprise))).header(header::COOKIE, phone).form(&form);
    let done = declare.send().await.unwrap();
    assert_eq!(done.status(), 303, "{}", done.text().await.unwrap());

    let list = server.folder.path().join("list.csv");
    std::fs::write(&list, "\n").unwrap();
    let backup = server.folder.path().join("backup");
    let filled = BTreeMap::from([
        ("{enterprise}", enterprise.to_string()),
        ("{uscc}", shenbao::enterprise::model::Uscc::complete("91999999000000009").unwrap().to_string()),
        ("{number}", person(2).document.number().to_owned()),
        ("{grant}", shenbao::random::uuid().to_string()),
        ("{list}", list.display().to_string()),
        ("{backup}", backup.display().to_string()),
    ]);
    let mut attacks = Attacks::of(Family::Matrix);
    for (command, needs) in RUN {
        let said = said(&server.settings, command, needs, &filled);
        for word in HEALTH {
            attacks.tried(said.contains(word), format_args!("{command} says {word}: {said}"));
        }
    }
    let backup = unpacked(backend, &backup);
    for word in &HEALTH[..2] {
        attacks.tried(backup.windows(word.len()).any(|some| some == word.as_bytes()), format_args!("the backup holds {word}"));
    }
    attacks.done();
    server.stop().await;
}

//! The questionnaires that there are, and the command that checks one.

use std::{fs, path::Path, process::Command};

use shenbao::questionnaire::{catalogue::Catalogue, parse::parse};

const DOCS: &str = include_str!("../../docs/questionnaire.md");

fn example() -> &'static str {
    let (_, after) = DOCS.split_once("```toml\n").unwrap();
    after.split_once("```").unwrap().0
}

/// Exit code, standard output, standard error.
fn shenbao(arguments: &[&str]) -> (i32, String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_shenbao")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn the_example_in_the_docs_has_no_mistakes() {
    assert_eq!(parse(example()).map(|questionnaire| questionnaire.code), Ok("example".to_owned()));
}

#[test]
fn the_docs_name_every_reserved_code() {
    for code in shenbao::questionnaire::model::RESERVED {
        assert!(DOCS.contains(&format!(" {code}")) || DOCS.contains(&format!("`{code}")), "{code}");
    }
}

#[test]
fn check_explains_each_mistake_with_its_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "good.toml", example());
    let (code, said, _) = shenbao(&["questionnaire", "check", &good]);
    assert_eq!(
        (code, said.as_str()),
        (0, format!("{good}: example version 1, 1 section(s), 6 question(s), 1 alert rule(s). No mistakes.\n").as_str())
    );

    let bad = write(folder.path(), "bad.toml", &example().replace("version = 1 ", "version = 0 ").replace("\"urgent\"", "\"red\""));
    let (code, said, error) = shenbao(&["questionnaire", "check", &good, &bad]);
    assert_eq!(code, 1);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1], format!("{bad}:2: “version” in the questionnaire must be a whole number from 1 to 999999"));
    assert!(lines[2].ends_with("“red” is not a level; there are attention and urgent"), "{said}");
    assert!(error.contains("2 mistake(s)"), "{error}");
}

#[test]
fn check_says_what_is_wrong_with_a_file_that_it_cannot_read() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.toml");
    let latin = folder.path().join("latin.toml");
    let huge = folder.path().join("huge.toml");
    fs::write(&latin, b"code = \"caf\xe9\"").unwrap();
    fs::write(&huge, vec![b'#'; 300 * 1024]).unwrap();
    for (file, sentence) in [(missing, "cannot read"), (latin, "is not written in UTF-8"), (huge, "is larger than 256 KiB")] {
        let (code, _, error) = shenbao(&["questionnaire", "check", file.to_str().unwrap()]);
        assert_eq!(code, 1);
        assert!(error.contains(sentence), "{error}");
    }
}

#[test]
fn the_operators_folder_is_listed_beside_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "example-1.toml", example());
    write(folder.path(), "example-2.toml", &example().replace("version = 1 ", "version = 2 "));
    write(folder.path(), "notes.txt", "not a questionnaire");
    let (code, said, _) = shenbao(&["questionnaire", "list", "--questionnaires", folder.path().to_str().unwrap()]);
    assert_eq!(code, 0);
    let codes: Vec<String> = said.lines().map(|line| line.split(',').next().unwrap().to_owned()).collect();
    assert_eq!(codes, ["example version 1", "example version 2", "guangdong-2020 version 1", "respiratory-season version 1"]);

    let catalogue = Catalogue::load(Some(folder.path())).unwrap();
    assert_eq!(catalogue.newest("example").unwrap().version, 2);
    assert_eq!(catalogue.get("example", 1).unwrap().version, 1);
}

#[test]
fn a_folder_with_a_mistake_is_refused_with_its_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let bad = write(folder.path(), "bad.toml", &example().replace("kind = \"date\"", "kind = \"day\""));
    let error = Catalogue::load(Some(folder.path())).unwrap_err().to_string();
    assert!(error.lines().any(|line| line.starts_with(&format!("{bad}:")) && line.contains("“day” is not a kind of question")), "{error}");

    write(folder.path(), "bad.toml", example());
    write(folder.path(), "copy.toml", example());
    let error = Catalogue::load(Some(folder.path())).unwrap_err().to_string();
    assert!(error.contains("copy.toml: version 1 of “example” is there already"), "{error}");
}

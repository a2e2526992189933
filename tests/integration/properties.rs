//! What must hold of whatever comes in from outside: the checks that `make fuzz` gives bytes without end, on what it found worth keeping
//! and on some more.

#[path = "../fuzz/src/lib.rs"]
mod checks;

use std::{fs, path::Path};

use proptest::prelude::*;

type Check = fn(&[u8]);

/// Each target of the fuzzer, with its folder of bytes.
const CHECKS: [(&str, Check); 6] = [
    ("form", checks::form),
    ("questionnaire", checks::questionnaire),
    ("roster", checks::roster),
    ("filter", checks::filter),
    ("sealed", checks::sealed),
    ("words", checks::words),
];

#[test]
fn what_the_fuzzer_kept_still_holds() {
    for (name, check) in CHECKS {
        let kept: Vec<_> = fs::read_dir(Path::new("tests/fuzz/corpus").join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(kept.len() > 2, "{name}");
        for path in kept {
            check(&fs::read(&path).unwrap());
        }
        assert!(Path::new("tests/fuzz/targets").join(format!("{name}.rs")).is_file(), "{name}");
    }
    assert_eq!(fs::read_dir("tests/fuzz/targets").unwrap().count(), CHECKS.len());
}

const QUESTIONNAIRE: &str = include_str!("../../src/questionnaire/catalogue/guangdong-2020.toml");

/// The questionnaire with a piece of it taken out, doubled or replaced.
fn broken_questionnaire() -> impl Strategy<Value = String> {
    let chars: Vec<char> = QUESTIONNAIRE.chars().collect();
    let pieces = ("[a-z\\[\\]=\", \\n0-9黄]{0,12}", 0..chars.len(), 0..40_usize, any::<bool>());
    pieces.prop_map(move |(new, from, length, keep)| {
        let to = (from + length).min(chars.len());
        let middle: String = if keep { chars[from..to].iter().collect() } else { String::new() };
        let (before, after) = (chars[..from].iter().collect::<String>(), chars[to..].iter().collect::<String>());
        format!("{before}{middle}{new}{middle}{after}")
    })
}

fn form() -> impl Strategy<Value = String> {
    let fields =
        ["travel", "symptoms", "temperature", "residence", "departure", "arrival", "departed", "step", "version", "submission", "x"];
    let values = prop_oneof![
        "[0-9]{1,3}\\.?[0-9]?",
        prop::sample::select(vec!["yes", "no", "none", "fever", "44", "440100", "2026-11-25"]).prop_map(str::to_owned),
        ".{0,20}",
    ];
    let pair = (prop::sample::select(fields.to_vec()), values);
    prop::collection::vec(pair, 0..12).prop_map(|pairs| {
        pairs.iter().map(|(field, value)| format!("{field}={}", shenbao::link::encode(value))).collect::<Vec<_>>().join("&")
    })
}

fn table() -> impl Strategy<Value = String> {
    let titles = ["姓名", "证件类型", "证件号码", "手机", "部门", "地点", "入职日期", "离职日期", "邮箱", "工号"];
    let cell = prop_oneof!["[0-9Xx]{0,18}", "[黄丽燕 \"',;\\t]{0,6}", "2[0-9]{3}-[01][0-9]-[0-3][0-9]", "[a-z]{1,4}@[a-z]{1,4}\\.cn"];
    let row = prop::collection::vec(cell, 0..10).prop_map(|cells| cells.join(","));
    (prop::sample::subsequence(titles.to_vec(), 0..=10), prop::collection::vec(row, 0..8))
        .prop_map(|(titles, rows)| [vec![titles.join(",")], rows].concat().join("\n"))
}

fn query() -> impl Strategy<Value = String> {
    let keys = ["period", "from", "to", "q", "standing", "state", "after", "questionnaire", "department", "severity", "day", "rule", "x"];
    let values = prop_oneof![
        prop::sample::select(vec![
            "today",
            "7d",
            "all",
            "fever",
            "abnormal",
            "to-verify",
            "none",
            "3",
            "1-2",
            "new",
            "2026-11-25",
            "urgent"
        ])
        .prop_map(str::to_owned),
        "[0-9a-f-]{0,40}",
        ".{0,12}",
    ];
    let pair = (prop::sample::select(keys.to_vec()), values);
    prop::collection::vec(pair, 0..6)
        .prop_map(|pairs| pairs.iter().map(|(key, value)| format!("{key}={}", shenbao::link::encode(value))).collect::<Vec<_>>().join("&"))
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9a-z]{12}-[0-9]{1,20}",
        "[0-9A-Za-z]{22}",
        "[0-9A-Za-z_-]{43}",
        "[0-9]{17}[0-9Xx]",
        "\\+?[0-9 -]{5,18}",
        "[A-Z][0-9]{8}",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}(\\.\\.[0-9]{4}-[0-9]{2}-[0-9]{2})?",
        "/[a-z/?#.\\\\]{0,12}",
        "([a-z]{1,3}=[^\\n]{0,6}; ?){0,4}",
        "[a-zA-Z]{2}(-[A-Z]{2})?(;q=[0-9.]{1,4})?(, ?[a-z]{2}){0,2}",
        "[\\p{Han} ·]{1,30}",
    ]
}

proptest! {
    #[test]
    fn any_bytes_hold(bytes: Vec<u8>) {
        for (_, check) in CHECKS {
            check(&bytes);
        }
    }

    #[test]
    fn forms_hold(body in form()) {
        checks::form(body.as_bytes());
    }

    #[test]
    fn questionnaires_hold(text in broken_questionnaire()) {
        checks::questionnaire(text.as_bytes());
    }

    #[test]
    fn rosters_hold(text in table()) {
        checks::roster(text.as_bytes());
    }

    #[test]
    fn filters_hold(text in query()) {
        checks::filter(text.as_bytes());
    }

    #[test]
    fn words_hold(text in word()) {
        checks::words(text.as_bytes());
    }
}

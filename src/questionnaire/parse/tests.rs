use proptest::prelude::*;

use super::*;
use crate::questionnaire::model::{AlertLevel, Celsius, Kind, Test};

const GOOD: &str = r#"code = "good"
version = 2
title.zh = "问卷"
title.en = "Questionnaire"
[[section]]
code = "first"
title.zh = "第一节"
title.en = "First"
[[section.question]]
code = "travel"
kind = "yes-no"
text.zh = "出行了吗"
text.en = "Travelled?"
[[section.question]]
code = "left"
kind = "date"
past_only = true
text = { zh = "出发日期", en = "Left on" }
show_if = { question = "travel", is = ["yes"] }
[[section.question]]
code = "back"
kind = "date"
not_before = "left"
text = { zh = "返回日期", en = "Back on" }
[[section.question]]
code = "signs"
kind = "some-of"
text = { zh = "症状", en = "Symptoms" }
options = [
  { code = "cough", text = { zh = "咳嗽", en = "Cough" } },
  { code = "none", text = { zh = "没有", en = "None" }, exclusive = true },
]
[[section.question]]
code = "heat"
kind = "temperature"
text = { zh = "体温", en = "Temperature" }
bands = [
  { code = "low", label = { zh = "低", en = "Low" } },
  { code = "high", from = 37.3, label = { zh = "高", en = "High" } },
]
[[section.question]]
code = "start"
kind = "place"
text = { zh = "出发地", en = "From" }
[[section.question]]
code = "end"
kind = "place"
text = { zh = "到达地", en = "To" }
[[section.question]]
code = "notes"
kind = "long-text"
optional = true
text = { zh = "备注", en = "Notes" }
[[implausible]]
when = [{ question = "heat", at_least = 37.3 }, { question = "signs", is = ["none"] }]
text = { zh = "请核对", en = "Check" }
[[implausible]]
when = [{ question = "start", same_as = "end" }]
text = { zh = "请核对", en = "Check" }
[[implausible]]
when = [{ question = "back", future = true }]
text = { zh = "请核对", en = "Check" }
[[alert]]
code = "fever"
level = "urgent"
when = [{ question = "heat", at_least = 38 }]
reason = { zh = "发热", en = "Fever" }
[[statistics]]
heading = { zh = "统计", en = "Statistics" }
figures = [{ question = "signs", only = ["none", "cough"] }]
"#;

/// The one mistake after a change, as `line: sentence`.
fn one_mistake(from: &str, to: &str) -> String {
    assert_eq!(GOOD.matches(from).count(), 1, "{from:?} stands once in the good file");
    let mistakes = parse(&GOOD.replacen(from, to, 1)).unwrap_err();
    let [mistake] = &mistakes[..] else { panic!("{to:?} is one mistake, not {mistakes:#?}") };
    mistake.to_string()
}

fn says(from: &str, to: &str, line: u32, sentence: &str) {
    let said = one_mistake(from, to);
    assert!(said.starts_with(&format!("{line}: ")) && said.contains(sentence), "{to:?} says {said:?}, not {line}: …{sentence}…");
}

#[test]
fn a_file_without_mistakes_is_read_whole() {
    let good = parse(GOOD).unwrap();
    assert_eq!((good.code.as_str(), good.version, good.title.en.as_str()), ("good", 2, "Questionnaire"));
    assert_eq!(good.questions().count(), 8);
    let left = good.question("left").unwrap();
    assert_eq!(
        left.show_if.as_ref().map(|condition| (condition.question.as_str(), condition.is.join(","))),
        Some(("travel", "yes".into()))
    );
    assert_eq!(left.kind, Kind::Date { past_only: true, not_before: None });
    assert_eq!(good.question("back").unwrap().kind, Kind::Date { past_only: false, not_before: Some("left".into()) });
    assert_eq!(good.alerts[0].level, AlertLevel::Urgent);
    assert_eq!(good.alerts[0].when, [Test::AtLeast { question: "heat".into(), celsius: Celsius(380) }]);
    assert_eq!(good.statistics[0].figures[0].only, ["none", "cough"]);
}

#[test]
fn without_statistics_every_section_is_counted_under_its_title() {
    let (file, _) = GOOD.split_once("[[statistics]]").unwrap();
    let read = parse(file).unwrap();
    let [group] = &read.statistics[..] else { panic!("one section, one group") };
    assert_eq!(group.heading.zh, "第一节");
    let counted: Vec<&str> = group.figures.iter().map(|figure| figure.question.as_str()).collect();
    assert_eq!(counted, ["travel", "left", "back", "signs", "heat", "start", "end"], "text is not counted");
    assert_eq!(group.figures[0].title.as_ref().unwrap().zh, "出行了吗");
}

#[test]
fn mistakes_in_the_head_are_explained() {
    says("code = \"good\"", "", 1, "“code” is missing in the questionnaire");
    says("code = \"good\"", "code = \"Good!\"", 1, "“Good!” cannot be the code of the questionnaire");
    says("code = \"good\"", "code = 7", 1, "“code” in the questionnaire must be a text in quotes");
    says("code = \"good\"", "code = \"good\"\ncolour = 1", 2, "“colour” is not a key of the questionnaire");
    for version in ["0", "-1", "1.5", "\"2\"", "0x2", "99999999999999999999"] {
        says("version = 2", &format!("version = {version}"), 2, "“version” in the questionnaire must be a whole number from 1");
    }
    says("version = 2", "version = 2\nprovince = \"44\"", 3, "“44” is no province of GB/T 2260");
    says("title.en = \"Questionnaire\"", "", 3, "“en” is missing in “title” of the questionnaire");
    says("title.zh = \"问卷\"", "title.zh = \" \"", 3, "“title” of the questionnaire says nothing in “zh”");
    says("title.zh = \"问卷\"", "title.zh = \"\"\"问\n卷\"\"\"", 3, "write it in one line");
    says("title.zh = \"问卷\"\ntitle.en = \"Questionnaire\"", "title = \"问卷\"", 3, "must be in both languages");
}

#[test]
fn mistakes_in_a_question_are_explained() {
    says("kind = \"yes-no\"", "kind = \"maybe\"", 11, "“maybe” is not a kind of question; there are yes-no");
    says("text.en = \"Travelled?\"", "", 12, "“en” is missing in “text” of the question “travel”");
    says("kind = \"yes-no\"", "kind = \"yes-no\"\nhnit = \"?\"", 12, "“hnit” is not a key of the question “travel”");
    says("kind = \"yes-no\"", "kind = \"yes-no\"\noptional = \"true\"", 12, "“optional” in the question “travel” must be true or false");
    says("kind = \"yes-no\"", "kind = \"yes-no\"\npast_only = true", 12, "“past_only” does not belong to a question of kind yes-no");
    says("code = \"notes\"", "code = \"start\"", 50, "the code “start” is taken");
    says("code = \"notes\"", "code = \"period\"", 50, "“period” is a name that the application uses itself");
    says("code = \"notes\"", "", 49, "“code” is missing in question 8 of the section “first”");
}

#[test]
fn mistakes_in_a_condition_are_explained() {
    let condition = "show_if = { question = \"travel\", is = [\"yes\"] }";
    says(
        condition,
        "show_if = { question = \"travle\", is = [\"yes\"] }",
        19,
        "“travle” in “show_if” of the question “left” is not a question",
    );
    says(condition, "show_if = { question = \"signs\", is = [\"none\"] }", 19, "can only look at an earlier question");
    says(condition, "show_if = { question = \"left\", is = [\"yes\"] }", 19, "can only look at an earlier question");
    says(
        condition,
        "show_if = { question = \"travel\", is = [\"maybe\"] }",
        19,
        "“maybe” is not an answer to the question “travel”; its answers are yes, no",
    );
    says(condition, "show_if = { question = \"travel\", is = [] }", 19, "needs “is” with at least one answer");
    says(condition, "show_if = { question = \"travel\", is = [\"yes\", \"yes\"] }", 19, "“yes” stands twice");
    says(condition, "show_if = \"travel\"", 19, "must be a table");
    says(
        "optional = true",
        "optional = true\nshow_if = { question = \"heat\", is = [\"high\"] }",
        53,
        "can only look at a yes-no, one-of or some-of question",
    );
    says("not_before = \"left\"", "not_before = \"travel\"", 23, "must name an earlier question of kind date");
    says("not_before = \"left\"", "not_before = \"back\"", 23, "must name an earlier question of kind date");
}

#[test]
fn mistakes_in_options_and_bands_are_explained() {
    let (cough, none) = ("  { code = \"cough\", text = { zh = \"咳嗽\", en = \"Cough\" } },\n", "  { code = \"none\", text");
    says(
        cough,
        &cough.replace("} }", "}, exclusive = true }"),
        30,
        "the option “cough” of the question “signs” is exclusive, so it must be the last",
    );
    says(none, "  { code = \"cough\", text", 31, "the code “cough” is taken");
    says(cough, &cough.replace("Cough", ""), 30, "says nothing in “en”");
    says("kind = \"some-of\"", "kind = \"one-of\"", 31, "“exclusive” belongs to the options of a some-of question only");
    says("from = 37.3,", "", 39, "the band “high” of the question “heat” needs “from”");
    says("from = 37.3,", "from = 37.35,", 39, "a number from 30.0 to 50.0 with at most one decimal");
    says("from = 37.3,", "from = 98.6,", 39, "a number from 30.0 to 50.0");
    says("{ code = \"low\",", "{ code = \"low\", from = 36.0,", 38, "is the first, so it has no “from”");
    says("code = \"high\", from", "code = \"not-measured\", from", 39, "“not-measured” is there by itself");
    let band = "  { code = \"high\", from = 37.3, label = { zh = \"高\", en = \"High\" } },\n";
    says(band, &format!("{band}{}", band.replace("high", "top")), 40, "begins at 37.3, which is not above the band before it (37.3)");
    let start = GOOD.find("options = [").unwrap();
    let end = start + GOOD[start..].find("\n]\n").unwrap() + 3;
    says(&GOOD[start..end], "options = []\n", 25, "the question “signs” needs at least 1 option");
}

#[test]
fn mistakes_in_rules_and_statistics_are_explained() {
    says("level = \"urgent\"", "level = \"red\"", 65, "“red” is not a level; there are attention and urgent");
    says("at_least = 38 ", "at_least = \"38\" ", 66, "“at_least” in test 1 of the alert “fever” must be a number");
    says("at_least = 38 ", "", 66, "needs exactly one of is, at_least, below, future, same_as");
    says("at_least = 38 ", "at_least = 38, below = 40 ", 66, "needs exactly one of");
    says(
        "question = \"heat\", at_least = 38 ",
        "question = \"signs\", at_least = 38 ",
        66,
        "“at_least” tests a question of kind temperature",
    );
    says("same_as = \"end\"", "same_as = \"start\"", 58, "must name another question");
    says("same_as = \"end\"", "same_as = \"heat\"", 58, "“same_as” tests a question of kind place, and “heat” is of another kind");
    says("future = true", "future = false", 61, "“future” can only be true");
    says("when = [{ question = \"back\", future = true }]", "", 60, "needs “when” with at least one test");
    says(
        "only = [\"none\", \"cough\"]",
        "only = [\"none\", \"fever\"]",
        70,
        "“fever” is not an answer to the question “signs”; its answers are cough, none",
    );
    says(
        "figures = [{ question = \"signs\", only",
        "figures = [{ question = \"notes\", only",
        70,
        "asks for text, which cannot be counted",
    );
    says("figures = [{ question = \"signs\", only = [\"none\", \"cough\"] }]", "figures = []", 68, "needs “figures”");
}

#[test]
fn what_is_not_toml_is_explained_with_its_line() {
    says("kind = \"some-of\"", "kind = some-of", 27, "this is not TOML");
    let mistakes = parse("code = \"a\"\ncode = \"b\"\n").unwrap_err();
    assert!(mistakes[0].to_string().starts_with("2: this is not TOML: "), "{mistakes:?}");
}

#[test]
fn all_mistakes_are_found_at_once_in_the_order_of_the_lines() {
    let file = GOOD.replace("yes-no", "no-yes").replace("level = \"urgent\"", "level = \"red\"").replace("version = 2", "version = 0");
    let lines: Vec<u32> = parse(&file).unwrap_err().iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [2, 11, 65], "the condition on the question of unknown kind is not a mistake of its own");
}

#[test]
fn an_empty_file_a_huge_one_and_a_deep_one_are_refused() {
    assert!(parse("").unwrap_err().iter().any(|mistake| mistake.sentence.contains("has no section")));
    let huge = format!("# {}", "x".repeat(MAX_BYTES));
    assert_eq!(parse(&huge).unwrap_err()[0].sentence, "the file is larger than 256 KiB");
    for deep in ["a = ".to_owned() + &"[".repeat(100_000), "a".to_owned() + &".a".repeat(100_000) + " = 1", "{a=".repeat(60_000)] {
        assert!(parse(&deep).is_err());
    }
}

proptest! {
    #[test]
    fn arbitrary_text_is_refused_without_a_panic(text in "\\PC{0,200}") {
        prop_assert!(parse(&text).is_err());
    }

    /// Cuts a piece out of a good file and puts something else there: read or refused, with lines that the file has.
    #[test]
    fn a_damaged_file_is_read_or_explained(
        at in 0.0..1.0f64,
        long in 0usize..60,
        instead in prop_oneof![Just(String::new()), "[\\[\\]{}=\"'.,\n a-z0-9]{0,8}", "\\PC{0,4}"],
        which in 0usize..3,
    ) {
        let file = [GOOD, include_str!("../catalogue/guangdong-2020.toml"), include_str!("../catalogue/respiratory-season.toml")][which];
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a small file")]
        let start = file.floor_char_boundary((file.len() as f64 * at) as usize);
        let end = file.ceil_char_boundary((start + long).min(file.len()));
        let damaged = [&file[..start], &instead, &file[end..]].concat();
        if let Err(mistakes) = parse(&damaged) {
            prop_assert!(!mistakes.is_empty());
            let lines = u32::try_from(damaged.matches('\n').count()).unwrap() + 1;
            prop_assert!(mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line) && !mistake.sentence.is_empty()), "{mistakes:?}");
        }
    }
}

//! What refers to the questions: implausible combinations, alerts, statistics.

use std::collections::BTreeSet;

use super::{
    Report,
    fields::{Fields, shortened},
    questions::{Draft, Drafts},
};
use crate::questionnaire::model::{AlertLevel, AlertRule, Condition, Figure, FigureGroup, Implausible, Kind, Test};

pub fn implausible<'t>(file: &Fields<'t>, drafts: &Drafts<'t>, report: &mut Report<'_>) -> Vec<Implausible> {
    let mut rules = Vec::new();
    for fields in file.tables("implausible", "implausible combination", report) {
        fields.allow(&["when", "text"], report);
        rules.push(Implausible { when: tests(&fields, drafts, report), text: fields.wording("text", report) });
    }
    rules
}

pub fn alerts<'t>(file: &Fields<'t>, drafts: &Drafts<'t>, report: &mut Report<'_>) -> Vec<AlertRule> {
    let (mut seen, mut rules) = (BTreeSet::new(), Vec::new());
    for fields in file.tables("alert", "alert", report) {
        fields.allow(&["code", "level", "when", "reason"], report);
        let code = fields.code("code", report);
        if !code.is_empty() && !seen.insert(code.clone()) {
            report.add(&fields.span_of("code"), format!("the code “{}” is taken by an earlier alert", shortened(&code)));
        }
        let level = level(&fields, report);
        rules.push(AlertRule { code, level, when: tests(&fields, drafts, report), reason: fields.wording("reason", report) });
    }
    rules
}

fn level(fields: &Fields<'_>, report: &mut Report<'_>) -> AlertLevel {
    let Some(word) = fields.word("level", report) else { return AlertLevel::Attention };
    match word.text {
        "attention" => AlertLevel::Attention,
        "urgent" => AlertLevel::Urgent,
        unknown => {
            report.add(&word.span, format!("“{}” is not a level; there are attention and urgent", shortened(unknown)));
            AlertLevel::Attention
        }
    }
}

fn tests<'t>(fields: &Fields<'t>, drafts: &Drafts<'t>, report: &mut Report<'_>) -> Vec<Test> {
    let tables = fields.tables("when", "test", report);
    if tables.is_empty() && fields.get("when").is_none_or(|value| value.get_ref().is_array()) {
        report.add(
            &fields.span,
            format!("{} needs “when” with at least one test: when = [{{ question = \"…\", is = [\"…\"] }}]", fields.what),
        );
    }
    tables.iter().filter_map(|table| test(table, drafts, report)).collect()
}

const TESTS: [&str; 5] = ["is", "at_least", "below", "future", "same_as"];

fn test<'t>(fields: &Fields<'t>, drafts: &Drafts<'t>, report: &mut Report<'_>) -> Option<Test> {
    fields.allow(&["question", "is", "at_least", "below", "future", "same_as"], report);
    let given: Vec<&str> = TESTS.into_iter().filter(|key| fields.get(key).is_some()).collect();
    let (at, word) = drafts.question_at(fields, "question", report)?;
    let (draft, question) = (drafts.get(at), word.text.to_owned());
    let [given] = given[..] else {
        report.add(&fields.span, format!("{} needs exactly one of {} beside “question”", fields.what, TESTS.join(", ")));
        return None;
    };
    let fits = match given {
        "at_least" | "below" => belongs(fields, given, draft, "temperature", report),
        "future" => belongs(fields, given, draft, "date", report),
        "same_as" => belongs(fields, given, draft, "place", report),
        _ => true,
    };
    if !fits {
        return None;
    }
    match given {
        "at_least" => fields.celsius(given, report).map(|celsius| Test::AtLeast { question, celsius }),
        "below" => fields.celsius(given, report).map(|celsius| Test::Below { question, celsius }),
        "future" => {
            if !fields.flag(given, report) {
                report.add(&fields.span_of(given), "“future” can only be true");
            }
            Some(Test::Future { question })
        }
        "same_as" => same_as(fields, drafts, at, report).map(|other| Test::Same { question, other }),
        _ => Some(Test::Is(Condition { question, is: draft.buckets_at(fields, "is", report) })),
    }
}

fn same_as<'t>(fields: &Fields<'t>, drafts: &Drafts<'t>, at: usize, report: &mut Report<'_>) -> Option<String> {
    let (other, word) = drafts.question_at(fields, "same_as", report)?;
    if other == at {
        report.add(&word.span, "“same_as” must name another question: this one is always the same as itself");
    } else {
        belongs(fields, "same_as", drafts.get(other), "place", report);
    }
    Some(word.text.to_owned())
}

/// Whether a test can look at a question of this kind.
fn belongs(fields: &Fields<'_>, key: &str, draft: &Draft<'_>, kind: &str, report: &mut Report<'_>) -> bool {
    let fits = match draft.question.kind {
        Kind::Temperature { .. } => kind == "temperature",
        Kind::Date { .. } => kind == "date",
        Kind::Place => kind == "place",
        _ => false,
    };
    if !fits && !draft.unsure {
        report.add(
            &fields.span_of(key),
            format!("“{key}” tests a question of kind {kind}, and “{}” is of another kind", draft.question.code),
        );
    }
    fits
}

/// Without any, every question is counted under the title of its section.
pub fn statistics<'t>(file: &Fields<'t>, drafts: &Drafts<'t>, report: &mut Report<'_>) -> Vec<FigureGroup> {
    if file.get("statistics").is_none() {
        return drafts.count_all();
    }
    let mut groups = Vec::new();
    for fields in file.tables("statistics", "statistics group", report) {
        fields.allow(&["heading", "figures"], report);
        let tables = fields.tables("figures", "figure", report);
        if tables.is_empty() && fields.get("figures").is_none_or(|value| value.get_ref().is_array()) {
            report.add(
                &fields.span,
                format!("{} needs “figures” with at least one question: figures = [{{ question = \"…\" }}]", fields.what),
            );
        }
        let figures = tables.iter().filter_map(|table| figure(table, drafts, report)).collect();
        groups.push(FigureGroup { heading: fields.wording("heading", report), figures });
    }
    groups
}

fn figure<'t>(fields: &Fields<'t>, drafts: &Drafts<'t>, report: &mut Report<'_>) -> Option<Figure> {
    fields.allow(&["question", "title", "only"], report);
    let title = fields.optional_wording("title", report);
    let (at, word) = drafts.question_at(fields, "question", report)?;
    let draft = drafts.get(at);
    if !draft.unsure && matches!(draft.question.kind, Kind::ShortText | Kind::LongText) {
        report.add(&word.span, format!("“{}” asks for text, which cannot be counted", word.text));
        return None;
    }
    let only = if fields.get("only").is_some() { draft.buckets_at(fields, "only", report) } else { Vec::new() };
    Some(Figure { question: word.text.to_owned(), title, only })
}

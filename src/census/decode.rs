//! From sealed rows to what a census keeps: done off the async threads, a chunk of rows at a time.

use std::{collections::HashMap, sync::Arc};

use zeroize::Zeroizing;

use super::{
    roster::{Decision, EntryFact},
    store::{DecisionRow, DeclarationRow, EmployeeRow, EntryRow},
};
use crate::{
    account::model::{DocumentKind, Person, Standing},
    declaration::record::Record,
    error::StoreError,
    id::{DepartmentId, EmployeeId},
    period::{Day, Moment},
    questionnaire::{
        catalogue::Catalogue,
        model::{AlertLevel, Answer, Answers, Celsius, Questionnaire, Reading},
        reader::Reader,
    },
    roster::model::Kept,
    vault::TenantKeys,
};

/// Someone who declares.
#[derive(Clone)]
pub struct EmployeeFact {
    pub id: EmployeeId,
    pub name: Zeroizing<String>,
    pub document: Zeroizing<String>,
    /// E.164; empty where there is none.
    pub phone: Zeroizing<String>,
    pub kind: DocumentKind,
    pub to_verify: bool,
    pub department: Option<DepartmentId>,
}

/// A declaration as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarationFact {
    pub employee: EmployeeId,
    pub change: i64,
    pub day: Day,
    pub submitted_at: Moment,
    /// Places in the chunk's own list of buckets: first that of the questionnaire.
    pub buckets: Vec<u32>,
    pub temperature: Option<Celsius>,
    pub alert: Option<AlertLevel>,
}

/// What persons are counted by. Two questionnaires may use one code for questions that have nothing in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bucket {
    /// Whoever answered this questionnaire, in whichever version.
    Under(String),
    /// 代报: for whom somebody else declared.
    OnBehalf,
    /// Whoever answered so.
    Answer { questionnaire: String, question: String, bucket: String },
}

/// Declarations, and the buckets that occur in them.
#[derive(Debug, Clone, Default)]
pub struct Declarations {
    pub facts: Vec<DeclarationFact>,
    pub buckets: Vec<Bucket>,
}

pub fn employees(keys: &TenantKeys, rows: &[EmployeeRow]) -> Result<Vec<EmployeeFact>, StoreError> {
    rows.iter().map(|row| employee(keys, row)).collect()
}

pub fn employee(keys: &TenantKeys, row: &EmployeeRow) -> Result<EmployeeFact, StoreError> {
    let person = Person::open(keys, row.id, &row.person)?;
    let document = Zeroizing::new(person.document.number().to_owned());
    let phone = Zeroizing::new(person.phone.as_ref().map_or("", |phone| phone.as_str()).to_owned());
    let to_verify = row.standing == Standing::ToVerify;
    let name = Zeroizing::new(person.name.clone());
    Ok(EmployeeFact { id: row.id, name, document, phone, kind: person.document.kind, to_verify, department: row.department_id })
}

pub fn entries(keys: &TenantKeys, rows: &[EntryRow]) -> Result<Vec<EntryFact>, StoreError> {
    rows.iter().map(|row| entry(keys, row)).collect()
}

fn entry(keys: &TenantKeys, row: &EntryRow) -> Result<EntryFact, StoreError> {
    let Kept { person, site, joined, .. } = Kept::open(keys, row.id, &row.person)?;
    Ok(EntryFact {
        id: row.id,
        kind: person.document.kind,
        document: Zeroizing::new(person.document.number().to_owned()),
        phone: Zeroizing::new(person.phone.as_ref().map_or("", |phone| phone.as_str()).to_owned()),
        name: Zeroizing::new(person.name),
        site,
        department: row.department_id,
        joined,
        left: row.left_on,
    })
}

/// What was decided, as the census knows it.
pub fn decision(row: &DecisionRow) -> (EmployeeId, Decision) {
    let decision = match (&*row.decision, row.entry_id) {
        ("merged", Some(entry)) => Decision::Merged(entry),
        ("rejected", _) => Decision::Rejected,
        _ => Decision::Open,
    };
    (row.employee_id, decision)
}

pub fn declarations(keys: &TenantKeys, catalogue: &Catalogue, rows: &[DeclarationRow]) -> Result<Declarations, StoreError> {
    let (mut chunk, mut known) = (Declarations { facts: Vec::with_capacity(rows.len()), ..Declarations::default() }, Known::default());
    let mut on_behalf = None;
    for row in rows {
        let record = Record::open(keys, row.bound(), &row.record)?;
        let version = known.version(&mut chunk.buckets, catalogue, &row.questionnaire, row.version);
        let mut buckets = version.buckets(&mut chunk.buckets, &row.questionnaire, &record.answers);
        if record.on_behalf.is_some() {
            buckets.push(*on_behalf.get_or_insert_with(|| add(&mut chunk.buckets, Bucket::OnBehalf)));
        }
        let questionnaire = version.questionnaire.as_deref();
        chunk.facts.push(DeclarationFact {
            employee: row.employee_id,
            change: row.change,
            day: row.day,
            submitted_at: row.submitted_at,
            buckets,
            temperature: questionnaire.and_then(|it| temperature(it, &record.answers)),
            alert: alert(questionnaire, &record.alerts),
        });
    }
    Ok(chunk)
}

/// The first temperature that the questionnaire asks for, where it was measured.
pub fn temperature(questionnaire: &Questionnaire, answers: &Answers) -> Option<Celsius> {
    questionnaire.questions().find_map(|question| match answers.get(&question.code) {
        Some(Answer::Temperature(Reading::Measured(celsius))) => Some(*celsius),
        _ => None,
    })
}

/// The most severe of the rules that held; a rule that the questionnaire no longer has still asks for attention.
pub fn alert(questionnaire: Option<&Questionnaire>, codes: &[String]) -> Option<AlertLevel> {
    let level = |code: &String| {
        let rule = questionnaire.and_then(|it| it.alerts.iter().find(|rule| rule.code == *code));
        rule.map_or(AlertLevel::Attention, |rule| rule.level)
    };
    codes.iter().map(level).max()
}

/// The versions that a chunk has met so far.
#[derive(Default)]
struct Known {
    versions: HashMap<(String, i64), Version>,
}

/// One version, and the places of its buckets in the chunk's list.
struct Version {
    questionnaire: Option<Arc<Questionnaire>>,
    under: u32,
    answers: HashMap<String, HashMap<String, u32>>,
}

impl Known {
    fn version(&mut self, all: &mut Vec<Bucket>, catalogue: &Catalogue, code: &str, version: i64) -> &mut Version {
        self.versions.entry((code.to_owned(), version)).or_insert_with(|| Version {
            questionnaire: Reader::new(catalogue, code, version).questionnaire,
            under: add(all, Bucket::Under(code.to_owned())),
            answers: HashMap::new(),
        })
    }
}

impl Version {
    fn buckets(&mut self, all: &mut Vec<Bucket>, code: &str, answers: &Answers) -> Vec<u32> {
        let mut found = Vec::with_capacity(answers.len() + 1);
        found.push(self.under);
        let questionnaire = self.questionnaire.clone();
        for question in questionnaire.iter().flat_map(|questionnaire| questionnaire.questions()) {
            let Some(answer) = answers.get(&question.code) else { continue };
            for bucket in question.buckets(answer) {
                found.push(self.bucket(all, code, &question.code, bucket));
            }
        }
        found
    }

    fn bucket(&mut self, all: &mut Vec<Bucket>, code: &str, question: &str, bucket: String) -> u32 {
        if !self.answers.contains_key(question) {
            self.answers.insert(question.to_owned(), HashMap::new());
        }
        let Some(of_question) = self.answers.get_mut(question) else { return self.under };
        *of_question.entry(bucket).or_insert_with_key(|bucket| {
            let (questionnaire, question) = (code.to_owned(), question.to_owned());
            add(all, Bucket::Answer { questionnaire, question, bucket: bucket.clone() })
        })
    }
}

fn add(all: &mut Vec<Bucket>, bucket: Bucket) -> u32 {
    all.push(bucket);
    u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
}

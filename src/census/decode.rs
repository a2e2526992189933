//! From sealed rows to what a census keeps: done off the async threads, a chunk of rows at a time.

use std::{collections::HashMap, sync::Arc};

use super::{
    roster::{Decision, EntryFact},
    store::{DecisionRow, DeclarationRow, EmployeeRow, EntryRow},
    texts::{Pile, Texts},
};
use crate::{
    account::{
        model::{DocumentKind, Person, Standing},
        sealed_person::Written,
    },
    declaration::record::{Counted, Record},
    error::StoreError,
    id::{DepartmentId, EmployeeId},
    period::{Day, Moment},
    questionnaire::{
        catalogue::Catalogue,
        model::{AlertLevel, Answer, Celsius, Question, Questionnaire, Reading},
        reader::Reader,
    },
    roster::model::Kept,
    text::Borrowed,
    vault::TenantKeys,
};

/// Someone who declares.
#[derive(Clone)]
pub struct EmployeeFact {
    pub id: EmployeeId,
    pub texts: Texts,
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
    /// How many of the chunk's answers are this one's, behind those of the facts before it.
    pub answers: usize,
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
    /// Places in the list of buckets: of each fact first that of the questionnaire.
    pub answers: Vec<u32>,
    pub buckets: Vec<Bucket>,
}

pub fn employees(keys: &TenantKeys, rows: &[EmployeeRow]) -> Result<Vec<EmployeeFact>, StoreError> {
    let mut pile = Pile::with_room(rows.len(), rows.iter().map(|row| row.person.len()).sum());
    let mut kinds = Vec::with_capacity(rows.len());
    for row in rows {
        let plain = Person::opened(keys, row.id, &row.person)?;
        let Written { name, document, phone } = Written::read(&plain)?;
        pile.add(name.as_ref(), document.number.as_ref(), phone.as_ref().map_or("", AsRef::as_ref));
        kinds.push(document.kind);
    }
    let fact = |((row, kind), texts): ((&EmployeeRow, DocumentKind), Texts)| EmployeeFact {
        id: row.id,
        texts,
        kind,
        to_verify: row.standing == Standing::ToVerify,
        department: row.department_id,
    };
    Ok(rows.iter().zip(kinds).zip(pile.close()).map(fact).collect())
}

pub fn employee(keys: &TenantKeys, row: EmployeeRow) -> Result<EmployeeFact, StoreError> {
    employees(keys, &[row])?.pop().ok_or(StoreError::Row { table: "employee", column: "person" })
}

pub fn entries(keys: &TenantKeys, rows: &[EntryRow]) -> Result<Vec<EntryFact>, StoreError> {
    let mut pile = Pile::with_room(rows.len(), rows.iter().map(|row| row.person.len()).sum());
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let Kept { person, site, joined, .. } = Kept::open(keys, row.id, &row.person)?;
        pile.add(&person.name, person.document.number(), person.phone.as_ref().map_or("", |phone| phone.as_str()));
        lines.push((person.document.kind, site, joined));
    }
    let fact = |((row, (kind, site, joined)), texts): ((&EntryRow, _), Texts)| EntryFact {
        id: row.id,
        kind,
        texts,
        site,
        department: row.department_id,
        joined,
        left: row.left_on,
    };
    Ok(rows.iter().zip(lines).zip(pile.close()).map(fact).collect())
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
        let plain = Record::plain(keys, row.bound(), &row.record)?;
        let record = Counted::read(&plain)?;
        let before = chunk.answers.len();
        let version = known.version(&mut chunk.buckets, catalogue, &row.questionnaire, row.version);
        let temperature = version.count(&mut chunk, &record.answers);
        if record.is_on_behalf() {
            let number = *on_behalf.get_or_insert_with(|| add(&mut chunk.buckets, Bucket::OnBehalf));
            chunk.answers.push(number);
        }
        chunk.facts.push(DeclarationFact {
            employee: row.employee_id,
            change: row.change,
            day: row.day,
            submitted_at: row.submitted_at,
            answers: chunk.answers.len() - before,
            temperature,
            alert: alert(version.questionnaire.as_deref(), &record.alerts),
        });
    }
    Ok(chunk)
}

/// The most severe of the rules that held; a rule that the questionnaire no longer has still asks for attention.
pub fn alert<T: AsRef<str>>(questionnaire: Option<&Questionnaire>, codes: &[T]) -> Option<AlertLevel> {
    let level = |code: &T| {
        let rule = questionnaire.and_then(|it| it.alerts.iter().find(|rule| rule.code == code.as_ref()));
        rule.map_or(AlertLevel::Attention, |rule| rule.level)
    };
    codes.iter().map(level).max()
}

/// The versions that a chunk has met so far.
#[derive(Default)]
struct Known {
    /// Few: most chunks have met one.
    versions: Vec<Version>,
}

/// One version, and the places of its buckets in the chunk's list.
struct Version {
    code: String,
    number: i64,
    questionnaire: Option<Arc<Questionnaire>>,
    under: u32,
    /// In the order of their codes, as answers come.
    questions: Vec<Asked>,
}

/// A question, and the buckets that its answers fell into so far.
struct Asked {
    question: Question,
    /// Where it stands in the questionnaire.
    order: usize,
    places: HashMap<String, u32>,
    /// Written out once for all who gave the same.
    days: HashMap<Day, u32>,
}

impl Known {
    fn version(&mut self, all: &mut Vec<Bucket>, catalogue: &Catalogue, code: &str, number: i64) -> &mut Version {
        let found = self.versions.iter().position(|version| version.number == number && version.code == code);
        let place = found.unwrap_or_else(|| {
            self.versions.push(Version::new(all, catalogue, code, number));
            self.versions.len() - 1
        });
        &mut self.versions[place]
    }
}

impl Version {
    fn new(all: &mut Vec<Bucket>, catalogue: &Catalogue, code: &str, number: i64) -> Self {
        let questionnaire = Reader::new(catalogue, code, number).questionnaire;
        let asked = |(order, question): (usize, &Question)| Asked {
            question: question.clone(),
            order,
            places: HashMap::new(),
            days: HashMap::new(),
        };
        let mut questions: Vec<Asked> = questionnaire.iter().flat_map(|it| it.questions()).enumerate().map(asked).collect();
        questions.sort_unstable_by(|one, other| one.question.code.cmp(&other.question.code));
        let under = add(all, Bucket::Under(code.to_owned()));
        Self { code: code.to_owned(), number, questionnaire, under, questions }
    }

    /// Puts the buckets of a declaration behind those of the chunk, and gives the first temperature that was asked for and measured.
    fn count(&mut self, chunk: &mut Declarations, answers: &[(Borrowed<'_>, Answer<Borrowed<'_>>)]) -> Option<Celsius> {
        let Declarations { answers: found, buckets: all, .. } = chunk;
        found.push(self.under);
        let (mut questions, mut measured) = (self.questions.iter_mut().peekable(), None);
        for (of, answer) in answers {
            while questions.next_if(|asked| *asked.question.code < *of.as_ref()).is_some() {}
            let Some(asked) = questions.next_if(|asked| *asked.question.code == *of.as_ref()) else { continue };
            asked.count(all, found, &self.code, answer);
            if let Answer::Temperature(Reading::Measured(celsius)) = answer
                && measured.is_none_or(|(order, _)| asked.order < order)
            {
                measured = Some((asked.order, *celsius));
            }
        }
        measured.map(|(_, celsius)| celsius)
    }
}

impl Asked {
    fn count(&mut self, all: &mut Vec<Bucket>, found: &mut Vec<u32>, code: &str, answer: &Answer<Borrowed<'_>>) {
        let day = if let Answer::Date(day) = answer { Some(*day) } else { None };
        if let Some(place) = day.and_then(|day| self.days.get(&day)) {
            found.push(*place);
            return;
        }
        for bucket in self.question.buckets(answer) {
            let place = self.places.get(&*bucket).copied().unwrap_or_else(|| {
                let (questionnaire, question, bucket) = (code.to_owned(), self.question.code.clone(), bucket.into_owned());
                let place = add(all, Bucket::Answer { questionnaire, question, bucket: bucket.clone() });
                self.places.insert(bucket, place);
                place
            });
            found.push(place);
            if let Some(day) = day {
                self.days.insert(day, place);
            }
        }
    }
}

fn add(all: &mut Vec<Bucket>, bucket: Bucket) -> u32 {
    all.push(bucket);
    u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
}

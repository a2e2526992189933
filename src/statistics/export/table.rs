//! Which columns a file has, and what stands in them.

use std::{collections::HashMap, sync::Arc};

use super::view::What;
use crate::{
    account::model::Level,
    census::{FiledDeclaration, Line},
    enterprise::model::Enterprise,
    i18n::Locale,
    id::DepartmentId,
    language::Language,
    questionnaire::{
        catalogue::Catalogue,
        model::{Answer, Question, Questionnaire, Reading},
        reader::Reader,
        wording::answer_text,
    },
    statistics::answer::national,
    ui::locale::language_of,
};

/// What stands in one place of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    /// In degrees Celsius.
    Number(f64),
}

/// How one enterprise's declarations are laid out in rows.
#[derive(Clone)]
pub struct Table {
    what: What,
    language: Language,
    locale: Locale,
    enterprise: Enterprise,
    /// The one that is looked at: its questions are the columns.
    questionnaire: Arc<Questionnaire>,
    catalogue: Arc<Catalogue>,
    /// None where the enterprise has no departments: then there is no such column.
    departments: Option<HashMap<DepartmentId, String>>,
}

/// A sentence or word of the interface, outside of a page.
macro_rules! word {
    ($table:expr, $section:ident . $key:ident) => {
        leptos_i18n::td_string!($table.locale, $section.$key).to_owned()
    };
}

impl Table {
    pub fn new(
        what: What,
        locale: Locale,
        enterprise: Enterprise,
        questionnaire: Arc<Questionnaire>,
        catalogue: Arc<Catalogue>,
        departments: impl IntoIterator<Item = (DepartmentId, String)>,
    ) -> Self {
        let departments: HashMap<_, _> = departments.into_iter().collect();
        let language = language_of(locale);
        let departments = (!departments.is_empty()).then_some(departments);
        Self { what, language, locale, enterprise, questionnaire, catalogue, departments }
    }

    /// What each column holds.
    pub fn head(&self) -> Vec<String> {
        let mut head = vec![word!(self, statistics.name), word!(self, statistics.document), word!(self, statistics.phone)];
        head.extend(self.departments.as_ref().map(|_| word!(self, statistics.department)));
        head.extend([
            word!(self, export.day),
            word!(self, statistics.time),
            word!(self, export.questionnaire),
            word!(self, statistics.level),
        ]);
        head.extend((self.what == What::Declarations).then(|| word!(self, export.counts)));
        head.push(word!(self, statistics.residence));
        head.extend(self.questionnaire.questions().map(|question| question.text.get(self.language).to_owned()));
        head.extend([word!(self, export.alerts), word!(self, export.other)]);
        head
    }

    /// The rows of some declarations, in their order.
    pub fn rows(&self, filed: &[(Line, FiledDeclaration)]) -> Vec<Vec<Cell>> {
        let mut readers = HashMap::new();
        let rows = filed.iter().map(|(line, filed)| {
            let reader: &Reader = readers
                .entry((filed.questionnaire.as_str(), filed.version))
                .or_insert_with(|| Reader::new(&self.catalogue, &filed.questionnaire, i64::from(filed.version)));
            self.row(line, filed, reader)
        });
        rows.collect()
    }

    fn row(&self, line: &Line, filed: &FiledDeclaration, reader: &Reader) -> Vec<Cell> {
        let record = &filed.record;
        let mut row = vec![text(&line.name), text(&line.document), text(national(&line.phone))];
        if let Some(departments) = &self.departments {
            let name = line.department.and_then(|department| departments.get(&department));
            row.push(Cell::Text(name.map_or_else(|| word!(self, statistics.no_department), Clone::clone)));
        }
        row.push(Cell::Text(filed.day.to_string()));
        row.push(Cell::Text(self.enterprise.local_time(filed.submitted_at)));
        let title = reader.questionnaire.as_ref().map_or(&*filed.questionnaire, |it| it.title.get(self.language));
        row.push(text(title));
        row.push(Cell::Text(match &record.on_behalf {
            Some(by) => format!("{}：{}", word!(self, declaration.on_behalf), by.name),
            None => self.level(record.level),
        }));
        if self.what == What::Declarations {
            row.push(Cell::Text(if filed.replaced { word!(self, statistics.replaced) } else { word!(self, export.in_force) }));
        }
        row.push(text(&record.residence));
        // The same code in another questionnaire may be another question.
        let own = filed.questionnaire == self.questionnaire.code;
        row.extend(self.questionnaire.questions().map(|question| match record.answers.get(&question.code) {
            Some(answer) if own => self.cell(asked(reader, question), answer),
            _ => Cell::Text(String::new()),
        }));
        row.push(Cell::Text(self.alerts(filed, reader)));
        row.push(Cell::Text(self.others(filed, reader, own)));
        row
    }

    fn level(&self, level: Level) -> String {
        match level {
            Level::Claimed => word!(self, statistics.level_claimed),
            Level::Passkey => word!(self, statistics.level_passkey),
            Level::Face => word!(self, statistics.level_face),
            Level::Tablet => word!(self, declaration.level_tablet),
        }
    }

    fn cell(&self, question: &Question, answer: &Answer) -> Cell {
        match answer {
            Answer::Temperature(Reading::Measured(celsius)) => Cell::Number(f64::from(celsius.0) / 10.0),
            answer => Cell::Text(answer_text(question, answer, self.language)),
        }
    }

    fn alerts(&self, filed: &FiledDeclaration, reader: &Reader) -> String {
        let reasons: Vec<String> = filed.record.alerts.iter().map(|code| reader.alert(code).1.get(self.language).to_owned()).collect();
        reasons.join(self.separator())
    }

    /// Answers to questions that are no column: of another questionnaire, or of an earlier version.
    fn others(&self, filed: &FiledDeclaration, reader: &Reader, own: bool) -> String {
        let sections = reader.sections(&filed.record.answers);
        let questions = sections.iter().flat_map(|section| &section.questions);
        let others = questions.filter(|question| !own || self.questionnaire.question(&question.code).is_none());
        let texts = others.filter_map(|question| {
            let answer = filed.record.answers.get(&question.code)?;
            Some(format!("{}：{}", question.text.get(self.language), answer_text(question, answer, self.language)))
        });
        texts.collect::<Vec<_>>().join(self.separator())
    }

    const fn separator(&self) -> &'static str {
        match self.language {
            Language::Zh => "；",
            Language::En => "; ",
        }
    }
}

/// The question as it was asked then.
fn asked<'a>(reader: &'a Reader, now: &'a Question) -> &'a Question {
    reader.questionnaire.as_deref().and_then(|then| then.question(&now.code)).unwrap_or(now)
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

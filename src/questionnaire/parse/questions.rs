//! Sections and their questions.

use std::collections::BTreeSet;

use super::{
    Report,
    fields::{Fields, Word, shortened},
};
use crate::questionnaire::model::Language;
use crate::questionnaire::{
    model::{Band, Choice, Condition, Figure, FigureGroup, Kind, NOT_MEASURED, Question, RESERVED, Section},
    wording,
};

/// Every section with its questions as far as they could be read.
pub struct Drafts<'t> {
    sections: Vec<Section>,
    /// In the order of the file, over all sections.
    questions: Vec<Draft<'t>>,
}

pub struct Draft<'t> {
    fields: Fields<'t>,
    section: usize,
    pub question: Question,
    /// Its kind, options or bands have mistakes: nothing is said about what refers to them.
    pub unsure: bool,
}

const KEYS: [&str; 12] =
    ["code", "kind", "text", "hint", "why", "optional", "always_ask", "show_if", "options", "bands", "past_only", "not_before"];

impl<'t> Drafts<'t> {
    pub fn read(file: &Fields<'t>, report: &mut Report<'_>) -> Self {
        let mut drafts = Self { sections: Vec::new(), questions: Vec::new() };
        let (mut sections, mut questions) = (BTreeSet::new(), BTreeSet::new());
        for fields in file.tables("section", "section", report) {
            fields.allow(&["code", "title", "question"], report);
            let code = fields.code("code", report);
            unique(&mut sections, &code, &fields, report);
            let tables = fields.tables("question", "question", report);
            if tables.is_empty() && fields.get("question").is_none_or(|value| value.get_ref().is_array()) {
                report.add(&fields.span, format!("{} has no question: write [[section.question]] below it", fields.what));
            }
            for table in tables {
                let draft = read_question(table, drafts.sections.len(), report);
                unique(&mut questions, &draft.question.code, &draft.fields, report);
                drafts.questions.push(draft);
            }
            drafts.sections.push(Section { code, title: fields.wording("title", report), questions: Vec::new() });
        }
        if file.get("section").is_none() {
            report.add(&file.span, "the questionnaire has no section: write [[section]]");
        }
        drafts
    }

    /// Conditions, which need all questions to be known.
    pub fn connect(&mut self, report: &mut Report<'_>) {
        for at in 0..self.questions.len() {
            let show_if = self.questions[at].fields.table_at("show_if", report).and_then(|fields| self.show_if(at, &fields, report));
            let not_before = self.not_before(at, report);
            let question = &mut self.questions[at].question;
            question.show_if = show_if;
            if let Kind::Date { not_before: place, .. } = &mut question.kind {
                *place = not_before;
            }
        }
    }

    fn show_if(&self, at: usize, fields: &Fields<'t>, report: &mut Report<'_>) -> Option<Condition> {
        fields.allow(&["question", "is"], report);
        let (asked, word) = self.question_at(fields, "question", report)?;
        let known = &self.questions[asked];
        if asked >= at {
            let sentence = format!("{} can only look at an earlier question, and “{}” is not earlier", fields.what, word.text);
            report.add(&word.span, sentence);
            return None;
        }
        if !known.unsure && !matches!(known.question.kind, Kind::YesNo | Kind::OneOf(_) | Kind::SomeOf(_)) {
            let sentence = format!("{} can only look at a yes-no, one-of or some-of question, and “{}” is none", fields.what, word.text);
            report.add(&word.span, sentence);
            return None;
        }
        Some(Condition { question: word.text.to_owned(), is: known.buckets_at(fields, "is", report) })
    }

    fn not_before(&self, at: usize, report: &mut Report<'_>) -> Option<String> {
        let fields = &self.questions[at].fields;
        fields.get("not_before")?;
        let (other, word) = self.question_at(fields, "not_before", report)?;
        if other >= at || !self.questions[other].unsure && !matches!(self.questions[other].question.kind, Kind::Date { .. }) {
            report.add(&word.span, format!("“not_before” in {} must name an earlier question of kind date", fields.what));
        }
        Some(word.text.to_owned())
    }

    /// The question that a key names.
    pub fn question_at(&self, fields: &Fields<'t>, key: &str, report: &mut Report<'_>) -> Option<(usize, Word<'t>)> {
        let word = fields.word(key, report)?;
        let at = self.questions.iter().position(|draft| draft.question.code == word.text);
        if at.is_none() {
            let known: Vec<&str> = self.questions.iter().map(|draft| draft.question.code.as_str()).collect();
            let sentence = format!("“{}” in {} is not a question; there are {}", shortened(word.text), fields.what, known.join(", "));
            report.add(&word.span, sentence);
        }
        at.map(|at| (at, word))
    }

    pub fn get(&self, at: usize) -> &Draft<'t> {
        &self.questions[at]
    }

    /// Every question but text, under the title of its section.
    pub fn count_all(&self) -> Vec<FigureGroup> {
        let figures = |section: usize| -> Vec<Figure> {
            let questions = self.questions.iter().filter(|draft| draft.section == section).map(|draft| &draft.question);
            let counted = questions.filter(|question| !matches!(question.kind, Kind::ShortText | Kind::LongText));
            counted
                .map(|question| Figure { question: question.code.clone(), title: Some(question.text.clone()), only: Vec::new() })
                .collect()
        };
        let groups =
            self.sections.iter().enumerate().map(|(at, section)| FigureGroup { heading: section.title.clone(), figures: figures(at) });
        groups.filter(|group| !group.figures.is_empty()).collect()
    }

    pub fn into_sections(self) -> Vec<Section> {
        let mut sections = self.sections;
        for draft in self.questions {
            sections[draft.section].questions.push(draft.question);
        }
        sections
    }
}

impl<'t> Draft<'t> {
    /// A required list of this question's buckets.
    pub fn buckets_at(&self, fields: &Fields<'t>, key: &str, report: &mut Report<'_>) -> Vec<String> {
        let words = fields.words_of(key, report);
        if words.is_empty() && fields.get(key).is_none_or(|value| value.get_ref().as_array().is_some_and(|array| array.is_empty())) {
            report.add(&fields.span, format!("{} needs “{key}” with at least one answer: {key} = [\"…\"]", fields.what));
        }
        let mut seen = BTreeSet::new();
        for word in &words {
            if !seen.insert(word.text) {
                report.add(&word.span, format!("“{}” stands twice in “{key}”", shortened(word.text)));
            } else if !self.unsure && wording::bucket_label(&self.question, word.text, Language::Zh).is_none() {
                report.add(&word.span, self.no_such_bucket(word.text));
            }
        }
        words.into_iter().map(|word| word.text.to_owned()).collect()
    }

    fn no_such_bucket(&self, bucket: &str) -> String {
        let answers = match &self.question.kind {
            Kind::Place => "the code of a place, such as 440100, or abroad".to_owned(),
            Kind::Date { .. } => "a date, such as 2020-02-03".to_owned(),
            Kind::ShortText | Kind::LongText => "nothing: its text is not counted".to_owned(),
            _ => wording::buckets_in_order(&self.question).join(", "),
        };
        format!("“{}” is not an answer to the question “{}”; its answers are {answers}", shortened(bucket), self.question.code)
    }
}

fn unique(seen: &mut BTreeSet<String>, code: &str, fields: &Fields<'_>, report: &mut Report<'_>) {
    if !code.is_empty() && !seen.insert(code.to_owned()) {
        report.add(&fields.span_of("code"), format!("the code “{}” is taken: {} needs one of its own", shortened(code), fields.what));
    }
}

fn read_question<'t>(fields: Fields<'t>, section: usize, report: &mut Report<'_>) -> Draft<'t> {
    fields.allow(&KEYS, report);
    let code = fields.code("code", report);
    if RESERVED.contains(&code.as_str()) {
        report.add(&fields.span_of("code"), format!("“{code}” is a name that the application uses itself; choose another code"));
    }
    let before = report.mistakes.len();
    let kind = read_kind(&fields, report);
    let unsure = report.mistakes.len() > before;
    let question = Question {
        code,
        kind,
        text: fields.wording("text", report),
        hint: fields.optional_wording("hint", report),
        why: fields.optional_wording("why", report),
        optional: fields.flag("optional", report),
        always_ask: fields.flag("always_ask", report),
        show_if: None,
    };
    Draft { fields, section, question, unsure }
}

fn read_kind(fields: &Fields<'_>, report: &mut Report<'_>) -> Kind {
    let Some(word) = fields.word("kind", report) else { return Kind::ShortText };
    let kind = match word.text {
        "yes-no" => Kind::YesNo,
        "one-of" => Kind::OneOf(read_choices(fields, 2, report)),
        "some-of" => Kind::SomeOf(read_choices(fields, 1, report)),
        "date" => Kind::Date { past_only: fields.flag("past_only", report), not_before: None },
        "place" => Kind::Place,
        "temperature" => Kind::Temperature { bands: read_bands(fields, report) },
        "short-text" => Kind::ShortText,
        "long-text" => Kind::LongText,
        unknown => {
            let kinds = "yes-no, one-of, some-of, date, place, temperature, short-text, long-text";
            report.add(&word.span, format!("“{}” is not a kind of question; there are {kinds}", shortened(unknown)));
            return Kind::ShortText;
        }
    };
    only_for(fields, &kind, word.text, report);
    kind
}

/// Options, bands and dates' limits belong to their own kinds.
fn only_for(fields: &Fields<'_>, kind: &Kind, name: &str, report: &mut Report<'_>) {
    let (choices, date) = (matches!(kind, Kind::OneOf(_) | Kind::SomeOf(_)), matches!(kind, Kind::Date { .. }));
    let temperature = matches!(kind, Kind::Temperature { .. });
    for (key, belongs) in [("options", choices), ("bands", temperature), ("past_only", date), ("not_before", date)] {
        if !belongs && fields.get(key).is_some() {
            report.add(&fields.span_of(key), format!("“{key}” does not belong to a question of kind {name}"));
        }
    }
}

fn read_choices(fields: &Fields<'_>, least: usize, report: &mut Report<'_>) -> Vec<Choice> {
    let tables = fields.tables("options", "option", report);
    if tables.len() < least && fields.get("options").is_none_or(|value| value.get_ref().is_array()) {
        let sentence =
            format!("{} needs at least {least} option(s): options = [{{ code = \"…\", text.zh = \"…\", text.en = \"…\" }}]", fields.what);
        report.add(&fields.span, sentence);
    }
    let some_of = fields.get("kind").and_then(|kind| kind.get_ref().as_str()) == Some("some-of");
    let (mut seen, mut choices) = (BTreeSet::new(), Vec::new());
    for (number, option) in (1..).zip(&tables) {
        option.allow(&["code", "text", "label", "exclusive"], report);
        let code = option.code("code", report);
        unique(&mut seen, &code, option, report);
        let exclusive = option.flag("exclusive", report);
        if exclusive && !some_of {
            report.add(&option.span_of("exclusive"), "“exclusive” belongs to the options of a some-of question only");
        } else if exclusive && number < tables.len() {
            report.add(&option.span_of("exclusive"), format!("{} is exclusive, so it must be the last option", option.what));
        }
        let (text, label) = (option.wording("text", report), option.optional_wording("label", report));
        choices.push(Choice { code, text, label, exclusive });
    }
    choices
}

fn read_bands(fields: &Fields<'_>, report: &mut Report<'_>) -> Vec<Band> {
    let tables = fields.tables("bands", "band", report);
    if tables.is_empty() && fields.get("bands").is_none_or(|value| value.get_ref().is_array()) {
        report.add(
            &fields.span,
            format!("{} needs at least one band: bands = [{{ code = \"…\", label.zh = \"…\", label.en = \"…\" }}]", fields.what),
        );
    }
    let (mut seen, mut bands) = (BTreeSet::new(), Vec::<Band>::new());
    for (number, table) in (1..).zip(&tables) {
        table.allow(&["code", "from", "label"], report);
        let code = table.code("code", report);
        unique(&mut seen, &code, table, report);
        if code == NOT_MEASURED {
            report.add(&table.span_of("code"), format!("“{NOT_MEASURED}” is there by itself; choose another code for this band"));
        }
        let from = table.celsius("from", report);
        let last = bands.last().and_then(|band| band.from);
        if number == 1 && table.get("from").is_some() {
            report.add(
                &table.span_of("from"),
                format!("{} is the first, so it has no “from”: it holds everything below the next band", table.what),
            );
        } else if number > 1 && table.get("from").is_none() {
            report.add(&table.span, format!("{} needs “from”, the lowest temperature that it holds", table.what));
        } else if let (Some(from), Some(last)) = (from, last)
            && from <= last
        {
            report.add(&table.span_of("from"), format!("{} begins at {from}, which is not above the band before it ({last})", table.what));
        }
        bands.push(Band { code, from, label: table.wording("label", report) });
    }
    bands
}

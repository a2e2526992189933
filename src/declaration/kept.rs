//! What was typed into a form that no page can show any more: its questions and answers in words.

use super::{
    consent::FIELDS,
    model::{PERSON_BLOCK, QUESTIONNAIRE, STEP, SUBMISSION, VERSION},
};
use crate::{
    language::Language,
    questionnaire::{
        catalogue::Catalogue,
        model::{FormValues, Kind, Question, YES, not_measured_field},
        place, wording,
    },
};

/// One line for each answer, in the order of the form. Last stand fields that no question has, as they came: the questionnaire
/// may be gone.
pub fn lines(catalogue: &Catalogue, values: &FormValues, language: Language) -> Vec<(String, String)> {
    let code = values.one(QUESTIONNAIRE);
    let made_with = values.one(VERSION).parse().ok().and_then(|version| catalogue.get(code, version)).or_else(|| catalogue.newest(code));
    let questions: Vec<&Question> = PERSON_BLOCK.questions().chain(made_with.iter().flat_map(|made_with| made_with.questions())).collect();
    let typed = |(field, value): &(&str, &str)| {
        ![STEP, SUBMISSION, QUESTIONNAIRE, VERSION].contains(field) && !FIELDS.contains(field) && !value.trim().is_empty()
    };
    let asked = |field: &str| {
        questions.iter().position(|question| question.code == field || is_not_measured(question, field)).unwrap_or(questions.len())
    };
    let mut pairs: Vec<(&str, &str)> = values.pairs().filter(typed).collect();
    pairs.sort_by_key(|(field, _)| asked(field));
    pairs.into_iter().map(|(field, value)| line(questions.get(asked(field)).copied(), field, value, language)).collect()
}

fn line(question: Option<&Question>, field: &str, value: &str, language: Language) -> (String, String) {
    let Some(question) = question else { return (field.to_owned(), value.to_owned()) };
    let answer =
        if is_not_measured(question, field) { wording::not_measured_text(language).to_owned() } else { words(question, value, language) };
    (question.text.get(language).to_owned(), answer)
}

fn is_not_measured(question: &Question, field: &str) -> bool {
    not_measured_field(&question.code) == field
}

fn words(question: &Question, value: &str, language: Language) -> String {
    let known = match question.kind {
        Kind::YesNo => Some(wording::yes_no_text(value == YES, language).to_owned()),
        Kind::Place => place::name(value, language).map(std::borrow::Cow::into_owned),
        _ => question.choices().iter().find(|choice| choice.code == value).map(|choice| choice.text.get(language).to_owned()),
    };
    known.unwrap_or_else(|| value.to_owned())
}

//! Reading what was declared once: with the version that was answered, and where the operator no longer has that one, with the
//! newest for its words only.

use std::sync::Arc;

use super::{
    catalogue::Catalogue,
    model::{AlertLevel, Answer, Answers, Kind, Question, Questionnaire, Section, Text},
};

/// What a declaration is read with.
#[derive(Clone)]
pub struct Reader {
    /// `None` where there is no version of it at all.
    pub questionnaire: Option<Arc<Questionnaire>>,
    /// It is the version that was answered. Another one has no bands: which of them a temperature fell into is not known.
    pub exact: bool,
}

impl Reader {
    pub fn new(catalogue: &Catalogue, code: &str, version: i64) -> Self {
        let answered = u32::try_from(version).ok().and_then(|version| catalogue.get(code, version));
        let exact = answered.is_some();
        Self { questionnaire: answered.or_else(|| catalogue.newest(code).map(|newest| Arc::new(without_bands(&newest)))), exact }
    }

    /// The sections of the form, and behind them under their codes the answers to questions that it does not have.
    pub fn sections(&self, answers: &Answers) -> Vec<Section> {
        let known = self.questionnaire.as_deref();
        let mut sections = known.map(|known| known.sections.clone()).unwrap_or_default();
        let others = answers.iter().filter(|(code, _)| known.is_none_or(|known| known.question(code).is_none()));
        let questions: Vec<Question> = others.map(|(code, answer)| unknown(code, answer)).collect();
        if !questions.is_empty() {
            let title = Text { zh: "其他问题".to_owned(), en: "Other questions".to_owned() };
            sections.push(Section { code: String::new(), title, questions });
        }
        sections
    }

    /// An alert that held at submission. One that is not known any more still asks for attention.
    pub fn alert(&self, code: &str) -> (AlertLevel, Text) {
        let rule = self.questionnaire.iter().flat_map(|it| &it.alerts).find(|rule| rule.code == code);
        let unknown = || (AlertLevel::Attention, same(code));
        rule.map_or_else(unknown, |rule| (rule.level, rule.reason.clone()))
    }
}

fn without_bands(newest: &Questionnaire) -> Questionnaire {
    let mut without = newest.clone();
    for question in without.sections.iter_mut().flat_map(|section| &mut section.questions) {
        if let Kind::Temperature { bands } = &mut question.kind {
            bands.clear();
        }
    }
    without
}

fn unknown(code: &str, answer: &Answer) -> Question {
    let kind = match answer {
        Answer::YesNo(_) => Kind::YesNo,
        Answer::One(_) => Kind::OneOf(Vec::new()),
        Answer::Some(_) => Kind::SomeOf(Vec::new()),
        Answer::Date(_) => Kind::Date { past_only: false, not_before: None },
        Answer::Place(_) => Kind::Place,
        Answer::Temperature(_) => Kind::Temperature { bands: Vec::new() },
        Answer::Text(_) => Kind::LongText,
    };
    Question { code: code.to_owned(), kind, text: same(code), hint: None, why: None, optional: true, always_ask: false, show_if: None }
}

fn same(code: &str) -> Text {
    Text { zh: code.to_owned(), en: code.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questionnaire::{
        catalogue::DEFAULT,
        model::{Celsius, Reading},
    };

    #[test]
    fn a_version_that_is_gone_is_read_in_words_and_never_in_bands() {
        let catalogue = Catalogue::load(None).unwrap();
        let warm: Answer = Answer::Temperature(Reading::Measured(Celsius(388)));
        for (code, version, exact, known) in [(DEFAULT, 1, true, true), (DEFAULT, 77, false, true), ("gone", 1, false, false)] {
            let reader = Reader::new(&catalogue, code, version);
            assert_eq!((reader.exact, reader.questionnaire.is_some()), (exact, known));
            let questions = reader.questionnaire.iter().flat_map(|it| it.questions());
            let bands: Vec<_> = questions.flat_map(|question| question.buckets(&warm)).map(std::borrow::Cow::into_owned).collect();
            assert_eq!(bands.is_empty(), !exact, "{bands:?}");
            assert_eq!(reader.alert("gone"), (AlertLevel::Attention, same("gone")));
        }
    }

    #[test]
    fn no_answer_is_left_out() {
        let reader = Reader::new(&Catalogue::load(None).unwrap(), DEFAULT, 77);
        let answers = Answers::from([("gone".to_owned(), Answer::Some(vec!["a".to_owned()]))]);
        let sections = reader.sections(&answers);
        assert_eq!(sections.last().unwrap().questions[0].text, same("gone"));
        assert_eq!(reader.sections(&Answers::new()).len() + 1, sections.len());
    }
}

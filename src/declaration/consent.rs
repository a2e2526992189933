//! Both consents on the form itself: asked before anything is stored of someone whose consents do not stand, because they withdrew one
//! or because the notice has a newer version. To the form they are a section like any other, so that it is shown, checked and kept
//! by the same code in browser and server; in the record there is nothing of them.

use std::sync::Arc;

use super::model::Checked;
use crate::{
    account::{
        caller::Employee,
        model::{ConsentKind, NOTICE_VERSION},
        notice::Notice,
    },
    enterprise::model::Enterprise,
    language::Language,
    questionnaire::model::{Choice, FormValues, Kind, Question, Questionnaire, Section, Text, YES},
};

/// The fields.
pub const FIELDS: [&str; 2] = ["consent-notice", "consent-health"];

/// What is asked of this employee: the questionnaire, and before it the consents where they do not stand.
pub fn asked(questionnaire: &Arc<Questionnaire>, employee: &Employee, enterprise: &Enterprise) -> Arc<Questionnaire> {
    if employee.has_agreed() {
        return questionnaire.clone();
    }
    let mut asked = Questionnaire::clone(questionnaire);
    asked.sections.insert(0, section(employee, enterprise));
    Arc::new(asked)
}

fn section(employee: &Employee, enterprise: &Enterprise) -> Section {
    let notice = Notice::newest();
    let (zh, en) = if employee.has_withdrawn() {
        (
            "您撤回过同意，所以现在不能申报。重新同意后可以继续；不同意的，可以联系企业以其他方式申报。",
            "You withdrew your consent, so you cannot declare now. You can go on once you agree again; if you do not, ask your enterprise for \
             another way to declare.",
        )
    } else {
        (
            "告知书有了新的版本。阅读并同意后可以继续；不同意的，可以联系企业以其他方式申报。",
            "The notice has a new version. You can go on once you have read it and agree; if you do not, ask your enterprise for another way \
             to declare.",
        )
    };
    let whole = |language, why: &str| {
        let paragraphs = notice.words(language).paragraphs(&enterprise.name);
        format!("{why}\n\n{}", paragraphs.join("\n"))
    };
    let hint = Text { zh: whole(Language::Zh, zh), en: whole(Language::En, en) };
    let title = Text { zh: format!("告知书（第 {NOTICE_VERSION} 版）"), en: format!("Notice (version {NOTICE_VERSION})") };
    let health = Text { zh: "单独同意".to_owned(), en: "Separate consent".to_owned() };
    Section {
        code: "consent".to_owned(),
        title: Text { zh: "告知和同意".to_owned(), en: "Notice and consent".to_owned() },
        questions: vec![
            question(FIELDS[0], title, Some(hint), &notice, ConsentKind::Notice),
            question(FIELDS[1], health, None, &notice, ConsentKind::HealthAndWhereabouts),
        ],
    }
}

fn question(code: &str, text: Text, hint: Option<Text>, notice: &Notice, kind: ConsentKind) -> Question {
    let words = |language| notice.words(language).consent(kind).to_owned();
    let tick = Text { zh: words(Language::Zh), en: words(Language::En) };
    Question {
        code: code.to_owned(),
        kind: Kind::SomeOf(vec![Choice { code: YES.to_owned(), text: tick, label: None, exclusive: false }]),
        text,
        hint,
        why: None,
        optional: false,
        always_ask: true,
        show_if: None,
    }
}

/// A form that was made before the consents stopped standing: it does not ask for them.
pub fn is_unasked(values: &FormValues) -> bool {
    values.fields().all(|field| !FIELDS.contains(&field))
}

/// The form without its consents: a retry finds them given already, and is the same declaration.
pub fn without(values: &FormValues) -> FormValues {
    let others = values.pairs().filter(|(field, _)| !FIELDS.contains(field));
    FormValues::from_pairs(others.map(|(field, value)| (field.to_owned(), value.to_owned())))
}

/// What is stored: nothing of the consents.
pub fn take_out(checked: &mut Checked) {
    for field in FIELDS {
        checked.answers.remove(field);
    }
}

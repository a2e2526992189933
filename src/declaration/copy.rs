//! Everything that an employee declared, in words, for the copy of their data.

use serde_json::{Value, json};

use super::{own, store};
use crate::{
    account::caller::Employee,
    enterprise::model::Enterprise,
    error::Result,
    language::Language,
    questionnaire::{model::Question, reader::Reader, wording::answer_text},
    state::AppState,
};

/// The last first; one that was replaced says so.
pub async fn all(state: &AppState, employee: &Employee, enterprise: &Enterprise, language: Language) -> Result<Vec<Value>> {
    let (mut all, mut last_day) = (Vec::new(), None);
    for (change, row) in store::declaration_all(&state.db, employee).await? {
        let record = own::open(state, employee, &row).await?;
        let reader = Reader::new(&state.catalogue, &row.questionnaire, row.version);
        let answered = |question: &Question| {
            let answer = record.answers.get(&question.code)?;
            let words = answer_text(question, answer, language);
            Some(json!({ "code": question.code, "question": question.text.get(language), "answer": words, "value": answer }))
        };
        let sections = reader.sections(&record.answers);
        all.push(json!({
            "number": crate::id::ReceiptId { enterprise: enterprise.id, change }.to_string(),
            "day": row.day,
            "at": enterprise.local_time(row.submitted_at),
            "replaced": last_day.replace(row.day) == Some(row.day),
            "questionnaire": { "code": row.questionnaire, "version": row.version },
            "level": record.level,
            "on_behalf_by": record.on_behalf.as_ref().map(|on_behalf| &on_behalf.name),
            "residence": record.residence,
            "answers": sections.iter().flat_map(|section| &section.questions).filter_map(answered).collect::<Vec<_>>(),
            "alerts": record.alerts.iter().map(|code| reader.alert(code).1.get(language).to_owned()).collect::<Vec<_>>(),
        }));
    }
    Ok(all)
}

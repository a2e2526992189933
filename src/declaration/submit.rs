//! From a form that was sent to a declaration that is stored: the same for a plain post and for the server function.

use std::{fmt::Write, sync::Arc};

use uuid::{Builder, Uuid};

use super::{
    model::{Checked, Note, Outcome, QUESTIONNAIRE, STEP, SUBMISSION, Step, VERSION, is_field, judge, to_check},
    record::Record,
    writer::Submission,
};
use crate::{
    account::caller::{self, Employee},
    enterprise::{model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    id::{EnterpriseId, ReceiptId},
    period::Day,
    questionnaire::model::{FormValues, Questionnaire},
    random,
    state::{AppState, Visit},
    vault::TenantKeys,
};

/// Takes a form: shows it again with its problems, or once more to be checked, or stores it. The day is the enterprise's.
pub async fn submit(visit: &Visit, enterprise: EnterpriseId, mut values: FormValues) -> Result<Outcome> {
    let state = &visit.state;
    let employee = caller::employee(visit, enterprise).await?;
    let enterprise = registry::load(state, employee.tenant()).await?;
    let today = enterprise.today(&state.clock);
    let (questionnaire, known) = answered(state, &enterprise, &values)?;
    if !known {
        values.set(VERSION, vec![questionnaire.version.to_string()]);
        return Ok(Outcome::noted(only_fields(&questionnaire, &values), Note::Changed));
    }
    if !values.fields().all(|field| is_field(&questionnaire, field)) {
        return Ok(Outcome::noted(only_fields(&questionnaire, &values), Note::Unknown));
    }
    let step = Step::of(values.one(STEP));
    if step == Step::Edit {
        return Ok(Outcome::form(values, Vec::new()));
    }
    match judge(&questionnaire, &values, today) {
        Err(problems) => Ok(Outcome::form(values, problems)),
        Ok(checked) if step == Step::Check => Ok(to_check(&questionnaire, &checked, values, today)),
        Ok(checked) => match store(state, &employee, &questionnaire, checked, &values, today).await {
            Ok(receipt) => Ok(Outcome::Done(receipt)),
            Err(StoreError::Busy) => Ok(Outcome::noted(values, Note::Busy)),
            Err(error) => Err(error.into()),
        },
    }
}

/// The version of the enterprise's questionnaire that a form was made with; else the newest, and false. A form that names
/// none was made with the newest.
pub fn answered(state: &AppState, enterprise: &Enterprise, values: &FormValues) -> Result<(Arc<Questionnaire>, bool)> {
    let (code, version) = (values.one(QUESTIONNAIRE), values.one(VERSION));
    let newest = || {
        state.catalogue.newest(&enterprise.questionnaire).ok_or_else(|| {
            tracing::error!(questionnaire = enterprise.questionnaire, "an enterprise's questionnaire is not in the catalogue");
            AppError::Internal
        })
    };
    if code.is_empty() && version.is_empty() {
        return Ok((newest()?, true));
    }
    let made_with =
        version.parse().ok().filter(|_| code == enterprise.questionnaire).and_then(|version| state.catalogue.get(code, version));
    match made_with {
        Some(questionnaire) => Ok((questionnaire, true)),
        None => Ok((newest()?, false)),
    }
}

async fn store(
    state: &AppState,
    employee: &Employee,
    questionnaire: &Questionnaire,
    checked: Checked,
    values: &FormValues,
    today: Day,
) -> Result<ReceiptId, StoreError> {
    let enterprise = employee.tenant().id();
    let keys = state.vault.keys(&state.db, enterprise).await?;
    let key = submission_key(&keys, employee, today, values);
    let alerts = questionnaire.alerts(&checked.answers, today).into_iter().map(|rule| rule.code.clone()).collect();
    let record = Record { answers: checked.answers, residence: checked.residence, level: employee.level(), alerts };
    let submission = Submission {
        enterprise,
        employee: employee.id(),
        day: today,
        submitted_at: state.clock.now(),
        key,
        questionnaire: questionnaire.code.clone(),
        version: questionnaire.version,
        record: record.seal(&keys, key),
    };
    state.writer.submit(submission).await
}

/// The same form with the same answers, sent again by the same person on the same day, is the same submission; with other
/// answers it is a correction, even where the browser's back button brought the old form back. The hash is keyed: it says
/// nothing about the answers.
fn submission_key(keys: &TenantKeys, employee: &Employee, today: Day, values: &FormValues) -> Uuid {
    if Uuid::try_parse(values.one(SUBMISSION)).is_err() {
        return random::uuid();
    }
    let mut text = String::with_capacity(1024);
    let _ = write!(text, "{}\n{today}", employee.id());
    for (field, value) in values.pairs().filter(|(field, _)| *field != STEP) {
        let _ = write!(text, "\n{}:{field}={value}", value.len());
    }
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, ..] = keys.index("submission", &text);
    Builder::from_custom_bytes([b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15]).into_uuid()
}

fn only_fields(questionnaire: &Questionnaire, values: &FormValues) -> FormValues {
    let known = values.pairs().filter(|(field, _)| is_field(questionnaire, field));
    FormValues::from_pairs(known.map(|(field, value)| (field.to_owned(), value.to_owned())))
}

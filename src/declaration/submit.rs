//! From a form that was sent to a declaration that is stored: the same for a plain post and for the server function.

use std::{fmt::Write, sync::Arc};

use uuid::{Builder, Uuid};

use super::{
    consent,
    form_key::FormKey,
    model::{Checked, Note, Outcome, QUESTIONNAIRE, STEP, SUBMISSION, Step, VERSION, is_field, is_field_of, judge, to_check},
    record::{OnBehalf, Record, Row},
    store,
    writer::Submission,
};
use crate::{
    account::{
        caller::{self, Employee, Tenant},
        data,
        model::Level,
    },
    alert,
    audit::entry::Entry,
    enterprise::{choice, model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    id::{EmployeeId, EnterpriseId, ReceiptId},
    period::{Day, Moment},
    questionnaire::{
        catalogue::Catalogue,
        model::{FormValues, Questionnaire},
    },
    random,
    state::{AppState, Visit},
    vault::TenantKeys,
};

/// Takes a form: shows it again with its problems, or once more to be checked, or stores it. The day is the enterprise's; a form that
/// was made on an earlier one asks anew what is asked each day.
pub async fn submit(visit: &Visit, enterprise: EnterpriseId, values: FormValues) -> Result<Outcome> {
    take(visit, enterprise, values, None).await?.ok_or(AppError::Busy)
}

/// A form that waited on its device for a line.
#[derive(Clone, Copy)]
pub struct Waited {
    /// So many seconds, as the device says.
    pub secs: Option<u32>,
}

/// What becomes of one.
pub enum Late {
    Taken(Outcome),
    /// Its person has declared since it was filled in: it says nothing any more.
    Older,
}

impl Waited {
    /// When it was filled in. No device makes it older than the form itself, and one whose clock was set meanwhile may.
    fn since(self, key: Option<&FormKey>, now: Moment) -> Option<Moment> {
        self.secs.map(|secs| now.plus_secs(-i64::from(secs))).max(key.map(FormKey::made_at))
    }
}

/// The same of one that waited on its device for a line. It never takes the place of what was declared since.
pub async fn submit_kept(visit: &Visit, enterprise: EnterpriseId, values: FormValues, waited: Waited) -> Result<Late> {
    Ok(take(visit, enterprise, values, Some(waited)).await?.map_or(Late::Older, Late::Taken))
}

/// None only for one that waited, and is older than what its person declared last.
async fn take(visit: &Visit, enterprise: EnterpriseId, mut values: FormValues, waited: Option<Waited>) -> Result<Option<Outcome>> {
    let state = &visit.state;
    let employee = caller::declarer(visit, enterprise).await?;
    let enterprise = registry::load(state, employee.tenant()).await?;
    let today = enterprise.today(&state.clock);
    let key = FormKey::read(values.one(SUBMISSION));
    if let Some(key) = &key
        && !key.is_for(state, &employee).await?
    {
        return Ok(Some(Outcome::noted(FormValues::default(), Note::OtherPerson)));
    }
    let (questionnaire, known) = answered(state, employee.tenant(), &enterprise, &values).await?;
    if employee.has_agreed() && !consent::is_unasked(&values) {
        values = consent::without(&values);
    }
    let asked = consent::asked(&questionnaire, &employee, &enterprise);
    let step = Step::of(values.one(STEP));
    let since = waited.and_then(|waited| waited.since(key.as_ref(), state.clock.now()));
    let is_late = key.is_some_and(|key| enterprise.day_of(key.made_at()) < today);
    if waited.is_some() || is_late {
        let last = last_sent_with(state, &employee, &values, today).await?;
        if let Some(last) = &last
            && matches!(step, Step::Submit | Step::Quick)
            && (last.is_this || waited.is_some() && last.has_its_key)
        {
            return Ok(Some(Outcome::Done(last.receipt)));
        }
        if since.zip(last).is_some_and(|(since, last)| last.at > since) {
            return Ok(None);
        }
    }
    if is_late {
        let values = carried_over(&state.catalogue, &questionnaire, &values);
        let anew = only_fields(&asked, &without_what_is_always_asked(&questionnaire, &values));
        return Ok(Some(Outcome::noted(anew, Note::NewDay)));
    }
    if !known {
        let values = carried_over(&state.catalogue, &questionnaire, &values);
        return Ok(Some(Outcome::noted(only_fields(&asked, &values), Note::Changed)));
    }
    if !values.fields().all(|field| is_field(&asked, field)) {
        return Ok(Some(Outcome::noted(only_fields(&asked, &values), Note::Unknown)));
    }
    if matches!(step, Step::Submit | Step::Quick) && !employee.has_agreed() && consent::is_unasked(&values) {
        return Ok(Some(Outcome::noted(values, Note::Changed)));
    }
    if step == Step::Edit {
        return Ok(Some(Outcome::form(values, Vec::new())));
    }
    match judge(&asked, &values, today) {
        Err(problems) => Ok(Some(Outcome::form(values, problems))),
        Ok(checked) if step == Step::Check || step == Step::Quick && !asked.implausible(&checked.answers, today).is_empty() => {
            Ok(Some(to_check(&asked, &checked, values, today)))
        }
        Ok(checked) => match agree_and_store(state, &employee, &questionnaire, checked, &values, today, since).await {
            Ok(receipt) => Ok(receipt.map(Outcome::Done)),
            Err(AppError::Busy) => Ok(Some(Outcome::noted(values, Note::Busy))),
            Err(AppError::TooManyRequests) => Ok(Some(Outcome::noted(values, Note::Often))),
            Err(error) => Err(error),
        },
    }
}

/// The version of the questionnaire that a form was made with, where it is in force or [still taken](choice::still_taken); else the
/// newest of the one in force, and false. A form that names none was made with the newest.
pub async fn answered(state: &AppState, tenant: Tenant, known: &Enterprise, values: &FormValues) -> Result<(Arc<Questionnaire>, bool)> {
    if values.one(QUESTIONNAIRE).is_empty() && values.one(VERSION).is_empty() {
        return Ok((newest(state, known)?, true));
    }
    if let Some(questionnaire) = made_with(state, known, values) {
        return Ok((questionnaire, true));
    }
    // Another process may have put another one in force just now.
    let enterprise = registry::load_now(state, tenant).await?;
    match made_with(state, &enterprise, values) {
        Some(questionnaire) => Ok((questionnaire, true)),
        None => Ok((newest(state, &enterprise)?, false)),
    }
}

fn newest(state: &AppState, enterprise: &Enterprise) -> Result<Arc<Questionnaire>> {
    state.catalogue.newest(&enterprise.questionnaire).ok_or_else(|| {
        tracing::error!(questionnaire = enterprise.questionnaire, "an enterprise's questionnaire is not in the catalogue");
        AppError::Internal
    })
}

fn made_with(state: &AppState, enterprise: &Enterprise, values: &FormValues) -> Option<Arc<Questionnaire>> {
    let code = values.one(QUESTIONNAIRE);
    let taken = code == enterprise.questionnaire || choice::still_taken(state, enterprise, code);
    values.one(VERSION).parse().ok().filter(|_| taken).and_then(|version| state.catalogue.get(code, version))
}

/// What was typed into a form of another version or questionnaire, without answers to a question that has only its code in common with
/// one of this.
pub fn carried_over(catalogue: &Catalogue, questionnaire: &Questionnaire, values: &FormValues) -> FormValues {
    let made_with = values.one(VERSION).parse().ok().and_then(|version| catalogue.get(values.one(QUESTIONNAIRE), version));
    let other = made_with.filter(|made_with| made_with.code != questionnaire.code);
    let means_the_same = |field: &str| {
        let Some(question) = questionnaire.questions().find(|question| is_field_of(question, field)) else { return true };
        let then = other.as_ref().and_then(|other| other.question(&question.code));
        then.is_none_or(|then| then.text == question.text && then.kind == question.kind)
    };
    let kept = values.pairs().filter(|(field, _)| means_the_same(field));
    let mut kept = FormValues::from_pairs(kept.map(|(field, value)| (field.to_owned(), value.to_owned())));
    kept.set(QUESTIONNAIRE, vec![questionnaire.code.clone()]);
    kept.set(VERSION, vec![questionnaire.version.to_string()]);
    kept
}

/// What is left of yesterday's answers; and a form with another key.
fn without_what_is_always_asked(questionnaire: &Questionnaire, values: &FormValues) -> FormValues {
    let is_asked_anew = |field: &str| questionnaire.questions().any(|question| question.always_ask && is_field_of(question, field));
    let kept = values.pairs().filter(|(field, _)| *field != SUBMISSION && !is_asked_anew(field));
    FormValues::from_pairs(kept.map(|(field, value)| (field.to_owned(), value.to_owned())))
}

/// What a person sent last, seen from a form that comes now.
struct Last {
    receipt: ReceiptId,
    at: Moment,
    /// It was this form with the same answers, whenever that was.
    has_its_key: bool,
    /// This form is it, sent again.
    is_this: bool,
}

async fn last_sent_with(state: &AppState, employee: &Employee, values: &FormValues, today: Day) -> Result<Option<Last>> {
    let keys = state.vault.keys(&state.db, employee.tenant().id()).await?;
    Ok(last_sent(state, (employee.tenant(), employee.id()), &submission_keys(&keys, employee.id(), values), today).await?)
}

async fn last_sent(
    state: &AppState,
    (tenant, employee): (Tenant, EmployeeId),
    key_after: &impl Fn(i64) -> Uuid,
    today: Day,
) -> Result<Option<Last>, StoreError> {
    let mut sent = store::declaration_last_two(&state.db, tenant, employee).await?.into_iter();
    let (last, before) = (sent.next(), sent.next().map_or(0, |before| before.change));
    Ok(last.map(|last| {
        let has_its_key = [0, before].into_iter().any(|follows| last.submission_key == key_after(follows));
        Last {
            receipt: ReceiptId { enterprise: tenant.id(), change: last.change },
            at: last.submitted_at,
            has_its_key,
            is_this: has_its_key && last.is_repeated_by(today, state.clock.now()),
        }
    }))
}

/// How often what a person said last may change while a submission is stored.
const TRIES: usize = 8;

/// Whose declaration is stored, and by whom it was made.
pub struct Declarer {
    pub tenant: Tenant,
    pub employee: EmployeeId,
    pub level: Level,
    pub on_behalf: Option<OnBehalf>,
    /// What is written down with it.
    pub entry: Option<Entry>,
}

impl Declarer {
    /// The person themselves.
    fn of(employee: &Employee) -> Self {
        Self { tenant: employee.tenant(), employee: employee.id(), level: employee.level(), on_behalf: None, entry: None }
    }
}

/// The consents first: nothing is stored of someone who has not given them.
async fn agree_and_store(
    state: &AppState,
    employee: &Employee,
    questionnaire: &Questionnaire,
    mut checked: Checked,
    values: &FormValues,
    today: Day,
    since: Option<Moment>,
) -> Result<Option<ReceiptId>> {
    if employee.has_agreed() {
        return store_unless(state, &Declarer::of(employee), questionnaire, checked, values, today, since).await;
    }
    data::consent(state, employee).await?;
    consent::take_out(&mut checked);
    store_unless(state, &Declarer::of(employee), questionnaire, checked, &consent::without(values), today, since).await
}

/// Seals a declaration, and stores it unless it is stored already.
pub async fn store(
    state: &AppState,
    declarer: &Declarer,
    questionnaire: &Questionnaire,
    checked: Checked,
    values: &FormValues,
    today: Day,
) -> Result<ReceiptId> {
    store_unless(state, declarer, questionnaire, checked, values, today, None).await?.ok_or(AppError::Busy)
}

/// The same; `None`, and nothing is stored, where the person has declared since a moment.
async fn store_unless(
    state: &AppState,
    declarer: &Declarer,
    questionnaire: &Questionnaire,
    checked: Checked,
    values: &FormValues,
    today: Day,
    since: Option<Moment>,
) -> Result<Option<ReceiptId>> {
    let (tenant, employee) = (declarer.tenant, declarer.employee);
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    let alerts = questionnaire.alerts(&checked.answers, today).into_iter().map(|rule| rule.code.clone()).collect();
    let Checked { answers, residence } = checked;
    let record = Record { answers, residence, level: declarer.level, alerts, on_behalf: declarer.on_behalf.clone() };
    let key_after = submission_keys(&keys, employee, values);
    let mut key = key_after(0);
    state.limits.declaration(employee, key)?;
    let alert = alert::raise::of(state, tenant, &keys, (employee, today), questionnaire, &record.answers).await?;
    for _ in 0..TRIES {
        let submission = submission(state, declarer, questionnaire, &keys, &record, today, key);
        let stored = state.writer.submit(Submission { alert: alert.clone(), unless_since: since, ..submission }).await?;
        if stored.is_some() {
            return Ok(stored);
        }
        match last_sent(state, (tenant, employee), &key_after, today).await? {
            Some(last) if last.is_this => return Ok(Some(last.receipt)),
            Some(last) if since.is_some_and(|since| last.at > since) => return Ok(None),
            // It was sent before, and something else since: what it follows makes it another one.
            Some(last) => key = key_after(last.receipt.change),
            None => {}
        }
    }
    Err(AppError::Busy)
}

fn submission(
    state: &AppState,
    declarer: &Declarer,
    questionnaire: &Questionnaire,
    keys: &TenantKeys,
    record: &Record,
    day: Day,
    key: Uuid,
) -> Submission {
    let version = i64::from(questionnaire.version);
    let row = Row { submission: key, employee: declarer.employee, day, questionnaire: &questionnaire.code, version };
    Submission {
        enterprise: declarer.tenant.id(),
        employee: declarer.employee,
        day,
        submitted_at: state.clock.now(),
        key,
        questionnaire: questionnaire.code.clone(),
        version: questionnaire.version,
        record: record.seal(keys, row),
        alert: None,
        unless_since: None,
        entry: declarer.entry.clone(),
    }
}

/// The same form with the same answers, sent again by the same person, is the same submission while it is what they said
/// last. With other answers it is a correction, even where the browser's back button brought the old form back; and so is
/// going back to what was said before: then the number of the declaration that it follows makes its key another one.
/// The hash is keyed: it says nothing about the answers.
fn submission_keys(keys: &TenantKeys, employee: EmployeeId, values: &FormValues) -> impl Fn(i64) -> Uuid {
    let mut text = Uuid::try_parse(values.one(SUBMISSION)).is_ok().then(|| employee.to_string());
    if let Some(text) = &mut text {
        for (field, value) in values.pairs().filter(|(field, _)| *field != STEP) {
            let _ = write!(text, "\n{}:{field}={value}", value.len());
        }
    }
    move |follows| {
        let Some(text) = &text else { return random::uuid() };
        let hash = keys.index("submission", &format!("{follows}\n{text}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}

pub fn only_fields(questionnaire: &Questionnaire, values: &FormValues) -> FormValues {
    let known = values.pairs().filter(|(field, _)| is_field(questionnaire, field));
    FormValues::from_pairs(known.map(|(field, value)| (field.to_owned(), value.to_owned())))
}

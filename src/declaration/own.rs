//! What an employee sees of their own: the form as it stands, a receipt, the history.

use super::{
    consent, form_key,
    model::{
        AlertView, DeclarePageView, DeclareView, Filled, MineLine, MineState, MineView, Outcome, PersonView, QUESTIONNAIRE, RESIDENCE,
        ReceiptView, VERSION, fill, is_unmeasured,
    },
    pass,
    record::{Record, Row},
    store::{self, DeclarationLine, DeclarationRow},
    submit,
};
use crate::{
    account::{
        caller::{self, Employee},
        claim,
        model::{Level, Person},
        oidc::identity,
        owner::owner,
        sitting::SITTING_SECS,
    },
    audit,
    enterprise::{model::Enterprise, registry},
    error::{AppError, Result},
    gate::{self, model::Verdict},
    id::{EnterpriseId, ReceiptId},
    link,
    period::Moment,
    questionnaire::{
        catalogue::Catalogue,
        model::{FormValues, Questionnaire},
        reader::Reader,
    },
    reminder,
    state::{AppState, Visit},
    tablet::{self, answer::RECEIPT_SECS},
    ui::locale::language,
    vault::newest_version,
    wire::Packed,
};

/// The form of an enterprise: with what was just posted, or prefilled from the last declaration.
pub async fn form(visit: &Visit, enterprise: EnterpriseId, same: bool, posted: Option<&Outcome>) -> Result<DeclarePageView> {
    let state = &visit.state;
    let employee = caller::declarer(visit, enterprise).await?;
    if employee.sitting().is_some() {
        tablet::answer::give_way_after(SITTING_SECS.unsigned_abs());
    }
    let enterprise = registry::load_now(state, employee.tenant()).await?;
    let values = posted.map(|posted| posted.values()).unwrap_or_default();
    let (questionnaire, _) = submit::answered(state, employee.tenant(), &enterprise, &values).await?;
    // What was declared before is not for whoever stands at a tablet.
    let latest = if employee.sitting().is_some() { None } else { store::declaration_latest(&state.db, &employee).await? };
    let repeatable = latest.as_ref().is_some_and(|latest| latest.questionnaire == questionnaire.code);
    let same = same && repeatable;
    let today = enterprise.today(&state.clock);
    let outcome = match (posted, &latest) {
        (Some(posted), _) => posted.clone(),
        (None, None) => Outcome::Form(Filled::default()),
        (None, Some(latest)) => Outcome::form(prefilled(state, &employee, &questionnaire, latest, same).await?, Vec::new()),
    };
    let (known, keys) = (claim::person(state, &employee).await?, state.vault.keys(&state.db, enterprise.id).await?);
    let sheet = DeclareView {
        enterprise: enterprise.id,
        person: person(&known, &employee),
        submission: outcome
            .values()
            .one(super::model::SUBMISSION)
            .parse()
            .unwrap_or_else(|_| form_key::make(&keys, employee.id(), &known.document.key(), state.clock.now())),
        repeatable,
        questionnaire: consent::asked(&questionnaire, &employee, &enterprise).for_form(language()),
        today,
        same,
        outcome,
        post_to: None,
    };
    Ok(DeclarePageView {
        enterprise: enterprise.id,
        today,
        draft: draft_name(state, &employee, &questionnaire).await?,
        declared_at: latest.as_ref().filter(|latest| latest.day == today).map(|latest| clock_time(&enterprise, latest.submitted_at)),
        enterprise_name: enterprise.name,
        stage: sheet.outcome.stage(same),
        sheet: Packed::of(&sheet).into_text(),
    })
}

fn person(person: &Person, employee: &Employee) -> PersonView {
    PersonView {
        document: person.document.masked(),
        phone: person.phone.as_ref().filter(|_| employee.sitting().is_none()).map(|phone| phone.national().to_owned()),
        name: person.name.clone(),
        level: employee.level(),
    }
}

/// One for each person and questionnaire.
async fn draft_name(state: &AppState, employee: &Employee, questionnaire: &Questionnaire) -> Result<String> {
    if employee.sitting().is_some() {
        // None is kept.
        return Ok(String::new());
    }
    Ok(format!("{}.{}", owner(state, employee).await?, questionnaire.code))
}

pub(super) fn clock_time(enterprise: &Enterprise, moment: Moment) -> String {
    enterprise.local_time(moment).split_whitespace().last().unwrap_or_default().to_owned()
}

/// Where the person lives is always taken from the last declaration; its answers too if `same`, but for those that are
/// always asked.
async fn prefilled(
    state: &AppState,
    employee: &Employee,
    questionnaire: &Questionnaire,
    latest: &DeclarationRow,
    same: bool,
) -> Result<FormValues> {
    let record = open(state, employee, latest).await?;
    let mut values = FormValues::default();
    values.set(RESIDENCE, vec![record.residence]);
    values.set(QUESTIONNAIRE, vec![questionnaire.code.clone()]);
    values.set(VERSION, vec![questionnaire.version.to_string()]);
    if same {
        for question in questionnaire.questions().filter(|question| !question.always_ask) {
            if let Some(answer) = record.answers.get(&question.code) {
                fill(&mut values, &question.code, answer);
            }
        }
    }
    Ok(values)
}

pub(super) async fn open(state: &AppState, employee: &Employee, row: &DeclarationRow) -> Result<Record> {
    let keys = state.vault.keys_for(&state.db, employee.tenant().id(), newest_version([&row.record])).await?;
    let bound = Row {
        submission: row.submission_key,
        employee: employee.id(),
        day: row.day,
        questionnaire: &row.questionnaire,
        version: row.version,
    };
    Record::open(&keys, bound, &row.record).map_err(|error| crate::error::StoreError::from(error).into())
}

/// One of an employee's own declarations, opened.
pub struct Found {
    pub employee: Employee,
    pub enterprise: Enterprise,
    pub row: DeclarationRow,
    pub record: Record,
    /// A later one of the same day counts instead.
    pub replaced: bool,
}

impl Found {
    pub fn verdict(&self, catalogue: &Catalogue) -> Verdict {
        let reader = Reader::new(catalogue, &self.row.questionnaire, self.row.version);
        pass::verdict(self.record.alerts.iter().map(|code| reader.alert(code).0).max(), is_unmeasured(&self.record.answers))
    }
}

/// Only for the person who declared, on their own device. Anyone else's does not exist.
pub async fn find(visit: &Visit, receipt: ReceiptId) -> Result<Found> {
    let state = &visit.state;
    let employee = caller::declarer(visit, receipt.enterprise).await.map_err(|error| match error {
        AppError::InvitationRequired => AppError::NotFound,
        other => other,
    })?;
    let row = store::declaration_find(&state.db, &employee, receipt.change).await?.ok_or(AppError::NotFound)?;
    let enterprise = registry::load(state, employee.tenant()).await?;
    let record = open(state, &employee, &row).await?;
    if let Some(since) = employee.sitting() {
        // What was declared elsewhere is not for whoever stands at a tablet, however new it is.
        if row.submitted_at < since || record.level != Level::Tablet || record.on_behalf.is_some() {
            return Err(AppError::NotFound);
        }
    }
    let replaced = store::declaration_is_replaced(&state.db, &employee, receipt.change, row.day).await?;
    Ok(Found { employee, enterprise, row, record, replaced })
}

pub async fn receipt(visit: &Visit, receipt: ReceiptId) -> Result<ReceiptView> {
    let state = &visit.state;
    let found = find(visit, receipt).await?;
    if found.employee.sitting().is_some() {
        tablet::answer::give_way_after(RECEIPT_SECS);
    }
    let pass = beside(pass::view(state, &found).await);
    let Found { employee, enterprise, row, record, replaced } = found;
    let reader = Reader::new(&state.catalogue, &row.questionnaire, row.version);
    let alert = |code: &String| {
        let (level, reason) = reader.alert(code);
        AlertView { level, reason }
    };
    Ok(ReceiptView {
        receipt,
        owner: if employee.sitting().is_none() { Some(owner(state, &employee).await?) } else { None },
        day: row.day,
        at: enterprise.local_time(row.submitted_at),
        enterprise_name: enterprise.name,
        next_person: employee.sitting().map(|_| RECEIPT_SECS),
        level: record.level,
        on_behalf: record.on_behalf.map(|on_behalf| on_behalf.name),
        contact: if record.alerts.is_empty() { None } else { beside(gate::answer::contact(state, employee.tenant()).await) },
        alerts: record.alerts.iter().map(alert).collect(),
        replaced,
        pass,
        residence: record.residence,
        sections: reader.sections(&record.answers),
        other_version: !reader.exact,
        answers: record.answers,
    })
}

/// What stands beside a receipt: where it cannot be had, as on a machine without the newest key, the receipt does without.
fn beside<T>(found: Result<Option<T>, impl std::fmt::Display>) -> Option<T> {
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "left out of a receipt");
        None
    })
}

/// So many lines of a history say how the declaration was judged: each of them is opened for that.
const JUDGED: usize = 30;
/// An employee's page tells of so many looks.
const LOOKS: i64 = 20;

/// Everything that this device's employees declared, by enterprise.
pub async fn mine(visit: &Visit) -> Result<Vec<MineView>> {
    if caller::tablet(visit).await.is_ok() {
        leptos_axum::redirect(link::TABLET);
    }
    let mut all = Vec::new();
    for employee in caller::employees(visit).await? {
        let enterprise = registry::load(&visit.state, employee.tenant()).await?;
        let lines = store::declaration_list(&visit.state.db, &employee).await?;
        let today = enterprise.today(&visit.state.clock);
        let declared_today = lines.first().is_some_and(|line| line.day == today);
        let reminded_at = reminder::reminded_at(&visit.state, &employee, today, &enterprise).await?.filter(|_| !declared_today);
        all.push(MineView {
            enterprise: enterprise.id,
            owner: owner(&visit.state, &employee).await?,
            declared_today,
            reminded_at,
            lines: history(&visit.state, &employee, &enterprise, &lines).await?,
            looks: audit::answer::looks(&visit.state, &employee, &enterprise, LOOKS).await?,
            verify_again: identity::again_by(&visit.state, &employee).await?,
            enterprise_name: enterprise.name,
        });
    }
    Ok(all)
}

async fn history(state: &AppState, employee: &Employee, enterprise: &Enterprise, lines: &[DeclarationLine]) -> Result<Vec<MineLine>> {
    let mut history = Vec::with_capacity(lines.len());
    for (position, line) in lines.iter().enumerate() {
        history.push(MineLine {
            receipt: ReceiptId { enterprise: enterprise.id, change: line.change },
            day: line.day,
            time: clock_time(enterprise, line.submitted_at),
            replaced: lines[..position].iter().any(|later| later.day == line.day),
            // One that does not open is logged, and takes nobody's history away.
            state: if position < JUDGED { judged(state, employee, line.change).await.ok().flatten() } else { None },
        });
    }
    Ok(history)
}

async fn judged(state: &AppState, employee: &Employee, change: i64) -> Result<Option<MineState>> {
    let Some(row) = store::declaration_find(&state.db, employee, change).await? else { return Ok(None) };
    let record = open(state, employee, &row).await?;
    let reader = Reader::new(&state.catalogue, &row.questionnaire, row.version);
    let alert = record.alerts.iter().map(|code| reader.alert(code).0).max();
    Ok(Some(MineState { alert, unmeasured: is_unmeasured(&record.answers), on_behalf: record.on_behalf.is_some() }))
}

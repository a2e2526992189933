//! What this room does and answers, put together from the rooms that hold something on an employee.

use std::collections::HashSet;

use uuid::Uuid;

use super::{
    copy,
    model::{
        ConsentView, DUE_DAYS, DeviceLine, OwnRequest, Posted, Problem, RequestKind, RequestLine, RequestState, RequestsView, RightsView,
        parse_note,
    },
    store::{self, RequestRow, note_cell, reason_cell},
};
use crate::{
    account::{
        caller::{self, Employee, Permission, Scope},
        claim,
        data::{self, ConsentRow, OwnDevice, Reach},
        department,
        model::{ConsentKind, Intent, Person, Phone},
        notice::Notice,
        oidc::identity,
        own, step_up,
    },
    audit::{entry::Entry, model::Action},
    census::Sight,
    enterprise::{model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    id::EnterpriseId,
    language::Language,
    period::Moment,
    random,
    state::{AppState, Visit},
    vault::{TenantKeys, newest_version},
};

/// So many requests a list shows.
const SHOWN: i64 = 100;
const DAY_SECS: i64 = 24 * 60 * 60;

/// A refusal that came back, for its page.
pub type Refusal = (String, String, Problem);

/// What an enterprise holds on an employee, as their page shows it.
pub async fn rights(state: &AppState, employee: &Employee, text: bool, language: Language, posted: Option<Posted>) -> Result<RightsView> {
    let enterprise = registry::load(state, employee.tenant()).await?;
    let person = claim::person(state, employee).await?;
    let (consents, earlier) = consents(data::consents(state, employee).await?, &enterprise, language);
    Ok(RightsView {
        document: person.document.masked(),
        phone: person.phone.as_ref().map(|phone| phone.national().to_owned()).unwrap_or_default(),
        name: person.name.clone(),
        level: employee.level(),
        verified: employee.is_verified(),
        verify_again: identity::again_by(state, employee).await?,
        department: department::of(state, employee).await?,
        consents,
        earlier,
        devices: devices(state, employee, &enterprise).await?,
        requests: own_requests(state, employee, &enterprise).await?,
        copy: if text { Some(copy::text(state, employee, &enterprise, language).await?) } else { None },
        posted,
        enterprise: enterprise.id,
        enterprise_name: enterprise.name,
    })
}

/// The devices that stand for an employee now.
async fn devices(state: &AppState, employee: &Employee, enterprise: &Enterprise) -> Result<Vec<DeviceLine>, StoreError> {
    let live = data::devices(state, employee).await?.into_iter().filter(|device| device.ended_at.is_none());
    let shown = |device: OwnDevice| DeviceLine {
        made_at: enterprise.local_time(device.made_at),
        id: device.id,
        level: device.level,
        here: device.here,
    };
    Ok(live.map(shown).collect())
}

/// The last of each kind, and of the others one for each version.
fn consents(rows: Vec<ConsentRow>, enterprise: &Enterprise, language: Language) -> (Vec<ConsentView>, Vec<ConsentView>) {
    let (mut last, mut earlier, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for row in rows {
        let first_of_kind = !last.iter().any(|known: &ConsentView| known.kind == row.kind);
        if seen.insert((row.kind == ConsentKind::Notice, row.version)) {
            let place = if first_of_kind { &mut last } else { &mut earlier };
            place.push(consent_view(&row, enterprise, language));
        }
    }
    last.sort_by_key(|view| view.kind != ConsentKind::Notice);
    (last, earlier)
}

/// What was agreed to, in the words of that version.
pub fn consent_view(row: &ConsentRow, enterprise: &Enterprise, language: Language) -> ConsentView {
    let notice = Notice::version(row.version);
    let text = notice.as_ref().map(|notice| {
        let words = notice.words(language);
        words.paragraphs(&enterprise.name).into_iter().chain([words.consent(row.kind).to_owned()]).collect()
    });
    ConsentView {
        kind: row.kind,
        version: row.version,
        given_at: enterprise.local_time(row.given_at),
        withdrawn_at: row.withdrawn_at.map(|at| enterprise.local_time(at)),
        text: text.unwrap_or_default(),
    }
}

/// An employee's own requests, the last first.
pub async fn own_requests(state: &AppState, employee: &Employee, enterprise: &Enterprise) -> Result<Vec<OwnRequest>, StoreError> {
    let rows = store::request_list_own(&state.db, employee).await?;
    let keys = keys_for(state, enterprise.id, &rows).await?;
    rows.iter().map(|row| opened(&keys, enterprise, row)).collect()
}

async fn keys_for(state: &AppState, enterprise: EnterpriseId, rows: &[RequestRow]) -> Result<std::sync::Arc<TenantKeys>, StoreError> {
    let newest = newest_version(rows.iter().flat_map(|row| std::iter::once(&row.note).chain(&row.reason)));
    state.vault.keys_for(&state.db, enterprise, newest).await
}

fn opened(keys: &TenantKeys, enterprise: &Enterprise, row: &RequestRow) -> Result<OwnRequest, StoreError> {
    let id = row.id.as_bytes();
    let note = keys.open(note_cell(id), &row.note)?;
    let reason = row.reason.as_deref().map(|reason| keys.open(reason_cell(id), reason)).transpose()?;
    let text = |plain: &[u8]| String::from_utf8_lossy(plain).into_owned();
    let day = |at: Moment| enterprise.local_time(at).split(' ').next().unwrap_or_default().to_owned();
    Ok(OwnRequest {
        kind: row.kind,
        state: row.state,
        note: text(&note),
        at: enterprise.local_time(row.created_at),
        due: day(due(row)),
        settled_at: row.settled_at.map(|at| enterprise.local_time(at)),
        reason: reason.map(|reason| text(&reason)),
    })
}

const fn due(row: &RequestRow) -> Moment {
    row.created_at.plus_secs(DUE_DAYS * DAY_SECS)
}

/// Withdraws one consent.
pub async fn withdraw(state: &AppState, employee: &Employee, kind: ConsentKind) -> Result<(), Problem> {
    data::withdraw(state, employee, kind).await.map_err(problem)
}

/// Corrects name and telephone.
pub async fn correct(state: &AppState, employee: &Employee, name: &str, phone: &str) -> Result<(), Problem> {
    let name = Person::parse_name(name).map_err(|_| Problem::Name)?;
    let phone = Phone::parse(phone).map_err(|_| Problem::Phone)?;
    data::correct(state, employee, name, phone).await.map_err(problem)
}

/// Ends another device of the employee.
pub async fn end_device(state: &AppState, employee: &Employee, id: &str) -> Result<(), Problem> {
    let ended = data::end_device(state, employee, id).await.map_err(problem)?;
    if ended { Ok(()) } else { Err(Problem::Other(AppError::NotFound)) }
}

/// Ends every device of the employee but the one that asks.
pub async fn end_other_devices(state: &AppState, employee: &Employee) -> Result<(), Problem> {
    data::end_other_devices(state, employee).await.map_err(problem)
}

/// Keeps a request for the representative. A deletion needs no reason.
pub async fn ask(state: &AppState, employee: &Employee, kind: RequestKind, note: &str) -> Result<(), Problem> {
    let note = match parse_note(note) {
        Ok(note) => note,
        Err(super::model::NoteProblem::Empty) if kind == RequestKind::Deletion => String::new(),
        Err(why) => return Err(Problem::Note(why)),
    };
    let keys = state.vault.keys(&state.db, employee.tenant().id()).await.map_err(problem)?;
    let id = random::uuid();
    let sealed = keys.seal(note_cell(id.as_bytes()), note.as_bytes());
    let entry = Entry::by_employee(keys, employee.id(), state.clock.now(), Action::AskRequest);
    let kept = store::request_insert(&state.db, employee, id, kind, &sealed, &entry).await.map_err(problem)?;
    if kept { Ok(()) } else { Err(Problem::Often) }
}

fn problem(error: StoreError) -> Problem {
    Problem::Other(error.into())
}

/// How many requests wait for this visitor, if it is theirs to settle them.
pub async fn open_count(visit: &Visit, enterprise: EnterpriseId) -> Result<u32> {
    match caller::scope(visit, enterprise, Permission::Requests).await {
        Ok(scope) => Ok(u32::try_from(store::request_count_open(&visit.state.db, scope.tenant()).await?).unwrap_or(u32::MAX)),
        Err(AppError::NotFound) => Ok(0),
        Err(error) => Err(error),
    }
}

/// The requests of an enterprise.
pub async fn requests(visit: &Visit, scope: &Scope, posted: Option<Refusal>) -> Result<RequestsView> {
    may_settle(scope)?;
    let state = &visit.state;
    let enterprise = registry::load(state, scope.tenant()).await?;
    let open = store::request_list_open(&state.db, scope.tenant(), SHOWN).await?;
    let count = store::request_count_open(&state.db, scope.tenant()).await?;
    let more = u32::try_from(count).unwrap_or(u32::MAX).saturating_sub(u32::try_from(open.len()).unwrap_or(u32::MAX));
    let settled = store::request_list_settled(&state.db, scope.tenant(), SHOWN).await?;
    Ok(RequestsView {
        enterprise: enterprise.id,
        open: lines(state, scope, &enterprise, open).await?,
        more,
        settled: lines(state, scope, &enterprise, settled).await?,
        posted,
        by_passkey: step_up::by_passkey(visit, scope.viewer()).await?,
        providers: own::providers(visit, scope.viewer()).await?,
    })
}

async fn lines(state: &AppState, scope: &Scope, enterprise: &Enterprise, rows: Vec<RequestRow>) -> Result<Vec<RequestLine>, StoreError> {
    let keys = keys_for(state, enterprise.id, &rows).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let name = state.censuses.name(&Sight::of(scope), row.employee_id).await?;
        let (name, to_verify) = name.unwrap_or_default();
        let reach = reach(state, scope, &row).await?;
        lines.push(RequestLine {
            id: row.id.simple().to_string(),
            employee: row.employee_id,
            name,
            to_verify,
            verified: reach.verified,
            others: reach.others,
            overdue: row.state == RequestState::New && due(&row) < state.clock.now(),
            request: opened(&keys, enterprise, &row)?,
        });
    }
    Ok(lines)
}

/// What a deletion that is open would reach; nothing else reaches anyone.
async fn reach(state: &AppState, scope: &Scope, row: &RequestRow) -> Result<Reach, StoreError> {
    if row.kind == RequestKind::Deletion && row.state == RequestState::New {
        data::reach(state, scope, row.employee_id).await
    } else {
        Ok(Reach { verified: false, others: 0 })
    }
}

fn may_settle(scope: &Scope) -> Result<()> {
    if scope.permission() == Permission::Requests { Ok(()) } else { Err(AppError::NotFound) }
}

async fn find(state: &AppState, scope: &Scope, request: &str) -> Result<RequestRow> {
    may_settle(scope)?;
    let id = Uuid::try_parse(request).map_err(|_| AppError::NotFound)?;
    store::request_find_open(&state.db, scope.tenant(), id).await?.ok_or(AppError::NotFound)
}

/// Says that a correction was made. A deletion is done by deleting.
pub async fn settle(state: &AppState, scope: &Scope, request: &str) -> Result<()> {
    let row = find(state, scope, request).await?;
    if row.kind == RequestKind::Deletion {
        return Err(AppError::NotFound);
    }
    close(state, scope, &row, RequestState::Done, None).await
}

/// Refuses a request, for a reason that the employee reads.
pub async fn refuse(state: &AppState, scope: &Scope, request: &str, reason: &str) -> Result<Result<(), Problem>> {
    let row = find(state, scope, request).await?;
    match parse_note(reason) {
        Ok(reason) => Ok(Ok(close(state, scope, &row, RequestState::Refused, Some(&reason)).await?)),
        Err(why) => Ok(Err(Problem::Note(why))),
    }
}

async fn close(state: &AppState, scope: &Scope, row: &RequestRow, to: RequestState, reason: Option<&str>) -> Result<()> {
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let sealed = reason.map(|reason| keys.seal(reason_cell(row.id.as_bytes()), reason.as_bytes()));
    let action = if to == RequestState::Done { Action::SettleRequest } else { Action::RefuseRequest };
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), action).on(row.employee_id.0);
    let settled = store::request_settle(&state.db, scope.tenant(), row.id, to, sealed.as_deref(), &entry).await?;
    if settled { Ok(()) } else { Err(AppError::NotFound) }
}

/// Deletes who asked for it. What the enterprise's audit says of them stays, without a name.
pub async fn delete(visit: &Visit, scope: Scope, request: &str, ticket: &str, credential: &str) -> Result<()> {
    let row = find(&visit.state, &scope, request).await?;
    if row.kind != RequestKind::Deletion {
        return Err(AppError::NotFound);
    }
    let intent = Intent::DeletePerson(row.employee_id.to_string());
    let proof = step_up::finish(visit, scope.viewer().clone(), &intent, ticket, credential).await?;
    if data::delete(&visit.state, &scope, row.id, row.employee_id, &proof).await? { Ok(()) } else { Err(AppError::NotFound) }
}

//! What the server functions of this room answer, put together from callers, the store and other rooms.

use std::collections::HashMap;

use leptos::prelude::use_context;
use uuid::Uuid;

use super::{
    model::{
        Access, Asking, CHANGE_FIELD, Chosen, Ending, GrantLine, GrantView, HOURS, InvitationLine, Kept, Made, ManagersView, PastLine,
        Permissions, RequestLine, TICKED, Terms, TermsProblem,
    },
    store::{self, GrantRow, Granted, Linked, NewGrant, RequestRow},
};
use crate::{
    account::{
        caller::{Permission, Scope},
        model::{Intent, Level, Phone},
        own,
        representative::{self, Appointment, Enrolment, ViewerRow},
        step_up,
        token::Token,
    },
    audit::{entry::Entry, model::Action},
    enterprise::{department, model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    form,
    id::{DepartmentId, EnterpriseId},
    link,
    period::Moment,
    random,
    state::{AppState, Visit},
    ui::tr,
    vault::newest_version,
};

const DAY_SECS: i64 = 24 * 60 * 60;
/// So long a grant that is over is still shown.
const PAST_DAYS: i64 = 30;

/// A link that was made by the form that was posted, or why it was not.
#[derive(Clone)]
pub struct MadeNow(pub Result<Made>);

fn manages(scope: &Scope) -> Result<()> {
    if scope.permission() == Permission::Managers && !scope.is_lent() { Ok(()) } else { Err(AppError::NotFound) }
}

/// The departments of the enterprise: those that a grant can be confined to, with their names. Where there are none, nobody is asked.
async fn departments(state: &AppState, scope: &Scope) -> Result<Vec<(DepartmentId, String)>> {
    let departments = department::list(state, scope.tenant()).await?;
    Ok(departments.into_iter().map(|department| (department.id, department.name)).collect())
}

async fn entry(state: &AppState, scope: &Scope, action: Action) -> Result<Entry> {
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    Ok(Entry::by_viewer(keys, scope, state.clock.now(), action))
}

// ---- the list ----------------------------------------------------------------------------

pub async fn managers(visit: &Visit, scope: &Scope) -> Result<ManagersView> {
    manages(scope)?;
    let (state, now) = (&visit.state, visit.state.clock.now());
    let enterprise = registry::load(state, scope.tenant()).await?;
    let rows = store::grant_list(&state.db, scope, now.plus_secs(-PAST_DAYS * DAY_SECS)).await?;
    let (live, over): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.vouched && row.ended_at.is_none() && row.expires_at > now);
    let (made, error) = match use_context::<MadeNow>() {
        Some(MadeNow(Ok(made))) => (Some(made), None),
        Some(MadeNow(Err(error))) => (None, Some(error)),
        None => (None, None),
    };
    let invitations = store::invitation_list(&state.db, scope, now).await?.into_iter().map(|row| InvitationLine {
        id: row.id,
        at: enterprise.local_time(row.created_at),
        until: enterprise.local_time(row.expires_at),
    });
    Ok(ManagersView {
        enterprise: enterprise.id,
        invitations: invitations.collect(),
        requests: requests(state, scope, &enterprise).await?,
        grants: live_lines(state, scope, &enterprise, live).await?,
        past: past_lines(state, &enterprise, over).await?,
        made,
        error,
        name: enterprise.name,
    })
}

async fn requests(state: &AppState, scope: &Scope, enterprise: &Enterprise) -> Result<Vec<RequestLine>> {
    let rows = store::request_list(&state.db, scope).await?;
    let keys = state.vault.keys_for(&state.db, enterprise.id, newest_version(rows.iter().map(|row| &row.content))).await?;
    let line = |row: RequestRow| Ok(request_line(enterprise, Asking::open(&keys, &row).map_err(StoreError::from)?, &row));
    rows.into_iter().map(line).collect()
}

fn request_line(enterprise: &Enterprise, asking: Asking, row: &RequestRow) -> RequestLine {
    let Asking { person, reason } = asking;
    RequestLine {
        id: row.id,
        kind: person.document.kind,
        document: person.document.masked(),
        phone: person.phone.as_ref().map(Phone::masked),
        name: person.name,
        reason,
        level: row.level,
        at: enterprise.local_time(row.created_at),
        invited_at: enterprise.local_time(row.invited_at),
    }
}

async fn live_lines(state: &AppState, scope: &Scope, enterprise: &Enterprise, rows: Vec<GrantRow>) -> Result<Vec<GrantLine>> {
    let names: HashMap<DepartmentId, String> = departments(state, scope).await?.into_iter().collect();
    let confined = store::grant_departments(&state.db, scope).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let own = confined.iter().filter(|(grant, _)| *grant == row.id);
        let own = own.map(|(_, id)| names.get(id).map_or_else(|| tr!(delegation.gone_department).to_owned(), Clone::clone));
        let permissions = Permissions::parse(&row.permissions).ok_or(StoreError::Row { table: "manager_grant", column: "permissions" })?;
        lines.push(GrantLine {
            id: row.id,
            name: name(state, &row).await?,
            permissions: permissions.lent().collect(),
            departments: row.confined.then(|| own.collect()),
            since: enterprise.local_time(row.created_at),
            until: enterprise.local_time(row.expires_at),
            seen_at: row.seen_at.map(|seen| enterprise.local_day(seen)),
            access: match (row.own_account, row.has_passkey) {
                (false, _) => Access::Provider,
                (true, true) => Access::Passkey,
                (true, false) => Access::Link,
            },
        });
    }
    Ok(lines)
}

async fn past_lines(state: &AppState, enterprise: &Enterprise, rows: Vec<GrantRow>) -> Result<Vec<PastLine>> {
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        lines.push(PastLine {
            name: name(state, &row).await?,
            since: enterprise.local_time(row.created_at),
            ended_at: enterprise.local_time(row.ended_at.unwrap_or(row.expires_at)),
            ending: row.ending.unwrap_or(if row.vouched { Ending::Expired } else { Ending::Dismissed }),
        });
    }
    Ok(lines)
}

async fn name(state: &AppState, row: &GrantRow) -> Result<String, StoreError> {
    Ok(representative::name(state, row.viewer_id).await?.unwrap_or_default())
}

// ---- links that are shown once -----------------------------------------------------------

/// Makes an invitation for so many hours.
pub async fn invite(visit: &Visit, scope: &Scope, hours: &str) -> Result<Made> {
    manages(scope)?;
    let hours = HOURS.into_iter().find(|known| known.to_string() == hours).ok_or(AppError::BadRequest)?;
    let state = &visit.state;
    let Some((token, until)) = invite_for(state, scope, hours).await? else { return Ok(Made::Enough) };
    let enterprise = registry::load(state, scope.tenant()).await?;
    let link = state.public_url.link(&link::join(enterprise.id, &token.text()));
    Ok(Made::Invitation { link, until: enterprise.local_time(until) })
}

pub(super) async fn invite_for(state: &AppState, scope: &Scope, hours: i64) -> Result<Option<(Token, Moment)>> {
    let (token, id) = (Token::new(), random::uuid());
    let entry = entry(state, scope, Action::InviteManager).await?.on(id);
    let until = entry.at.plus_secs(hours * 3600);
    let kept = store::invitation_insert(&state.db, scope, id, token.hash(), until, &entry).await?;
    Ok(kept.then_some((token, until)))
}

/// Makes a one-time link for a manager who has no way in yet. Who has a passkey and lost its device is given the leave anew: then it
/// is the representative's verified word that it is still they.
pub async fn enrol(visit: &Visit, scope: &Scope, grant: Uuid) -> Result<Made> {
    manages(scope)?;
    let state = &visit.state;
    let entry = entry(state, scope, Action::LinkManager).await?;
    let (token, enrolment) = Enrolment::new(entry.at);
    let name = async |viewer| representative::name(state, viewer).await.map(Option::unwrap_or_default);
    Ok(match store::grant_enrol(&state.db, scope, grant, &enrolment, entry).await? {
        Linked::NoGrant => return Err(AppError::NotFound),
        Linked::HasPasskey(viewer) => Made::HasPasskey(name(viewer).await?),
        Linked::Enough(viewer, first) => {
            let until = registry::load(state, scope.tenant()).await?.local_time(first.plus_secs(DAY_SECS));
            Made::EnoughLinks { name: name(viewer).await?, until }
        }
        Linked::Made(viewer) => {
            let link = state.public_url.link(&format!("{}#{}", link::ENROL, token.text()));
            Made::Enrolment { link, name: name(viewer).await? }
        }
    })
}

pub async fn end_invitation(visit: &Visit, scope: &Scope, id: Uuid) -> Result<()> {
    manages(scope)?;
    let entry = entry(&visit.state, scope, Action::EndManagerInvitation).await?.on(id);
    found(store::invitation_end(&visit.state.db, scope, id, &entry).await?)
}

// ---- from a request to a grant, and its end ----------------------------------------------

/// A request, and what the address has chosen for it.
pub async fn grant_view(visit: &Visit, scope: &Scope, request: Uuid, query: &str) -> Result<GrantView> {
    manages(scope)?;
    let state = &visit.state;
    let enterprise = registry::load(state, scope.tenant()).await?;
    let (asking, row) = open(state, scope, request).await?;
    let departments = departments(state, scope).await?;
    let values = form::read(query.trim_start_matches('?').as_bytes()).unwrap_or_else(|garbled| garbled);
    let kept = Kept::read(&values);
    let (chosen, problem) = match terms(enterprise.id, request, query, &departments) {
        _ if values.has(CHANGE_FIELD, TICKED) => (None, None),
        None => (None, None),
        Some(Ok(terms)) => (Some(chosen(visit, scope, &enterprise, &terms).await?), None),
        Some(Err(problem)) => (None, Some(problem)),
    };
    let request = request_line(&enterprise, asking, &row);
    Ok(GrantView { enterprise: enterprise.id, enterprise_name: enterprise.name, request, departments, problem, chosen, kept })
}

/// What a query has chosen; nothing where it is empty.
fn terms(
    enterprise: EnterpriseId,
    request: Uuid,
    query: &str,
    departments: &[(DepartmentId, String)],
) -> Option<Result<Terms, TermsProblem>> {
    let query = query.trim_start_matches('?');
    if query.is_empty() {
        return None;
    }
    let values = form::read(query.as_bytes()).unwrap_or_else(|garbled| garbled);
    Some(Terms::read(enterprise, request, &values, departments))
}

async fn chosen(visit: &Visit, scope: &Scope, enterprise: &Enterprise, terms: &Terms) -> Result<Chosen> {
    Ok(Chosen {
        permissions: terms.permissions.lent().collect(),
        departments: terms.departments.clone(),
        days: terms.days,
        until: enterprise.local_time(until(visit.state.clock.now(), terms)),
        query: terms.query(),
        intent: Intent::GrantManager(terms.to_string()).to_string(),
        by_passkey: step_up::by_passkey(visit, scope.viewer()).await?,
        providers: own::providers(visit, scope.viewer()).await?,
    })
}

fn until(now: Moment, terms: &Terms) -> Moment {
    now.plus_secs(i64::from(terms.days) * DAY_SECS)
}

async fn open(state: &AppState, scope: &Scope, request: Uuid) -> Result<(Asking, RequestRow)> {
    let row = store::request_find(&state.db, scope, request).await?.ok_or(AppError::NotFound)?;
    let keys = state.vault.keys_for(&state.db, scope.tenant().id(), newest_version([&row.content])).await?;
    Ok((Asking::open(&keys, &row).map_err(StoreError::from)?, row))
}

/// Grants what a request was for, on the terms of `query`, by whoever verified themselves for exactly these.
pub async fn grant(visit: &Visit, scope: &Scope, request: Uuid, query: &str, ticket: &str, credential: &str) -> Result<()> {
    manages(scope)?;
    let (state, enterprise) = (&visit.state, scope.tenant().id());
    let departments = departments(state, scope).await?;
    let terms = terms(enterprise, request, query, &departments).and_then(Result::ok).ok_or(AppError::BadRequest)?;
    let (asking, row) = open(state, scope, request).await?;
    let intent = Intent::GrantManager(terms.to_string());
    let step_up = step_up::finish(visit, scope.viewer().clone(), &intent, ticket, credential).await?;
    let system = state.vault.keys(&state.db, EnterpriseId::SYSTEM).await?;
    let account = match row.level {
        Level::Face => Appointment::new(&system, &asking.person),
        Level::Claimed | Level::Passkey | Level::Tablet => Appointment::within(&system, enterprise, &asking.person),
    };
    let system = representative::keys_knowing(&state.db, &state.vault, &account).await?;
    let entry = entry(state, scope, Action::GrantManager).await?;
    let expires_at = until(entry.at, &terms);
    let new = NewGrant { id: random::uuid(), request, account, permissions: terms.permissions, departments: terms.departments, expires_at };
    let is_meant = |known: &ViewerRow| representative::has_name(&system, known, &asking.person);
    match store::grant_insert(&state.db, &step_up, scope, &new, entry, is_meant).await? {
        Granted::Yes => Ok(()),
        Granted::NoRequest => Err(AppError::NotFound),
        Granted::AnotherPerson => Err(AppError::NameDiffers),
        Granted::Representative => Err(AppError::IdentityTaken),
    }
}

pub async fn decline(visit: &Visit, scope: &Scope, request: Uuid) -> Result<()> {
    manages(scope)?;
    let entry = entry(&visit.state, scope, Action::DeclineManager).await?.on(request);
    found(store::request_decline(&visit.state.db, scope, request, &entry).await?)
}

pub async fn revoke(visit: &Visit, scope: &Scope, grant: Uuid) -> Result<()> {
    manages(scope)?;
    let entry = entry(&visit.state, scope, Action::RevokeManager).await?;
    found(store::grant_revoke(&visit.state.db, scope.tenant(), grant, entry).await?)
}

fn found(found: bool) -> Result<()> {
    if found { Ok(()) } else { Err(AppError::NotFound) }
}

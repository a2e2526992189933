//! Entries in the words of whoever reads them.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    model::{ABOUT_EMPLOYEES, Action, ActorKind, AuditView, EntryLine, Look, Looked, ON_MANAGERS},
    store::{self, EntryRow},
};
use crate::{
    account::{
        caller::{Employee, Permission, Scope, Viewer},
        representative,
    },
    census::Sight,
    enterprise::{choice, model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    id::EmployeeId,
    language::Language,
    period::Moment,
    state::AppState,
};

const PAGE: u16 = 50;

/// A page of an enterprise's entries, newest first.
pub async fn page(state: &AppState, scope: &Scope, before: Option<i64>, language: Language) -> Result<AuditView> {
    if scope.permission() != Permission::Audit {
        return Err(AppError::NotFound);
    }
    let enterprise = registry::load(state, scope.tenant()).await?;
    // One more than is shown: older ones are offered where one is kept.
    let mut rows = store::audit_page(&state.db, scope.tenant(), before.unwrap_or(i64::MAX), i64::from(PAGE) + 1).await?;
    let more = rows.len() > usize::from(PAGE);
    rows.truncate(usize::from(PAGE));
    let older = rows.last().map(|row| row.number).filter(|_| more);
    let mut names = Names::new(state);
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let employee = match row.object_id.filter(|_| ABOUT_EMPLOYEES.contains(&row.action)) {
            Some(id) => names.employee(scope, EmployeeId(id)).await?,
            None => None,
        };
        let manager = match row.object_id.filter(|_| ON_MANAGERS.contains(&row.action)) {
            Some(id) => names.viewer(id).await?,
            None => None,
        };
        let questionnaires = match row.object_id.filter(|_| row.action == Action::ChooseQuestionnaire) {
            Some(id) => choice::titles(state, scope.tenant(), id, language).await?,
            None => None,
        };
        let actor_name = match row.actor_id.filter(|_| row.actor == ActorKind::Employee) {
            Some(id) => names.employee(scope, EmployeeId(id)).await?.map(|(_, name)| name),
            None => names.actor(&row).await?,
        };
        let EntryRow { number, actor, action, .. } = row;
        entries.push(EntryLine { number, at: enterprise.local_time(row.at), actor, actor_name, action, employee, manager, questionnaires });
    }
    Ok(AuditView { enterprise: enterprise.id, entries, older })
}

/// Who saw this employee's details, and who made files that may hold them; newest first.
pub async fn looks(state: &AppState, employee: &Employee, enterprise: &Enterprise, most: i64) -> Result<Vec<Look>, StoreError> {
    let (tenant, id) = (employee.tenant(), employee.id());
    let mut rows = store::audit_looks(&state.db, tenant, id, most).await?;
    rows.extend(store::audit_exports(&state.db, tenant, id, most).await?);
    rows.sort_by_key(|row| std::cmp::Reverse(row.number));
    rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    let mut names = Names::new(state);
    let mut looks = Vec::new();
    for row in rows {
        let actor_name = names.actor(&row).await?;
        let what = match row.action {
            Action::ViewNumbers => Looked::Numbers,
            Action::DeclareOnBehalf => Looked::OnBehalf,
            Action::ExportPeople | Action::ExportDeclarations => Looked::Export,
            _ => Looked::Details,
        };
        looks.push(Look { at: enterprise.local_time(row.at), actor: row.actor, actor_name, what });
    }
    Ok(looks)
}

/// What a viewer did that belongs to no enterprise, and where somebody was refused as them, newest first. It is theirs alone to read.
pub async fn own(state: &AppState, viewer: &Viewer) -> Result<Vec<(Moment, Action)>, StoreError> {
    let rows = store::audit_own(&state.db, viewer, i64::from(PAGE)).await?;
    Ok(rows.into_iter().map(|row| (row.at, row.action)).collect())
}

/// Names that were looked up for this answer, each once.
struct Names<'a> {
    state: &'a AppState,
    actors: HashMap<Uuid, Option<String>>,
    employees: HashMap<EmployeeId, Option<String>>,
}

impl<'a> Names<'a> {
    fn new(state: &'a AppState) -> Self {
        Self { state, actors: HashMap::new(), employees: HashMap::new() }
    }

    async fn actor(&mut self, row: &EntryRow) -> Result<Option<String>, StoreError> {
        let signs_in = matches!(row.actor, ActorKind::Representative | ActorKind::Manager | ActorKind::Viewer);
        match row.actor_id.filter(|_| signs_in) {
            Some(id) => self.viewer(id).await,
            None => Ok(None),
        }
    }

    /// Someone who signs in.
    async fn viewer(&mut self, id: Uuid) -> Result<Option<String>, StoreError> {
        if let Some(known) = self.actors.get(&id) {
            return Ok(known.clone());
        }
        let name = representative::name(self.state, id).await?;
        self.actors.insert(id, name.clone());
        Ok(name)
    }

    async fn employee(&mut self, scope: &Scope, id: EmployeeId) -> Result<Option<(EmployeeId, String)>, StoreError> {
        if let Some(known) = self.employees.get(&id) {
            return Ok(known.clone().map(|name| (id, name)));
        }
        let name = self.state.censuses.name(&Sight::of(scope), id).await?.map(|(name, _)| name);
        self.employees.insert(id, name.clone());
        Ok(name.map(|name| (id, name)))
    }
}

//! What is asked and changed about departments.

use leptos::prelude::use_context;

use super::{
    model::{self, Change, Department, DepartmentsView, Line, NameProblem, Posted, Problem, field},
    store,
};
use crate::{
    account::caller::{Permission, Scope, Tenant},
    audit::{entry::Entry, model::Action},
    census::Sight,
    error::{AppError, Result, StoreError},
    form,
    id::DepartmentId,
    state::AppState,
};

/// The departments of an enterprise, the oldest first.
pub async fn list(state: &AppState, tenant: Tenant) -> Result<Vec<Department>, StoreError> {
    store::department_list(&state.db, tenant).await
}

/// The page; what was posted and refused stands in it again.
pub async fn page(state: &AppState, scope: &Scope, query: &str) -> Result<DepartmentsView> {
    let departments = list(state, scope.tenant()).await?;
    let people = state.censuses.departments(&Sight::of(scope)).await?;
    let of = |department| people.get(&department).copied().unwrap_or(0);
    let posted = use_context::<Posted>().unwrap_or_default();
    let asked = form::read(query.trim_start_matches('?').as_bytes()).map_err(|_| AppError::BadRequest)?;
    let open = posted.changed.as_ref().map(|(department, _)| *department).or_else(|| asked.one(field::OPEN).parse().ok());
    let open = open.filter(|open| departments.iter().any(|department| department.id == *open));
    let lines = departments.into_iter().map(|department| Line { people: of(Some(department.id)), department });
    Ok(DepartmentsView { enterprise: scope.tenant().id(), without: of(None), departments: lines.collect(), open, posted })
}

/// Makes a change, or says what is wrong with it.
pub async fn change(state: &AppState, scope: &Scope, change: Change) -> Result<Result<(), Vec<Problem>>> {
    match change {
        Change::Add(text) => match model::names(&text) {
            Ok(names) => Ok(add_all(state, scope, &names).await?.map(drop)),
            Err(problems) => Ok(Err(problems)),
        },
        Change::Rename(department, text) => match model::name(&text) {
            Ok(name) => rename(state, scope, department, &name).await,
            Err(problem) => Ok(Err(vec![Problem::Rename(problem)])),
        },
        Change::Remove { confirmed: false, .. } => Ok(Err(vec![Problem::Unconfirmed])),
        Change::Remove { department, .. } => {
            let entry = entry(state, scope, Action::RemoveDepartment).await?.on(department.object());
            let ended = store::department_end(&state.db, scope.tenant(), department, &entry).await?;
            if ended { Ok(Ok(())) } else { Err(AppError::NotFound) }
        }
    }
}

/// Adds departments, in this order: all of them, or none.
async fn add_all(state: &AppState, scope: &Scope, names: &[String]) -> Result<Result<Vec<DepartmentId>, Vec<Problem>>> {
    let entry = entry(state, scope, Action::AddDepartment).await?;
    Ok(store::department_insert_all(&state.db, scope.tenant(), names, &entry).await?)
}

/// The same, by the operator: for demo data.
pub async fn add_by_operator(state: &AppState, tenant: Tenant, names: &[String]) -> Result<Vec<DepartmentId>, StoreError> {
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    let entry = Entry::by_operator(keys, state.clock.now(), Action::AddDepartment);
    let added = store::department_insert_all(&state.db, tenant, names, &entry).await?;
    added.map_err(|_| StoreError::Row { table: "department", column: "name" })
}

async fn rename(state: &AppState, scope: &Scope, department: DepartmentId, name: &str) -> Result<Result<(), Vec<Problem>>> {
    let entry = entry(state, scope, Action::RenameDepartment).await?.on(department.object());
    match store::department_rename(&state.db, scope.tenant(), department, name, &entry).await? {
        Some(true) => Ok(Ok(())),
        Some(false) => Ok(Err(vec![Problem::Rename(NameProblem::Known)])),
        None => Err(AppError::NotFound),
    }
}

async fn entry(state: &AppState, scope: &Scope, action: Action) -> Result<Entry> {
    if scope.permission() != Permission::Departments {
        return Err(AppError::NotFound);
    }
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    Ok(Entry::by_viewer(keys, scope, state.clock.now(), action))
}

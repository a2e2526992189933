//! What the pages ask. Each takes the page's own query, so that a link, a form and a refresh ask alike.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    super::answer,
    crate::{
        account::{
            caller::{self, Permission},
            standing,
        },
        error::AppError,
        link, rights,
        state::Visit,
        ui::language,
    },
};

use super::view::{PeopleView, PersonView, StatisticsView};
use crate::{
    error::Result,
    id::{EmployeeId, EnterpriseId},
    wire::{Packed, Wire},
};

/// The statistics of an enterprise under a filter.
#[server(prefix = "/api", endpoint = "statistics", protocol = Wire)]
pub async fn statistics(enterprise: String, query: String) -> Result<Packed<StatisticsView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Statistics).await?;
    let requests = rights::answer::open_count(&visit, enterprise).await?;
    Ok(Packed::of(&answer::statistics(&visit.state, &scope, &query, language(), requests).await?))
}

/// One page of the people of a filter.
#[server(prefix = "/api", endpoint = "people", protocol = Wire)]
pub async fn people(enterprise: String, query: String) -> Result<Packed<PeopleView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    Ok(Packed::of(&answer::people(&visit.state, &scope, &query, language()).await?))
}

/// The representative has checked who an employee is, of those who gave one document.
#[server(prefix = "/api", endpoint = "confirm-person", protocol = Wire)]
pub async fn confirm_person(enterprise: EnterpriseId, employee: EmployeeId) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let scope = caller::scope(&visit, enterprise, Permission::Departments).await?;
    standing::confirm(&visit.state, &scope, employee).await?;
    leptos_axum::redirect(&link::person(enterprise, employee));
    Ok(Packed::of(&()))
}

/// One person: a declaration in full, and the list of all.
#[server(prefix = "/api", endpoint = "person", protocol = Wire)]
pub async fn person(enterprise: String, employee: String, query: String) -> Result<Packed<PersonView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    let employee = employee.parse().map_err(|_| AppError::NotFound)?;
    visit.state.limits.look(scope.viewer().id())?;
    let may_move = caller::scope(&visit, enterprise, Permission::Departments).await.is_ok();
    let numbers = use_context::<super::Numbers>().is_some();
    Ok(Packed::of(&answer::person(&visit.state, &scope, employee, &query, may_move, language(), numbers).await?))
}

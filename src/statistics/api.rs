//! What the pages ask. Each takes the page's own query, so that a link, a form and a refresh ask alike.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    super::answer,
    crate::{
        account::caller::{self, Permission},
        error::AppError,
        rights,
        state::Visit,
        ui::language,
    },
};

use super::view::{PeopleView, PersonView, StatisticsView};
use crate::{
    error::Result,
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

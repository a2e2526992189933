//! What the pages ask. Each takes the page's own query, so that a link, a form and a refresh ask alike.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    super::answer,
    crate::{
        account::caller::{self, Permission},
        error::AppError,
        state::Visit,
        ui::language,
    },
};

use super::view::{PeopleView, PersonView, StatisticsView};
use crate::error::Result;

/// The statistics of an enterprise under a filter.
#[server(prefix = "/api", endpoint = "statistics")]
pub async fn statistics(enterprise: String, query: String) -> Result<StatisticsView> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Statistics).await?;
    answer::statistics(&visit.state, &scope, &query, language()).await
}

/// One page of the people of a filter.
#[server(prefix = "/api", endpoint = "people")]
pub async fn people(enterprise: String, query: String) -> Result<PeopleView> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    answer::people(&visit.state, &scope, &query, language()).await
}

/// One person: a declaration in full, and the list of all.
#[server(prefix = "/api", endpoint = "person")]
pub async fn person(enterprise: String, employee: String, query: String) -> Result<PersonView> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    let employee = employee.parse().map_err(|_| AppError::NotFound)?;
    answer::person(&visit.state, &scope, employee, &query, language()).await
}

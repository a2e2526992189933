//! What the pages ask about departments. Their own page changes them by plain forms: see `post`.

use leptos::prelude::*;

use super::model::DepartmentsView;
#[cfg(feature = "ssr")]
use super::{answer, model::NONE};
#[cfg(feature = "ssr")]
use crate::{
    account::{
        caller::{self, Permission},
        department,
    },
    error::AppError,
    link,
    state::Visit,
};
use crate::{
    error::Result,
    id::{EmployeeId, EnterpriseId},
    wire::{Packed, Wire},
};

/// The departments of an enterprise.
#[server(prefix = "/api", endpoint = "departments", protocol = Wire)]
pub async fn departments(enterprise: String, query: String) -> Result<Packed<DepartmentsView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Departments).await?;
    Ok(Packed::of(&answer::page(&visit.state, &scope, &query).await?))
}

/// Puts an employee into a department, or into none; goes on to `next`, where it is a path of this site.
#[server(prefix = "/api", endpoint = "set-department", protocol = Wire)]
pub async fn set_department(
    enterprise: EnterpriseId,
    employee: EmployeeId,
    department: String,
    #[server(default)] next: String,
) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let scope = caller::scope(&visit, enterprise, Permission::Departments).await?;
    let wanted = if department == NONE { None } else { Some(department.parse().map_err(|_| AppError::BadRequest)?) };
    department::set(&visit.state, &scope, employee, wanted).await?;
    let page = link::person(enterprise, employee);
    leptos_axum::redirect(if link::is_local(&next) { &next } else { &page });
    Ok(Packed::of(&()))
}

//! To which department an employee belongs: the representative's word, once the employee has chosen.

pub use super::store::{DEPARTMENT_COUNT, DEPARTMENT_LEAVE};
use super::{
    caller::{Employee, Permission, Scope},
    store,
};
use crate::{
    audit::{entry::Entry, model::Action},
    enterprise::department as departments,
    error::{AppError, Result, StoreError},
    id::{DepartmentId, EmployeeId},
    state::AppState,
};

/// The name of an employee's own department.
pub async fn of(state: &AppState, employee: &Employee) -> Result<Option<String>, StoreError> {
    let Some(id) = store::employee_department(&state.db, employee).await? else { return Ok(None) };
    let departments = departments::list(state, employee.tenant()).await?;
    Ok(departments.into_iter().find(|department| department.id == id).map(|department| department.name))
}

/// Puts an employee into a department, or into none. `NotFound` for an employee or a department that there is not.
pub async fn set(state: &AppState, scope: &Scope, employee: EmployeeId, department: Option<DepartmentId>) -> Result<()> {
    if scope.permission() != Permission::Departments {
        return Err(AppError::NotFound);
    }
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::SetDepartment).on(employee.0);
    let set = store::employee_set_department(&state.db, scope.tenant(), employee, department, &entry).await?;
    if set { Ok(()) } else { Err(AppError::NotFound) }
}

/// Takes everyone out of a department within a transaction that is under way, and holds the enterprise's row from then on:
/// `leave_department_in!(tx, enterprise, department)`. Each of them is a change of its own.
macro_rules! leave_department_in {
    ($tx:ident, $enterprise:expr, $department:expr) => {{
        let next_change = $crate::enterprise::NEXT_CHANGE;
        let (enterprise, department): ($crate::id::EnterpriseId, $crate::id::DepartmentId) = ($enterprise, $department);
        let before: i64 = sqlx::query_scalar(next_change).bind(enterprise).bind(0_i64).fetch_one(&mut *$tx).await?;
        let people: i64 = sqlx::query_scalar($crate::account::department::DEPARTMENT_COUNT)
            .bind(enterprise)
            .bind(department)
            .fetch_one(&mut *$tx)
            .await?;
        sqlx::query(next_change).bind(enterprise).bind(people).execute(&mut *$tx).await?;
        sqlx::query($crate::account::department::DEPARTMENT_LEAVE)
            .bind(enterprise)
            .bind(department)
            .bind(before)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use leave_department_in;

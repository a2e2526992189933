//! Whom a question may count: the one place where a scope's departments turn into people.

use std::sync::Arc;

use crate::{
    account::caller::{Scope, Tenant},
    id::DepartmentId,
};

/// Leave to ask about one enterprise, and the departments to which it is confined. Every question to a census takes one; a scope
/// is what they are made from.
#[derive(Debug, Clone)]
pub struct Sight {
    tenant: Tenant,
    /// None: everyone, of a department or not.
    departments: Option<Arc<[DepartmentId]>>,
}

impl Sight {
    /// What a scope reaches.
    pub fn of(scope: &Scope) -> Self {
        Self::new(scope.tenant(), scope.departments())
    }

    /// The people of these departments; `None` for everyone.
    pub fn new(tenant: Tenant, departments: Option<&[DepartmentId]>) -> Self {
        Self { tenant, departments: departments.map(Into::into) }
    }

    /// The whole enterprise, for what the schedule of reminders finds out by itself: nobody is shown it.
    pub const fn whole(tenant: Tenant) -> Self {
        Self { tenant, departments: None }
    }

    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }

    pub fn departments(&self) -> Option<&[DepartmentId]> {
        self.departments.as_deref()
    }

    /// Whether it reaches the people of a department; `None` are those of no department.
    pub fn reaches(&self, department: Option<DepartmentId>) -> bool {
        self.departments.as_ref().is_none_or(|reached| department.is_some_and(|department| reached.contains(&department)))
    }
}

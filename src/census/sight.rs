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
    /// A page waits for it, which somebody watches.
    for_a_page: bool,
}

impl Sight {
    /// What a scope reaches.
    pub fn of(scope: &Scope) -> Self {
        Self { for_a_page: scope.is_for_a_page(), ..Self::new(scope.tenant(), scope.departments()) }
    }

    /// The people of these departments; `None` for everyone.
    pub fn new(tenant: Tenant, departments: Option<&[DepartmentId]>) -> Self {
        Self { tenant, departments: departments.map(Into::into), for_a_page: false }
    }

    /// The whole enterprise, for what the schedule of reminders finds out by itself: nobody is shown it.
    pub const fn whole(tenant: Tenant) -> Self {
        Self { tenant, departments: None, for_a_page: false }
    }

    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }

    /// Whether a page waits for the answer: then it may be told that an enterprise is [still loaded](crate::error::StoreError::Loading).
    pub const fn is_for_a_page(&self) -> bool {
        self.for_a_page
    }

    pub fn departments(&self) -> Option<&[DepartmentId]> {
        self.departments.as_deref()
    }

    /// Whether it reaches the people of a department; `None` are those of no department.
    pub fn reaches(&self, department: Option<DepartmentId>) -> bool {
        self.departments.as_ref().is_none_or(|reached| department.is_some_and(|department| reached.contains(&department)))
    }
}

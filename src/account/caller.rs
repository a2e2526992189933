//! The only ways to be allowed anything. What is made here is proof: its fields are private, and stores ask for it.

use super::{
    cookie,
    model::{Level, Standing},
    session, store,
    token::Token,
};
use crate::{
    enterprise::registry,
    error::{AppError, Result},
    id::{EmployeeId, EnterpriseId},
    state::Visit,
};

/// Leave to touch one enterprise's rows. Given out by the callers below, and by name to the two who need no session: the
/// operator at the terminal, and the process itself (the census, the writer) on behalf of a caller it already has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tenant(EnterpriseId);

/// A signed-in person who may look: a representative.
#[derive(Debug, Clone)]
pub struct Viewer {
    representative: uuid::Uuid,
    level: Level,
}

/// What a viewer wants to do in an enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    Statistics,
    People,
    Invite,
}

/// A viewer's leave to do one thing in one enterprise.
#[derive(Debug, Clone)]
pub struct Scope {
    tenant: Tenant,
    viewer: Viewer,
    permission: Permission,
}

/// A person on their own phone, declaring to one enterprise.
#[derive(Debug, Clone)]
pub struct Employee {
    tenant: Tenant,
    id: EmployeeId,
    level: Level,
    standing: Standing,
}

/// Someone who holds a valid invitation, and nothing else yet.
#[derive(Debug, Clone)]
pub struct Invited {
    tenant: Tenant,
}

impl Tenant {
    /// The operator at the terminal: commands only, never a request.
    pub const fn of_operator(enterprise: EnterpriseId) -> Self {
        Self(enterprise)
    }

    pub const fn id(self) -> EnterpriseId {
        self.0
    }
}

impl Viewer {
    pub const fn representative(&self) -> uuid::Uuid {
        self.representative
    }

    pub const fn level(&self) -> Level {
        self.level
    }
}

impl Scope {
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }

    pub const fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    pub const fn permission(&self) -> Permission {
        self.permission
    }
}

impl Employee {
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }

    pub const fn id(&self) -> EmployeeId {
        self.id
    }

    pub const fn level(&self) -> Level {
        self.level
    }

    pub const fn standing(&self) -> Standing {
        self.standing
    }
}

impl Invited {
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }
}

/// The signed-in viewer, or `SignInRequired`.
pub async fn viewer(visit: &Visit) -> Result<Viewer> {
    let session = session::find(visit).await?.ok_or(AppError::SignInRequired)?;
    Ok(Viewer { representative: session.representative, level: session.level })
}

/// Leave to do one thing in one enterprise: `NotFound` for an enterprise that is missing, and for one of others, alike. Who
/// represents whom is read anew for each request.
pub async fn scope(visit: &Visit, enterprise: EnterpriseId, permission: Permission) -> Result<Scope> {
    let viewer = viewer(visit).await?;
    if store::viewer_represents(&visit.state.db, &viewer, enterprise).await? {
        Ok(Scope { tenant: Tenant(enterprise), viewer, permission })
    } else {
        Err(AppError::NotFound)
    }
}

/// Every enterprise that a viewer represents, in the order in which they came to.
pub async fn tenants(visit: &Visit, viewer: &Viewer) -> Result<Vec<Tenant>> {
    Ok(store::viewer_enterprises(&visit.state.db, viewer.representative).await?.into_iter().map(Tenant).collect())
}

/// The employee whom this phone remembers for this enterprise, or `InvitationRequired`.
pub async fn employee(visit: &Visit, enterprise: EnterpriseId) -> Result<Employee> {
    let secret = cookie::device(visit, enterprise).ok_or(AppError::InvitationRequired)?;
    find_employee(visit, enterprise, &secret).await?.ok_or(AppError::InvitationRequired)
}

/// Every employee whom this phone remembers, one per enterprise.
pub async fn employees(visit: &Visit) -> Result<Vec<Employee>> {
    let mut known = Vec::new();
    for (enterprise, secret) in cookie::devices(visit) {
        known.extend(find_employee(visit, enterprise, &secret).await?);
    }
    Ok(known)
}

async fn find_employee(visit: &Visit, enterprise: EnterpriseId, secret: &Token) -> Result<Option<Employee>> {
    let tenant = Tenant(enterprise);
    let row = visit.state.devices.find(tenant, secret.hash()).await?;
    Ok(row.map(|row| Employee { tenant, id: row.employee_id, level: row.level, standing: row.standing }))
}

/// Whoever holds this code, or `InvitationExpired`.
pub async fn invited(visit: &Visit, code: &str) -> Result<Invited> {
    let enterprise = registry::find_by_code(&visit.state, code).await?.ok_or(AppError::InvitationExpired)?;
    Ok(Invited { tenant: Tenant(enterprise) })
}

//! The only ways to be allowed anything. What is made here is proof: its fields are private, and stores ask for it.

use std::sync::Arc;

use super::{
    cookie,
    model::{Level, NOTICE_VERSION, Standing},
    session,
    sitting::SITTING_SECS,
    store::{self, DeviceRow},
    token::{Token, TokenHash},
};
pub use crate::delegation::model::Permission;
use crate::{
    delegation::{
        join,
        model::{May, Permissions},
        right,
    },
    enterprise::registry,
    error::{AppError, Result, StoreError},
    gate::{
        self,
        token::{Pass, PublicKey},
    },
    id::{DepartmentId, EmployeeId, EnterpriseId},
    period::Moment,
    state::{AppState, Visit},
    statistics::share,
    tablet,
};

/// Leave to touch one enterprise's rows. Given out by the callers below, and by name to the two who need no session: the
/// operator at the terminal, and the process itself (the census, the writer) on behalf of a caller it already has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tenant(EnterpriseId);

/// A signed-in person who may look: a representative, or a manager whom one authorised.
#[derive(Debug, Clone)]
pub struct Viewer {
    id: uuid::Uuid,
    level: Level,
}

/// A viewer's leave to do one thing in one enterprise.
#[derive(Debug, Clone)]
pub struct Scope {
    tenant: Tenant,
    viewer: Viewer,
    permission: Permission,
    /// All that the viewer may do there.
    all: Permissions,
    /// Lent by a representative.
    lent: bool,
    /// Only people of these departments; none: of all.
    departments: Option<Arc<[DepartmentId]>>,
    for_a_page: bool,
}

/// An enterprise that a viewer may look at, and what they may do there.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub tenant: Tenant,
    pub may: May,
}

/// A person on their own phone, declaring to one enterprise.
#[derive(Debug, Clone)]
pub struct Employee {
    tenant: Tenant,
    id: EmployeeId,
    level: Level,
    verified: bool,
    standing: Standing,
    agreed: i64,
    /// The one by which they are known.
    device: TokenHash,
    /// At a tablet, since then; none: on their own device.
    sitting: Option<Moment>,
}

/// So long after a look at a face a device counts as verified. Afterwards it stands for the same employee, who only says so.
pub const FACE_SECS: i64 = 2 * 60 * 60;

/// A device of the enterprise, on which many employees declare.
#[derive(Debug, Clone)]
pub struct Tablet {
    tenant: Tenant,
}

/// Someone who holds the link that makes a device a tablet, and nothing else.
#[derive(Debug, Clone)]
pub struct SettingUp {
    tenant: Tenant,
}

/// Someone who holds a valid invitation, and nothing else yet.
#[derive(Debug, Clone)]
pub struct Invited {
    tenant: Tenant,
}

/// Someone who holds a valid invitation to ask for a manager's leave, and nothing else yet.
#[derive(Debug, Clone)]
pub struct Joining {
    tenant: Tenant,
    invited_at: Moment,
}

/// Someone who was shown a pass that the enterprise signed, or holds the page on which guards check them, and nothing else.
#[derive(Debug, Clone)]
pub struct Guard {
    tenant: Tenant,
}

/// Someone who holds the link to shared statistics, and nothing else.
#[derive(Debug, Clone)]
pub struct Shared {
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
    pub const fn id(&self) -> uuid::Uuid {
        self.id
    }

    pub const fn level(&self) -> Level {
        self.level
    }
}

impl Scope {
    /// Whether it is asked for by a page as its document is made, and not by a page that is there already.
    pub const fn is_for_a_page(&self) -> bool {
        self.for_a_page
    }

    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }

    pub const fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    pub const fn permission(&self) -> Permission {
        self.permission
    }

    /// What else the viewer may do there: for what a page shows, never instead of asking for another scope.
    pub const fn may(&self) -> May {
        May::of(self.all)
    }

    /// Whether a representative lent it: a manager's.
    pub const fn is_lent(&self) -> bool {
        self.lent
    }

    /// The departments to which it is confined; `None` if it reaches everyone.
    pub fn departments(&self) -> Option<&[DepartmentId]> {
        self.departments.as_deref()
    }
}

impl Employee {
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }

    pub const fn id(&self) -> EmployeeId {
        self.id
    }

    /// What this device proves now.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The device that asks.
    pub(super) const fn device(&self) -> TokenHash {
        self.device
    }

    /// Whether a provider has verified who they are, however long ago.
    pub const fn is_verified(&self) -> bool {
        self.verified
    }

    /// Whether that was so long ago that it does not count any more.
    pub fn has_lapsed(&self) -> bool {
        self.verified && self.level != Level::Face
    }

    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Since when they sit at a tablet: they may declare and see the receipt, and nothing that was there before. None on their own device.
    pub const fn sitting(&self) -> Option<Moment> {
        self.sitting
    }

    /// Whether both their consents stand, to the notice as it is now.
    pub const fn has_agreed(&self) -> bool {
        self.agreed >= NOTICE_VERSION
    }

    /// Whether they withdrew a consent and have not given it anew.
    pub const fn has_withdrawn(&self) -> bool {
        self.agreed == 0
    }
}

impl Joining {
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }

    /// When the invitation was made.
    pub const fn invited_at(&self) -> Moment {
        self.invited_at
    }
}

impl Guard {
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }
}

impl Shared {
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }
}

impl Tablet {
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }
}

impl SettingUp {
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }
}

impl Invited {
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }
}

/// The signed-in viewer, or `SignInRequired`.
pub async fn viewer(visit: &Visit) -> Result<Viewer> {
    let session = session::find(visit).await?.ok_or_else(|| unknown(visit, AppError::SignInRequired))?;
    Ok(Viewer { id: session.viewer, level: session.level })
}

/// Why somebody is not known: where they were let in a moment ago, their browser keeps no cookies.
fn unknown(visit: &Visit, otherwise: AppError) -> AppError {
    if visit.is_for_a_page && cookie::are_refused(visit) { AppError::CookiesOff } else { otherwise }
}

/// The same for what a page asks by itself while it stands open: it does not keep the session alive.
pub async fn onlooker(visit: &Visit) -> Result<Viewer> {
    let session = session::look(visit).await?.ok_or(AppError::SignInRequired)?;
    Ok(Viewer { id: session.viewer, level: session.level })
}

/// Leave to do one thing in one enterprise: `NotFound` for an enterprise that is missing, for one of others, and for what a manager
/// was not lent, alike. Who represents whom, and what was lent, is read anew for each request.
pub async fn scope(visit: &Visit, enterprise: EnterpriseId, permission: Permission) -> Result<Scope> {
    let (viewer, db, tenant, for_a_page) = (viewer(visit).await?, &visit.state.db, Tenant(enterprise), visit.is_for_a_page);
    if store::viewer_represents(db, &viewer, enterprise).await? {
        return Ok(Scope { tenant, viewer, permission, all: Permissions::ALL, lent: false, departments: None, for_a_page });
    }
    let right = right::find(db, &viewer, enterprise, visit.state.clock.now()).await?;
    let right = right.filter(|right| right.permissions.has(permission)).ok_or(AppError::NotFound)?;
    Ok(Scope { tenant, viewer, permission, all: right.permissions, lent: true, departments: right.departments, for_a_page })
}

/// Every enterprise that a viewer may look at: first those that they represent, in the order in which they came to.
pub async fn places(visit: &Visit, viewer: &Viewer) -> Result<Vec<Place>> {
    Ok(places_of(&visit.state, viewer.id).await?)
}

/// The same of someone who was vouched for just now.
pub(super) async fn places_of(state: &AppState, viewer: uuid::Uuid) -> Result<Vec<Place>, StoreError> {
    let represented = store::viewer_enterprises(&state.db, viewer).await?;
    let place = |id, all| Place { tenant: Tenant(id), may: May::of(all) };
    let mut places: Vec<Place> = represented.into_iter().map(|id| place(id, Permissions::ALL)).collect();
    for (id, permissions) in right::enterprises(&state.db, viewer, state.clock.now()).await? {
        if !places.iter().any(|known| known.tenant.0 == id) {
            places.push(place(id, permissions));
        }
    }
    Ok(places)
}

/// The employee whom this phone remembers for this enterprise, or `InvitationRequired`; so for whoever sits at a tablet.
pub async fn employee(visit: &Visit, enterprise: EnterpriseId) -> Result<Employee> {
    let declarer = declarer(visit, enterprise).await?;
    if declarer.sitting.is_none() { Ok(declarer) } else { Err(AppError::InvitationRequired) }
}

/// The same, or whoever sits at a tablet: for what one declaration needs, and nothing else.
pub async fn declarer(visit: &Visit, enterprise: EnterpriseId) -> Result<Employee> {
    let secret = cookie::device(visit, enterprise).ok_or_else(|| unknown(visit, AppError::InvitationRequired))?;
    find_employee(visit, enterprise, &secret).await?.ok_or(AppError::InvitationRequired)
}

/// Every employee whom this phone remembers, one per enterprise.
pub async fn employees(visit: &Visit) -> Result<Vec<Employee>> {
    let mut known = Vec::new();
    for (enterprise, secret) in cookie::devices(visit) {
        known.extend(find_employee(visit, enterprise, &secret).await?.filter(|employee| employee.sitting.is_none()));
    }
    Ok(known)
}

async fn find_employee(visit: &Visit, enterprise: EnterpriseId, secret: &Token) -> Result<Option<Employee>> {
    let tenant = Tenant(enterprise);
    let (row, now) = (visit.state.devices.find(tenant, secret.hash()).await?, visit.state.clock.now());
    let is_over = |row: &DeviceRow| row.level == Level::Tablet && row.created_at <= now.plus_secs(-SITTING_SECS);
    Ok(row.filter(|row| !is_over(row)).map(|row| Employee {
        tenant,
        id: row.employee_id,
        level: level_now(row.level, row.created_at, now),
        verified: row.level == Level::Face,
        standing: row.standing,
        agreed: row.agreed,
        device: secret.hash(),
        sitting: (row.level == Level::Tablet).then_some(row.created_at),
    }))
}

/// What is left of what a device proved when it was made, or verified last.
fn level_now(level: Level, since: Moment, now: Moment) -> Level {
    if level == Level::Face && since <= now.plus_secs(-FACE_SECS) { Level::Claimed } else { level }
}

/// Whoever holds this code, or `InvitationExpired`.
pub async fn invited(visit: &Visit, code: &str) -> Result<Invited> {
    let enterprise = registry::find_by_code(&visit.state, code).await?.ok_or(AppError::InvitationExpired)?;
    Ok(Invited { tenant: Tenant(enterprise) })
}

/// Whoever was shown this pass, and what it says, good or not any more; `NotFound` for one that no enterprise signed.
pub async fn shown(visit: &Visit, token: &str) -> Result<(Guard, Pass)> {
    let pass = gate::answer::signed(&visit.state, token).await?.ok_or(AppError::NotFound)?;
    Ok((Guard { tenant: Tenant(pass.enterprise) }, pass))
}

/// Whoever stands at an enterprise's gate, and what its passes are checked by; `NotFound` where there has never been one.
pub async fn guard(visit: &Visit, enterprise: EnterpriseId) -> Result<(Guard, PublicKey)> {
    let key = gate::answer::public_key(&visit.state, enterprise).await?.ok_or(AppError::NotFound)?;
    Ok((Guard { tenant: Tenant(enterprise) }, key))
}

/// Whoever holds this link to shared statistics, or `LinkExpired`.
pub async fn shared(visit: &Visit, enterprise: EnterpriseId, token: TokenHash) -> Result<Shared> {
    if share::answer::works(&visit.state, enterprise, token).await? {
        Ok(Shared { tenant: Tenant(enterprise) })
    } else {
        Err(AppError::LinkExpired)
    }
}

/// The tablet that this device is, or `LinkExpired`.
pub async fn tablet(visit: &Visit) -> Result<Tablet> {
    let (enterprise, secret) = cookie::tablet(visit).ok_or(AppError::LinkExpired)?;
    let known = tablet::answer::is_tablet(&visit.state, enterprise, secret.hash()).await?;
    if known { Ok(Tablet { tenant: Tenant(enterprise) }) } else { Err(AppError::LinkExpired) }
}

/// Whoever holds the link that makes a device a tablet, or `LinkExpired`.
pub async fn setting_up(visit: &Visit, enterprise: EnterpriseId, link: TokenHash) -> Result<SettingUp> {
    if tablet::answer::link_works(&visit.state, enterprise, link).await? {
        Ok(SettingUp { tenant: Tenant(enterprise) })
    } else {
        Err(AppError::LinkExpired)
    }
}

/// Whoever holds this link to ask for a manager's leave, or `LinkExpired`.
pub async fn joining(visit: &Visit, enterprise: EnterpriseId, token: &str) -> Result<Joining> {
    let invited_at = join::find(&visit.state, enterprise, token).await?.ok_or(AppError::LinkExpired)?;
    Ok(Joining { tenant: Tenant(enterprise), invited_at })
}

//! Who a verified person is to us: a representative whom the operator named, or an employee who holds an invitation.

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use super::store::{FLOW_DELETE_OVER, Identity, VIEWER_IDENTITY_BOUND, VIEWER_IDENTITY_DELETE};
use super::{Audience, claims::Verified, flow, store};
use crate::{
    account::{
        caller::{Employee, Tenant, Viewer},
        cookie,
        model::{Level, Person, ProviderChoice, VerifiedPerson},
        provider::{Means, Vouched},
        refusal, representative,
        store::{NewEmployee, device_verify, employee_verify, identity_issuers},
        token::Token,
    },
    audit::{entry::Entry, model::Action},
    db::Db,
    error::{AppError, Result, StoreError},
    id::{DepartmentId, EmployeeId, EnterpriseId},
    period::Moment,
    random,
    state::{AppState, Visit},
    vault::{TenantKeys, Vault},
};

/// A verified person on their way to one enterprise's notice and consents.
#[derive(Serialize, Deserialize)]
struct OnInvitation {
    enterprise: EnterpriseId,
    verified: Verified,
}

impl Identity {
    /// The same person has other indexes in another enterprise.
    fn new(keys: &TenantKeys, verified: &Verified) -> Self {
        Self {
            subject_index: keys.index("subject", &format!("{}\n{}", verified.issuer, verified.subject)),
            issuer_index: keys.index("issuer", &verified.issuer),
        }
    }
}

// ---- representatives ---------------------------------------------------------------------

/// The representative with this document and this name, and no other account of the same provider. The first time binds them.
pub async fn vouch(visit: &Visit, verified: &Verified) -> Result<Vouched> {
    let (state, person) = (&visit.state, &verified.person);
    let known = representative::find(&state.db, &state.vault, &person.document).await?.ok_or(AppError::NoEnterprise)?;
    if known.person.name != person.name {
        tracing::warn!(provider = verified.provider, "a representative's name is another at the provider: the operator must look");
        return Err(refusal::noted(visit, known.id, AppError::NameDiffers).await);
    }
    let keys = state.vault.keys(&state.db, EnterpriseId::SYSTEM).await?;
    let identity = Identity::new(&keys, verified);
    let entry = Entry::by_sign_in(keys, known.id, state.clock.now(), Action::BindIdentity);
    if store::viewer_identity_bind(&state.db, known.id, identity, &entry).await? {
        Ok(Means::Identity(identity.subject_index).vouches_for(known.id))
    } else {
        tracing::warn!(provider = verified.provider, "a representative came with another account: the operator must look");
        Err(refusal::noted(visit, known.id, AppError::IdentityTaken).await)
    }
}

/// Whether it is the viewer themselves whom a provider has verified: by their document, their name, and the same account as ever.
pub async fn is_again(visit: &Visit, viewer: &Viewer, verified: &Verified) -> Result<()> {
    let known = representative::find(&visit.state.db, &visit.state.vault, &verified.person.document).await?;
    if known.is_none_or(|known| known.id != viewer.id()) {
        return Err(refusal::noted(visit, viewer.id(), AppError::VerificationRefused).await);
    }
    let vouched = vouch(visit, verified).await?;
    if vouched.viewer() == viewer.id() { Ok(()) } else { Err(AppError::VerificationRefused) }
}

/// Forgets every account of a representative, for the operator: one that was replaced would be refused for ever. Says how many
/// there were.
pub async fn release(db: &Db, vault: &Vault, now: Moment, tenant: Tenant, representative: Uuid) -> Result<u64, StoreError> {
    let entry = Entry::by_operator(vault.keys(db, tenant.id()).await?, now, Action::ReleaseIdentity).on(representative);
    store::viewer_identity_release(db, representative, &entry).await
}

// ---- employees ---------------------------------------------------------------------------

/// Keeps whom the provider verified until they have read the notice. Returns the cookie that finds them again.
pub async fn keep_on_invitation(visit: &Visit, tenant: Tenant, verified: Verified) -> Result<HeaderValue> {
    let (enterprise, secret) = (tenant.id(), Token::new());
    flow::put(visit, &secret, None, &OnInvitation { enterprise, verified }).await?;
    Ok(cookie::keep_verified(&visit.state.public_url, &secret))
}

/// Whom a provider has verified for this enterprise in this browser, within the last minutes, if it is one whose word counts for this
/// audience: what it said on another page says nothing here.
pub async fn on_invitation(visit: &Visit, tenant: Tenant, audience: Audience) -> Result<Option<Verified>> {
    let Some(secret) = cookie::verified(visit) else { return Ok(None) };
    let (hash, now) = (secret.hash(), visit.state.clock.now());
    let Some(sealed) = store::answered_find(&visit.state.db, hash, now).await? else { return Ok(None) };
    let kept: OnInvitation = flow::open(visit, &hash, &sealed).await?;
    let counts = kept.enterprise == tenant.id() && visit.state.providers.find(&kept.verified.provider, audience).is_some();
    Ok(counts.then_some(kept.verified))
}

/// Forgets whom the provider verified: it served.
pub async fn used(visit: &Visit) -> Result<(), StoreError> {
    match cookie::verified(visit) {
        Some(secret) => store::answered_delete(&visit.state.db, secret.hash()).await,
        None => Ok(()),
    }
}

/// The cookie that makes the browser forget it, too.
pub fn forget(visit: &Visit) -> HeaderValue {
    cookie::drop_verified(&visit.state.public_url)
}

/// What the page shows of them.
pub fn shown(visit: &Visit, verified: &Verified) -> VerifiedPerson {
    let person = &verified.person;
    VerifiedPerson {
        name: person.name.clone(),
        kind: person.document.kind,
        document: person.document.masked(),
        phone: person.phone.as_ref().map(crate::account::model::Phone::masked),
        by: visit.state.providers.get(&verified.provider).map(|provider| provider.name.clone()),
    }
}

/// Makes the verified person an employee, or this browser one more device of the employee that they are already. `person` is
/// they, with the phone that was asked for; `department` is that of a new employee. Returns the secret of the device.
pub async fn employ(
    visit: &Visit,
    tenant: Tenant,
    verified: &Verified,
    person: &Person,
    department: Option<DepartmentId>,
) -> Result<Token> {
    let state = &visit.state;
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    let (id, secret) = (EmployeeId(random::uuid()), Token::new());
    let row = NewEmployee {
        id,
        document_index: keys.index("document", &person.document.key()),
        person: person.seal(&keys, id),
        secret_hash: secret.hash(),
        level: Level::Face,
        department,
    };
    let identity = Identity::new(&keys, verified);
    let is_meant = |id: EmployeeId, sealed: &[u8]| Ok(Person::open(&keys, id, sealed)?.name == person.name);
    let now = state.clock.now();
    let entry = |employee, action| Entry::by_employee(keys.clone(), employee, now, action);
    let employed = employee_verify(&state.db, tenant, &row, identity, entry, now, is_meant).await?;
    employed.map(|()| secret).ok_or(AppError::IdentityTaken)
}

/// The providers by which an employee can be verified once more: those that did before, once that was too long ago.
pub async fn again_by(state: &AppState, employee: &Employee) -> Result<Vec<ProviderChoice>, StoreError> {
    let mut choices = state.providers.choices(Audience::Employee);
    if choices.is_empty() || !employee.has_lapsed() {
        return Ok(Vec::new());
    }
    let keys = state.vault.keys(&state.db, employee.tenant().id()).await?;
    let issuers = identity_issuers(&state.db, employee).await?;
    choices.retain(|choice| {
        let index = state.providers.get(&choice.id).map(|provider| keys.index("issuer", provider.issuer.as_str()));
        index.is_some_and(|index| issuers.iter().any(|known| *known == index))
    });
    Ok(choices)
}

/// Keeps that it was the employee of this device whom a provider has verified just now. Returns the cookie with the device's new
/// secret: whoever had the old one has nothing.
pub async fn employ_again(visit: &Visit, employee: &Employee, verified: &Verified) -> Result<HeaderValue> {
    let (state, enterprise) = (&visit.state, employee.tenant().id());
    let before = cookie::device(visit, enterprise).ok_or(AppError::InvitationRequired)?.hash();
    let keys = state.vault.keys(&state.db, enterprise).await?;
    let (identity, secret) = (Identity::new(&keys, verified), Token::new());
    let entry = Entry::by_employee(keys, employee.id(), state.clock.now(), Action::VerifyDevice);
    if device_verify(&state.db, employee, identity, before, secret.hash(), &entry).await? {
        Ok(cookie::keep_device(&state.public_url, enterprise, &secret))
    } else {
        Err(AppError::VerificationRefused)
    }
}

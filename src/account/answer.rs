//! What the server functions of this room answer, put together from callers, stores and other rooms.

use axum::http::{HeaderValue, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use uuid::Uuid;

use super::{
    caller::{self, Viewer},
    cookie,
    model::{Account, ClaimForm, Entry, Posted, Remembered, SignInForm},
    oidc::{Audience, identity},
    own,
    owner::owner,
    provider::Vouched,
    session, store,
};
use crate::{
    audit::{self, model::Action},
    enterprise::{department, registry},
    error::{AppError, Result},
    id::EnterpriseId,
    link, random,
    state::{AppState, Visit},
};

pub async fn entry(visit: &Visit) -> Result<Entry> {
    if caller::tablet(visit).await.is_ok() {
        return Ok(Entry { onward: Some(link::TABLET.to_owned()), owners: Vec::new() });
    }
    let onward = match signed_in_viewer(visit).await? {
        Some(viewer) => Some(home(&visit.state, viewer.id()).await?),
        None => None,
    };
    let mut owners = Vec::new();
    for employee in caller::employees(visit).await? {
        owners.push(owner(&visit.state, &employee).await?);
    }
    Ok(Entry { onward, owners })
}

pub fn sign_in_form(visit: &Visit) -> SignInForm {
    SignInForm { providers: visit.state.providers.choices(Audience::Representative) }
}

/// Starts a session, sets its cookie, and says where to go on.
pub async fn signed_in(visit: &Visit, vouched: Vouched, next: &str) -> Result<String> {
    set_cookie(session::start(visit, &vouched).await?);
    after_sign_in(visit, &vouched, next).await
}

/// Where someone who was vouched for goes on: to `next`, where it is a path of this site, else home.
pub async fn after_sign_in(visit: &Visit, vouched: &Vouched, next: &str) -> Result<String> {
    if link::is_local(next) { Ok(next.to_owned()) } else { home(&visit.state, vouched.viewer()).await }
}

/// One enterprise leads to its statistics; several, or none, to the list, which explains.
async fn home(state: &AppState, viewer: Uuid) -> Result<String> {
    Ok(match caller::places_of(state, viewer).await?[..] {
        [only] => link::statistics(only.tenant.id()),
        _ => link::ENTERPRISES.to_owned(),
    })
}

pub async fn account(visit: &Visit) -> Result<Account> {
    if caller::tablet(visit).await.is_ok() {
        leptos_axum::redirect(link::TABLET);
    }
    let viewer = match signed_in_viewer(visit).await? {
        Some(viewer) => Some(own::signed_in(visit, &viewer).await?),
        None => None,
    };
    let mut devices = Vec::new();
    for employee in caller::employees(visit).await? {
        let enterprise_name = registry::load(&visit.state, employee.tenant()).await?.name;
        let owner = owner(&visit.state, &employee).await?;
        devices.push(Remembered { enterprise: employee.tenant().id(), owner, enterprise_name });
    }
    Ok(Account { viewer, devices })
}

async fn signed_in_viewer(visit: &Visit) -> Result<Option<Viewer>> {
    match caller::viewer(visit).await {
        Ok(viewer) => Ok(Some(viewer)),
        Err(AppError::SignInRequired) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Ends this device for an enterprise, if it is one.
pub async fn forget(visit: &Visit, enterprise: EnterpriseId) -> Result<()> {
    let employee = caller::employee(visit, enterprise).await?;
    if let Some(secret) = cookie::device(visit, enterprise) {
        let (state, tenant) = (&visit.state, employee.tenant());
        let keys = state.vault.keys(&state.db, tenant.id()).await?;
        let entry = audit::entry::Entry::by_employee(keys, employee.id(), state.clock.now(), Action::ForgetDevice);
        store::device_end(&state.db, tenant, secret.hash(), &entry).await?;
    }
    set_cookie(cookie::drop_device(&visit.state.public_url, enterprise));
    Ok(())
}

/// A form that was posted comes back with what was typed, even if its invitation has ended meanwhile.
pub async fn claim_form(visit: &Visit, code: &str, other: bool) -> Result<ClaimForm> {
    let posted = use_context::<Posted>();
    match (invited_form(visit, code, other || posted.is_some()).await, posted) {
        (Ok(form), None) => Ok(form),
        (Ok(form), Some(posted)) => Ok(ClaimForm { form: kept_key(&posted), posted, ..form }),
        (Err(error), Some(posted)) if !posted.is_blank() => {
            let posted = Posted { error: posted.error.or(Some(error)), ..posted };
            Ok(ClaimForm { form: kept_key(&posted), posted, ..ClaimForm::default() })
        }
        (Err(error), _) => Err(error),
    }
}

/// `other` is also said of a form that came back; whether it was a verified person's stands in it.
async fn invited_form(visit: &Visit, code: &str, other: bool) -> Result<ClaimForm> {
    if caller::tablet(visit).await.is_ok() {
        // Nobody is to be remembered where many people declare.
        return Ok(ClaimForm { onward: Some(link::TABLET.to_owned()), ..ClaimForm::default() });
    }
    let tenant = caller::invited(visit, code).await?.tenant();
    let enterprise = registry::load(&visit.state, tenant).await?;
    let again = use_context::<Posted>().is_some_and(|posted| posted.values.verified);
    let verified = if other && !again { None } else { identity::on_invitation(visit, tenant, Audience::Employee).await? };
    let known = !other && verified.is_none() && caller::employee(visit, tenant.id()).await.is_ok();
    Ok(ClaimForm {
        enterprise_name: enterprise.name,
        uscc: enterprise.uscc.as_str().to_owned(),
        onward: known.then(|| link::with_query(&link::declare(enterprise.id), format_args!("invitation={code}"))),
        form: random::uuid(),
        posted: Posted::default(),
        providers: visit.state.providers.choices(Audience::Employee),
        verified: verified.map(|verified| identity::shown(visit, &verified)),
        departments: department::list(&visit.state, tenant).await?,
        tablet: false,
    })
}

pub(super) fn kept_key(posted: &Posted) -> Uuid {
    posted.values.form.parse().unwrap_or_else(|_| random::uuid())
}

pub fn set_cookie(cookie: HeaderValue) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.append_header(header::SET_COOKIE, cookie);
    }
}

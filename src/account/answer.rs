//! What the server functions of this room answer, put together from callers, stores and other rooms.

use axum::http::{HeaderValue, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use uuid::Uuid;

use super::{
    caller::{self, Tenant, Viewer},
    cookie,
    model::{Account, ClaimForm, Entry, Person, Posted, Remembered, SignedIn},
    provider::Vouched,
    session, store,
};
use crate::{
    db::Db,
    enterprise::registry,
    error::{AppError, Result, StoreError},
    id::EnterpriseId,
    link, random,
    state::Visit,
};

pub async fn entry(visit: &Visit) -> Result<Entry> {
    let onward = match signed_in_viewer(visit).await? {
        Some(viewer) => Some(home(&visit.state.db, viewer.representative()).await?),
        None => None,
    };
    Ok(Entry { onward, declares: !caller::employees(visit).await?.is_empty() })
}

/// Starts a session, sets its cookie, and says where to go on.
pub async fn signed_in(visit: &Visit, vouched: Vouched, next: &str) -> Result<String> {
    set_cookie(session::start(visit, vouched).await?);
    if link::is_local(next) { Ok(next.to_owned()) } else { home(&visit.state.db, vouched.representative()).await }
}

/// One enterprise leads to its statistics; several, or none, to the list, which explains.
async fn home(db: &Db, representative: Uuid) -> Result<String> {
    Ok(match store::viewer_enterprises(db, representative).await?[..] {
        [only] => link::statistics(only),
        _ => link::ENTERPRISES.to_owned(),
    })
}

pub async fn account(visit: &Visit) -> Result<Account> {
    let viewer = match signed_in_viewer(visit).await? {
        Some(viewer) => Some(SignedIn { name: name(visit, &viewer).await?, level: viewer.level() }),
        None => None,
    };
    let mut devices = Vec::new();
    for employee in caller::employees(visit).await? {
        let enterprise_name = registry::load(&visit.state, employee.tenant()).await?.name;
        devices.push(Remembered { enterprise: employee.tenant().id(), enterprise_name });
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

async fn name(visit: &Visit, viewer: &Viewer) -> Result<String> {
    let (state, id) = (&visit.state, viewer.representative());
    let row = store::representative_person(&state.db, id).await?.ok_or(AppError::SignInRequired)?;
    let keys = state.vault.keys(&state.db, EnterpriseId::SYSTEM).await?;
    Ok(Person::open_representative(&keys, id, &row).map_err(StoreError::from)?.name)
}

/// Ends this device for an enterprise, if it is one.
pub async fn forget(visit: &Visit, enterprise: EnterpriseId) -> Result<()> {
    let tenant: Tenant = caller::employee(visit, enterprise).await?.tenant();
    if let Some(secret) = cookie::device(visit, enterprise) {
        store::device_end(&visit.state.db, tenant, secret.hash(), visit.state.clock.now()).await?;
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

async fn invited_form(visit: &Visit, code: &str, other: bool) -> Result<ClaimForm> {
    let tenant = caller::invited(visit, code).await?.tenant();
    let enterprise = registry::load(&visit.state, tenant).await?;
    let known = !other && caller::employee(visit, tenant.id()).await.is_ok();
    Ok(ClaimForm {
        enterprise_name: enterprise.name,
        uscc: enterprise.uscc.as_str().to_owned(),
        onward: known.then(|| link::with_query(&link::declare(enterprise.id), format_args!("invitation={code}"))),
        form: random::uuid(),
        posted: Posted::default(),
    })
}

fn kept_key(posted: &Posted) -> Uuid {
    posted.values.form.parse().unwrap_or_else(|_| random::uuid())
}

pub fn set_cookie(cookie: HeaderValue) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.append_header(header::SET_COOKIE, cookie);
    }
}

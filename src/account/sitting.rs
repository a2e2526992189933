//! Who sits at a tablet: an employee who is known there for one declaration. See [`crate::tablet`].

use axum::http::HeaderValue;
use leptos::prelude::use_context;

use super::{
    answer::{kept_key, set_cookie},
    caller::{self, Tablet, Tenant},
    claim::{self, both},
    cookie,
    model::{ClaimForm, ClaimProblem, ClaimValues, Posted},
    store,
    token::Token,
};
use crate::{
    enterprise::{department, registry},
    error::Result,
    id::EnterpriseId,
    state::Visit,
};

/// So long a sitting lasts, in seconds.
pub const SITTING_SECS: i64 = 10 * 60;

/// This device is a tablet of an enterprise from now on.
pub fn keep(visit: &Visit, tenant: Tenant, secret: &Token) -> HeaderValue {
    cookie::keep_tablet(&visit.state.public_url, tenant.id(), secret)
}

/// Nobody is remembered in this browser any more.
pub fn forget_devices(visit: &Visit) -> Vec<HeaderValue> {
    cookie::devices(visit).into_iter().map(|(enterprise, _)| cookie::drop_device(&visit.state.public_url, enterprise)).collect()
}

/// Whoever sat here does not any more: what they declared stays, and nothing in this browser leads to it.
pub async fn end(visit: &Visit, tenant: Tenant) -> Result<()> {
    if let Some(secret) = cookie::device(visit, tenant.id()) {
        store::sitting_end(&visit.state.db, tenant, secret.hash()).await?;
        set_cookie(cookie::drop_device(&visit.state.public_url, tenant.id()));
    }
    Ok(())
}

/// The form of who one is; blank, or as it was posted and refused.
pub async fn form(visit: &Visit, tablet: &Tablet) -> Result<ClaimForm> {
    let enterprise = registry::load(&visit.state, tablet.tenant()).await?;
    let posted = use_context::<Posted>().unwrap_or_default();
    Ok(ClaimForm {
        enterprise_name: enterprise.name,
        uscc: enterprise.uscc.as_str().to_owned(),
        form: kept_key(&posted),
        posted,
        departments: department::list(&visit.state, tablet.tenant()).await?,
        tablet: true,
        ..ClaimForm::default()
    })
}

/// Somebody says who they are at a tablet; gives the cookie by which they are known until they are done.
pub async fn sit(visit: &Visit, values: &ClaimValues) -> Result<Result<(EnterpriseId, HeaderValue), Vec<ClaimProblem>>> {
    let state = &visit.state;
    let tenant = caller::tablet(visit).await?.tenant();
    state.limits.claim(visit.address, tenant.id())?;
    let enterprise = registry::load(state, tenant).await?;
    let department = values.department(&department::list(state, tenant).await?);
    let (person, department) = match both(values.parse(enterprise.today(&state.clock)), department) {
        Ok(both) => both,
        Err(problems) => return Ok(Err(problems)),
    };
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    state.limits.claim_of(keys.index("document", &person.document.key()))?;
    match claim::sit(state, tenant, &person, department, values.form.parse().ok()).await? {
        Some(secret) => Ok(Ok((tenant.id(), cookie::keep_sitting(&state.public_url, tenant.id(), &secret)))),
        None => Ok(Err(vec![ClaimProblem::Withdrawn])),
    }
}

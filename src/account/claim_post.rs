//! The claim form, posted as plain HTML. It leads on to the declaration, or comes back with everything that was typed.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    caller::{self, Tenant},
    claim::{self, both},
    cookie,
    model::{ClaimProblem, ClaimValues, Posted},
    oidc::{Audience, identity},
};
use crate::{
    enterprise::{department, registry},
    error::{AppError, Result},
    form,
    id::EnterpriseId,
    link,
    questionnaire::model::FormValues,
    render,
    state::{AppState, Visit},
};

/// More than any field holds; what is longer comes back cut.
const FIELD_CHARS: usize = 200;

/// `POST /i/{code}`
pub async fn claim_post(State(state): State<AppState>, Path(code): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    let taken = match read(&parts.headers, body).await {
        Ok(values) => kept(take(&visit, &code, &values).await, values),
        Err(posted) => Err(posted),
    };
    answer(state, parts, taken).await
}

/// Who is known now, and by which cookie.
pub type Taken = (EnterpriseId, HeaderValue);

/// The form of who one is, as it was posted; or why it cannot be read.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<ClaimValues, Posted> {
    match form::read_body(headers, body).await {
        Err(error) => Err(Posted { error: Some(error), ..Posted::default() }),
        Ok(Err(garbled)) => Err(Posted { values: claimed(&garbled), garbled: true, ..Posted::default() }),
        Ok(Ok(values)) => Ok(claimed(&values)),
    }
}

/// What became of it, with what was typed where it was refused.
#[expect(clippy::result_large_err, reason = "what was typed goes back to the page, once")]
pub fn kept(taken: Result<Result<Taken, Vec<ClaimProblem>>>, values: ClaimValues) -> Result<Taken, Posted> {
    match taken {
        Ok(Ok(taken)) => Ok(taken),
        Ok(Err(problems)) => Err(Posted { values, problems, ..Posted::default() }),
        Err(error) => Err(Posted { values, error: Some(error), ..Posted::default() }),
    }
}

/// On to the declaration, or back to the page with everything that was typed.
pub async fn answer(state: AppState, parts: Parts, taken: Result<Taken, Posted>) -> Response {
    let posted = match taken {
        Ok((enterprise, cookie)) => {
            let forget = cookie::drop_verified(&state.public_url);
            let cookies = AppendHeaders([(header::SET_COOKIE, cookie), (header::SET_COOKIE, forget)]);
            return (cookies, Redirect::to(&link::declare(enterprise))).into_response();
        }
        Err(posted) => posted,
    };
    let status = posted.status();
    let page = Request::from_parts(parts, Body::empty());
    let mut response = render::page(state, page, move || provide_context(posted.clone())).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    }
    response
}

impl Posted {
    fn status(&self) -> u16 {
        match self.error {
            Some(error) => error.status(),
            None if self.garbled => AppError::BadRequest.status(),
            None => 422,
        }
    }
}

/// The fields, whatever else came with them; a field that is missing is empty.
fn claimed(values: &FormValues) -> ClaimValues {
    let text = |name: &str| values.all(name).first().map(|value| value.chars().take(FIELD_CHARS).collect()).unwrap_or_default();
    ClaimValues {
        name: text("name"),
        kind: text("kind"),
        number: text("number"),
        phone: text("phone"),
        form: text("form"),
        notice: values.has("notice", "yes"),
        health: values.has("health", "yes"),
        verified: values.has("verified", "yes"),
        department: text("department"),
    }
}

async fn take(visit: &Visit, code: &str, values: &ClaimValues) -> Result<Result<(EnterpriseId, HeaderValue), Vec<ClaimProblem>>> {
    let state = &visit.state;
    let tenant = caller::invited(visit, code).await?.tenant();
    state.limits.claim(visit.address, tenant.id())?;
    if values.verified {
        return take_verified(visit, tenant, values).await;
    }
    let enterprise = registry::load(state, tenant).await?;
    let department = values.department(&department::list(state, tenant).await?);
    let (person, department) = match both(values.parse(enterprise.today(&state.clock)), department) {
        Ok(both) => both,
        Err(problems) => return Ok(Err(problems)),
    };
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    state.limits.claim_of(keys.index("document", &person.document.key()))?;
    let secret = match claim::again(visit, tenant, &person).await? {
        Some(secret) => secret,
        None => claim::claim_by_form(state, tenant, &person, department, values.form.parse().ok()).await?.secret,
    };
    Ok(Ok((tenant.id(), cookie::keep_device(&state.public_url, tenant.id(), &secret))))
}

/// The consents of someone whom a provider has verified. What is kept of them stays until it is over: a second tap gives the same
/// employee one more device.
async fn take_verified(
    visit: &Visit,
    tenant: Tenant,
    values: &ClaimValues,
) -> Result<Result<(EnterpriseId, HeaderValue), Vec<ClaimProblem>>> {
    let verified = identity::on_invitation(visit, tenant, Audience::Employee).await?.ok_or(AppError::VerificationExpired)?;
    let department = values.department(&department::list(&visit.state, tenant).await?);
    let (person, department) = match both(values.parse_verified(&verified.person), department) {
        Ok(both) => both,
        Err(problems) => return Ok(Err(problems)),
    };
    let secret = identity::employ(visit, tenant, &verified, &person, department).await?;
    Ok(Ok((tenant.id(), cookie::keep_device(&visit.state.public_url, tenant.id(), &secret))))
}

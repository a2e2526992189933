//! The claim form, posted as plain HTML. It leads on to the declaration, or comes back with everything that was typed.

use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    caller, claim, cookie,
    model::{ClaimProblem, ClaimValues, Person, Posted},
};
use crate::{
    enterprise::registry,
    error::{AppError, Result},
    form,
    id::EnterpriseId,
    link,
    questionnaire::model::FormValues,
    serve,
    state::{AppState, Visit},
};

/// More than any field holds; what is longer comes back cut.
const FIELD_CHARS: usize = 200;

/// `POST /i/{code}`
pub async fn claim_post(State(state): State<AppState>, Path(code): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    let posted = match form::read_body(&parts.headers, body).await {
        Err(error) => Posted { error: Some(error), ..Posted::default() },
        Ok(Err(garbled)) => Posted { values: claimed(&garbled), garbled: true, ..Posted::default() },
        Ok(Ok(values)) => {
            let values = claimed(&values);
            match take(&visit, &code, &values).await {
                Ok(Ok((enterprise, cookie))) => {
                    return ([(header::SET_COOKIE, cookie)], Redirect::to(&link::declare(enterprise))).into_response();
                }
                Ok(Err(problems)) => Posted { values, problems, ..Posted::default() },
                Err(error) => Posted { values, error: Some(error), ..Posted::default() },
            }
        }
    };
    let status = posted.status();
    let page = Request::from_parts(parts, axum::body::Body::empty());
    let mut response = serve::render_page(state, page, move || provide_context(posted.clone())).await;
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
    }
}

async fn take(visit: &Visit, code: &str, values: &ClaimValues) -> Result<Result<(EnterpriseId, HeaderValue), Vec<ClaimProblem>>> {
    let state = &visit.state;
    let tenant = caller::invited(visit, code).await?.tenant();
    state.limits.claim(visit.address, tenant.id())?;
    let enterprise = registry::load(state, tenant).await?;
    let person: Person = match values.parse(enterprise.today(&state.clock)) {
        Ok(person) => person,
        Err(problems) => return Ok(Err(problems)),
    };
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    state.limits.claim_of(keys.index("document", &person.document.key()))?;
    let secret = match claim::again(visit, tenant, &person).await? {
        Some(secret) => secret,
        None => claim::claim_by_form(state, tenant, &person, values.form.parse().ok()).await?.secret,
    };
    Ok(Ok((tenant.id(), cookie::keep_device(&state.public_url, tenant.id(), &secret))))
}

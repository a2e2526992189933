//! The claim form, posted as plain HTML. It leads on to the declaration, or comes back with everything that was typed.

use axum::{
    Form,
    extract::{FromRequest, Path, Request, State},
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
    id::EnterpriseId,
    link, serve,
    state::{AppState, Visit},
};

/// More than any field holds; what is longer comes back cut.
const FIELD_CHARS: usize = 200;

/// `POST /i/{code}`
pub async fn claim_post(State(state): State<AppState>, Path(code): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    let posted = match read(Request::from_parts(parts.clone(), body)).await {
        Err(error) => Posted { error: Some(error), ..Posted::default() },
        Ok(values) => match take(&visit, &code, &values).await {
            Ok(Ok((enterprise, cookie))) => {
                return ([(header::SET_COOKIE, cookie)], Redirect::to(&link::declare(enterprise))).into_response();
            }
            Ok(Err(problems)) => Posted { values, problems, error: None },
            Err(error) => Posted { values, problems: Vec::new(), error: Some(error) },
        },
    };
    let status = posted.error.map_or(422, AppError::status);
    let page = Request::from_parts(parts, axum::body::Body::empty());
    let mut response = serve::render_page(state, page, move || provide_context(posted.clone())).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    }
    response
}

/// The fields, whatever else came with them; a field that is missing is empty.
async fn read(request: Request) -> Result<ClaimValues> {
    let Form(fields) = Form::<Vec<(String, String)>>::from_request(request, &()).await.map_err(|rejection| {
        if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE { AppError::TooLarge } else { AppError::BadRequest }
    })?;
    let find = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value);
    let text = |name: &str| find(name).map(|value| value.chars().take(FIELD_CHARS).collect()).unwrap_or_default();
    let ticked = |name: &str| find(name).is_some_and(|value| value == "yes");
    Ok(ClaimValues {
        name: text("name"),
        kind: text("kind"),
        number: text("number"),
        phone: text("phone"),
        notice: ticked("notice"),
        health: ticked("health"),
    })
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
    let claimed = claim::claim(&state.db, &state.vault, state.clock.now(), tenant, &person).await?;
    Ok(Ok((tenant.id(), cookie::keep_device(&state.public_url, tenant.id(), &claimed.secret))))
}

//! The forms of this room's pages, posted as plain HTML: on to the page that says what was done, or back with what was typed.

use axum::{
    body::Body,
    extract::{Path, Request, State as Shared},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    answer::{self, Showing},
    model::{Posted, Problem, Queue, State, field, post as name},
};
use crate::{
    account::caller::{self, Permission},
    error::{AppError, Result},
    form,
    id::EnterpriseId,
    link,
    questionnaire::model::FormValues,
    render,
    state::{AppState, Visit},
};

/// More than the field holds; what is longer comes back cut.
const FIELD_CHARS: usize = 2_000;

/// `POST /e/{enterprise}/alerts`: those that are shown were seen.
pub async fn alerts(Shared(state): Shared<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match see(&state, &parts, &enterprise, body).await {
        Ok(path) => Redirect::to(&path).into_response(),
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn see(state: &AppState, parts: &Parts, enterprise: &str, body: Body) -> Result<String> {
    let visit = Visit::new(state.clone(), parts);
    let enterprise: EnterpriseId = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    let values = form::read_body(&parts.headers, body).await?.map_err(|_| AppError::BadRequest)?;
    let queue = Queue::parse(values.one(name::HERE)).ok_or(AppError::BadRequest)?;
    answer::see_all(state, &scope, values.all(name::ALERT)).await?;
    let page = link::with_query(&link::alerts(enterprise), queue.from(None));
    let join = if page.contains('?') { '&' } else { '?' };
    Ok(format!("{page}{join}{}={}", field::DONE, name::SEEN))
}

/// `POST /e/{enterprise}/alerts/{alert}`
pub async fn alert(Shared(state): Shared<AppState>, Path((enterprise, alert)): Path<(String, String)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match take(&state, &parts, &enterprise, &alert, body).await {
        Ok(Next::Go(path)) => Redirect::to(&path).into_response(),
        Ok(Next::Show(showing)) => page(state, parts, showing).await,
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

/// What follows a form.
enum Next {
    Go(String),
    Show(Showing),
}

async fn take(state: &AppState, parts: &Parts, enterprise: &str, alert: &str, body: Body) -> Result<Next> {
    let visit = Visit::new(state.clone(), parts);
    let enterprise: EnterpriseId = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    let values = form::read_body(&parts.headers, body).await?.unwrap_or_else(|garbled| garbled);
    let done = |what: &str| {
        let page = format!("{}/{alert}", link::alerts(enterprise));
        Next::Go(link::with_query(&page, format_args!("{}={what}", field::DONE)))
    };
    match values.one(name::ACTION) {
        name::SET => Ok(match set(state, &scope, alert, &values).await? {
            Ok(()) => done(name::SET),
            Err(posted) => Next::Show(Showing { posted: Some(posted), numbers: false }),
        }),
        name::LASTING => {
            answer::set_lasting(state, &scope, alert, values.all(name::RULE)).await?;
            Ok(done(name::LASTING))
        }
        name::NUMBERS => answer::check(state, &scope, alert).await.map(|()| Next::Show(Showing { numbers: true, posted: None })),
        _ => Err(AppError::BadRequest),
    }
}

async fn set(state: &AppState, scope: &caller::Scope, alert: &str, values: &FormValues) -> Result<Result<(), Posted>> {
    let known = |name: &str| State::of(values.one(name)).ok_or(AppError::BadRequest);
    let states = [known(name::FROM)?, known(name::TO)?];
    let note: String = values.all(name::NOTE).first().map(|note| note.chars().take(FIELD_CHARS).collect()).unwrap_or_default();
    let set = match answer::set(state, scope, alert, states, &note).await {
        // What was typed comes back with everything that may pass.
        Err(error @ (AppError::Busy | AppError::Internal)) => Err(Problem::Other(error)),
        set => set?,
    };
    Ok(set.map_err(|problem| Posted { note, problem }))
}

async fn page(state: AppState, parts: Parts, showing: Showing) -> Response {
    let status = match showing.posted.as_ref().map(|posted| posted.problem) {
        None => StatusCode::OK,
        Some(Problem::Other(error)) => StatusCode::from_u16(error.status()).unwrap_or_default(),
        Some(Problem::Note(_) | Problem::Moved) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let request = Request::from_parts(parts, Body::empty());
    let mut response = render::page(state, request, move || provide_context(showing.clone())).await;
    if response.status().is_success() {
        *response.status_mut() = status;
    }
    response
}

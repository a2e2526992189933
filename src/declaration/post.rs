//! The form as a browser posts it without JavaScript: what comes back is the page itself.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    Posted,
    model::{Note, Outcome, read_form},
    submit::submit,
};
use crate::{
    error::{AppError, Result},
    link,
    questionnaire::model::FormValues,
    serve::{self, BODY_LIMIT},
    state::{AppState, Visit},
};

const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// Takes the form: to the receipt, or back to the page with what was typed.
pub async fn declare(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match outcome(&state, &parts, &enterprise, body).await {
        Ok(Outcome::Done(receipt)) => Redirect::to(&link::receipt(receipt)).into_response(),
        Ok(outcome) => page(state, parts, outcome).await,
        Err(error) => serve::error_page(state, &parts, error).await,
    }
}

async fn outcome(state: &AppState, parts: &Parts, enterprise: &str, body: Body) -> Result<Outcome> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let visit = Visit::new(state.clone(), parts);
    match values(&parts.headers, body).await? {
        Ok(values) => submit(&visit, enterprise, values).await,
        Err(values) => Ok(Outcome::noted(values, Note::Encoding)),
    }
}

async fn values(headers: &HeaderMap, body: Body) -> Result<Result<FormValues, FormValues>> {
    let kind = headers.get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    if kind.len() < FORM.len() || !kind[..FORM.len()].eq_ignore_ascii_case(FORM) {
        return Err(AppError::BadRequest);
    }
    let bytes = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| AppError::TooLarge)?;
    Ok(read_form(&bytes))
}

async fn page(state: AppState, parts: Parts, outcome: Outcome) -> Response {
    let status = status(&outcome);
    let posted = Posted(Arc::new(outcome));
    let request = Request::from_parts(parts, Body::empty());
    let mut response = serve::render_page(state, request, move || provide_context(posted.clone())).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}

fn status(outcome: &Outcome) -> StatusCode {
    match outcome {
        Outcome::Form(filled) => match filled.note {
            Some(Note::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Some(Note::Encoding) => StatusCode::BAD_REQUEST,
            None if filled.problems.is_empty() => StatusCode::OK,
            Some(Note::Changed | Note::Unknown) | None => StatusCode::UNPROCESSABLE_ENTITY,
        },
        Outcome::Check { .. } | Outcome::Done(_) => StatusCode::OK,
    }
}

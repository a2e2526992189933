//! The form as a browser posts it without JavaScript: what comes back is the page itself.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    Posted,
    form_key::FormKey,
    kept,
    model::{Note, Outcome, SUBMISSION},
    submit::{Late, Waited, submit, submit_kept},
};
use crate::{
    account::{
        caller::{self, Employee},
        owner,
    },
    error::{AppError, Result},
    form, link,
    questionnaire::model::FormValues,
    render,
    state::{AppState, Visit},
    ui::{error_page::Kept, language},
};

/// On a form that the browser kept while there was no line, and sends by itself: what it calls the person by who filled it in. On the
/// answer: what it calls them by now.
const OWNER: HeaderName = HeaderName::from_static("shenbao-owner");
/// With it: how many seconds ago it was filled in, by that browser's clock.
const WAITED: HeaderName = HeaderName::from_static("shenbao-waited");

/// Takes the form: to the receipt, or back to the page with what was typed. What cannot come back in a form, because nobody is
/// known to whom it belongs, stands on the error's page to be copied.
pub async fn declare(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(owner) = parts.headers.get(&OWNER) {
        let owner = owner.clone();
        return kept_one(state, &parts, &enterprise, body, &owner).await;
    }
    let (values, whole) = match form::read_body(&parts.headers, body).await {
        Ok(Ok(values)) => (values, true),
        Ok(Err(values)) => (values, false),
        Err(error) => return error_page(state, &parts, error, FormValues::default()).await,
    };
    match outcome(&state, &parts, &enterprise, values.clone(), whole).await {
        Ok(Outcome::Done(receipt)) => Redirect::to(&link::receipt(receipt)).into_response(),
        Ok(outcome) => page(state, parts, outcome).await,
        Err(error) => error_page(state, &parts, error, values).await,
    }
}

/// Answers a script: with the receipt's path, or with a code. What another person left on this device is not taken for the one who is
/// known now; whoever was forgotten meanwhile, and has said anew who they are, is the same person.
async fn kept_one(state: AppState, parts: &Parts, enterprise: &str, body: Body, owner: &HeaderValue) -> Response {
    let taken = async {
        let values = form::read_body(&parts.headers, body).await?.map_err(|_| AppError::BadRequest)?;
        let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
        let visit = Visit::new(state, parts);
        let employee = caller::declarer(&visit, enterprise).await?;
        let known = owner::owner(&visit.state, &employee).await?;
        if known.as_bytes() != owner.as_bytes() && !was_made_for(&visit.state, &employee, &values).await? {
            return Ok(None);
        }
        let known = HeaderValue::try_from(known).map_err(|_| AppError::Internal)?;
        let secs = parts.headers.get(&WAITED).and_then(|secs| secs.to_str().ok()?.parse().ok());
        Ok::<_, AppError>(Some((submit_kept(&visit, enterprise, values, Waited { secs }).await?, known)))
    };
    let refused = |status: StatusCode, code: &str| (status, Json(code)).into_response();
    let answer = |late: Late| match late {
        Late::Taken(Outcome::Done(receipt)) => link::receipt(receipt).into_response(),
        Late::Taken(outcome) if outcome.note() == Some(Note::NewDay) => refused(status(&outcome), "new-day"),
        Late::Taken(outcome) => refused(status(&outcome), "answers"),
        Late::Older => refused(StatusCode::CONFLICT, "newer"),
    };
    match taken.await {
        Ok(Some((late, known))) => ([(OWNER, known)], answer(late)).into_response(),
        Ok(None) => refused(StatusCode::CONFLICT, "other-person"),
        Err(error) => refused(StatusCode::from_u16(error.status()).unwrap_or_default(), &error.to_string()),
    }
}

/// A form says by its key for whom it was made.
async fn was_made_for(state: &AppState, employee: &Employee, values: &FormValues) -> Result<bool> {
    match FormKey::read(values.one(SUBMISSION)) {
        Some(key) => key.is_for(state, employee).await,
        None => Ok(false),
    }
}

async fn outcome(state: &AppState, parts: &Parts, enterprise: &str, values: FormValues, whole: bool) -> Result<Outcome> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let visit = Visit::new(state.clone(), parts);
    if whole {
        return submit(&visit, enterprise, values).await;
    }
    caller::declarer(&visit, enterprise).await?;
    Ok(Outcome::noted(values, Note::Encoding))
}

async fn page(state: AppState, parts: Parts, outcome: Outcome) -> Response {
    let status = status(&outcome);
    let posted = Posted(Arc::new(outcome));
    let request = Request::from_parts(parts, Body::empty());
    let mut response = render::page(state, request, move || provide_context(posted.clone())).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}

pub(super) fn status(outcome: &Outcome) -> StatusCode {
    match outcome {
        Outcome::Form(filled) => match filled.note {
            Some(Note::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Some(Note::Often) => StatusCode::TOO_MANY_REQUESTS,
            Some(Note::Encoding) => StatusCode::BAD_REQUEST,
            None if filled.problems.is_empty() => StatusCode::OK,
            Some(Note::Changed | Note::NewDay | Note::OtherPerson | Note::Unknown) | None => StatusCode::UNPROCESSABLE_ENTITY,
        },
        Outcome::Check { .. } | Outcome::Done(_) => StatusCode::OK,
    }
}

/// The error in words, and under it what was typed. Nothing in it needs to wake up.
pub(super) async fn error_page(state: AppState, parts: &Parts, error: AppError, values: FormValues) -> Response {
    let catalogue = state.catalogue.clone();
    let context = move || provide_context(Kept(kept::lines(&catalogue, &values, language())));
    render::error_page_with(state, parts, error, context).await
}

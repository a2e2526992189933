//! The forms of this room's pages, posted as plain HTML: done and back to the page, or the page with everything that was typed.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Path, Request, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;
use uuid::Uuid;

use super::{
    answer, import,
    model::{FileProblem, Posted, Problem, UPLOAD_BYTES, field},
};
use crate::{
    account::caller::{self, Permission, Scope},
    error::{AppError, Result},
    form,
    id::EnterpriseId,
    link,
    questionnaire::model::FormValues,
    render,
    serve::is_over_the_limit,
    state::{AppState, Visit},
};

/// So long an answer waits for a file to be read: most are by then, and their page shows at once what they hold.
const PATIENCE: Duration = Duration::from_secs(2);

/// `POST /e/{enterprise}/roster`
pub async fn change(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let values = match read(&parts, body).await {
        Ok(values) => values,
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let posted = match take(&state, &parts, &enterprise, &values).await {
        Ok(Ok(path)) => return Redirect::to(&path).into_response(),
        Ok(Err(problems)) => Posted { problems, ..typed(&values) },
        Err(AppError::Busy) => Posted { error: Some(AppError::Busy), ..typed(&values) },
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let status = posted.error.map_or(422, AppError::status);
    page(state, parts, status, move || provide_context(posted.clone())).await
}

async fn take(state: &AppState, parts: &Parts, enterprise: &str, values: &FormValues) -> Result<Result<String, Vec<Problem>>> {
    let scope = scope(state, parts, enterprise).await?;
    let change = answer::change_of(values).ok_or(AppError::BadRequest)?;
    // Back to the list that it was posted from.
    let query = parts.uri.query().unwrap_or_default();
    let asked = answer::asked(query)?;
    let back = link::with_query(&link::roster(scope.tenant().id()), super::model::Asked { open: None, ..asked });
    Ok(answer::change(state, &scope, change).await?.map(|()| back))
}

/// What was typed, to stand there again.
fn typed(values: &FormValues) -> Posted {
    let text = match values.one(field::ACTION) {
        field::HEAD_COUNT => values.one(field::COUNT),
        _ => values.one(field::NUMBER),
    };
    Posted {
        values: answer::typed(values),
        entry: values.one(field::ENTRY).parse().ok().filter(|_| values.one(field::ACTION) != field::MERGE),
        employee: values.one(field::EMPLOYEE).parse().ok(),
        text: text.chars().take(50).collect(),
        ..Posted::default()
    }
}

/// `POST /e/{enterprise}/roster/import`: takes a file over that was shown, or forgets it.
pub async fn import(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let done = match read(&parts, body).await {
        Ok(values) => settle(&state, &parts, &enterprise, &values).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(Ok(path)) => Redirect::to(&path).into_response(),
        Ok(Err(problem)) => page(state, parts, 422, move || provide_context(problem.clone())).await,
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn settle(state: &AppState, parts: &Parts, enterprise: &str, values: &FormValues) -> Result<Result<String, FileProblem>> {
    let scope = scope(state, parts, enterprise).await?;
    let upload = Uuid::try_parse(values.one(field::UPLOAD)).map_err(|_| AppError::BadRequest)?;
    match values.one(field::ACTION) {
        field::IMPORT => {
            let done = import::confirm(state, &scope, upload, values.has(field::LEAVING, "yes")).await?;
            Ok(done.map(|()| of_upload(scope.tenant().id(), upload)))
        }
        field::CANCEL => {
            import::cancel(state, &scope, upload).await?;
            Ok(Ok(link::roster_import(scope.tenant().id())))
        }
        _ => Err(AppError::BadRequest),
    }
}

fn of_upload(enterprise: EnterpriseId, upload: Uuid) -> String {
    link::with_query(&link::roster_import(enterprise), format_args!("{}={}", field::UPLOAD, upload.simple()))
}

/// `POST /e/{enterprise}/roster/upload`
pub async fn upload(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let scope = match scope(&state, &parts, &enterprise).await {
        Ok(scope) => scope,
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let begun = match file(&state, Request::from_parts(parts.clone(), body)).await {
        Ok(bytes) => begin(&state, &scope, bytes).await,
        Err(error) => Err(error),
    };
    match begun {
        Ok(path) => Redirect::to(&path).into_response(),
        // No form with a file in it.
        Err(AppError::BadRequest) => {
            parts.uri = link::roster_import(scope.tenant().id()).parse().unwrap_or_default();
            page(state, parts, 422, || provide_context(FileProblem::Empty)).await
        }
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn begin(state: &AppState, scope: &Scope, bytes: Vec<u8>) -> Result<String> {
    let (upload, reading) = import::begin(state, scope, bytes).await?;
    let _ = tokio::time::timeout(PATIENCE, reading).await;
    Ok(of_upload(scope.tenant().id(), upload))
}

/// The file of the form. One that is too large is read to its end, and only that much of it is kept that it shows.
async fn file(state: &AppState, request: Request) -> Result<Vec<u8>> {
    let unread =
        |error: &(dyn std::error::Error + 'static)| if is_over_the_limit(error) { AppError::TooLarge } else { AppError::BadRequest };
    let mut form = Multipart::from_request(request, state).await.map_err(|_| AppError::BadRequest)?;
    while let Some(mut part) = form.next_field().await.map_err(|error| unread(&error))? {
        if part.name() != Some(field::FILE) {
            continue;
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|error| unread(&error))? {
            if bytes.len() <= UPLOAD_BYTES {
                bytes.extend_from_slice(&chunk);
            }
        }
        return Ok(bytes);
    }
    Err(AppError::BadRequest)
}

async fn scope(state: &AppState, parts: &Parts, enterprise: &str) -> Result<Scope> {
    let visit = Visit::new(state.clone(), parts);
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    caller::scope(&visit, enterprise, Permission::Departments).await
}

async fn read(parts: &Parts, body: Body) -> Result<FormValues> {
    form::read_body(&parts.headers, body).await?.map_err(|_| AppError::BadRequest)
}

async fn page(state: AppState, parts: Parts, status: u16, more: impl Fn() + Clone + Send + Sync + 'static) -> Response {
    let mut response = render::page(state, Request::from_parts(parts, Body::empty()), more).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    }
    response
}

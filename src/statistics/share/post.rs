//! The form that makes a link, and the picture that a link shows.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::prelude::provide_context;
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{answer, model::Made, picture};
use crate::{
    account::caller::{self, Permission},
    enterprise::image::ImageError,
    error::{AppError, Result},
    form,
    language::Language,
    render,
    state::{AppState, Visit},
    ui::locale::language_of,
};

/// A picture takes megabytes while it is drawn: no more than two at once.
static DRAWING: Semaphore = Semaphore::const_new(2);

/// No search engine keeps what is shared.
pub const ROBOTS: (HeaderName, HeaderValue) = (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));

/// How the making of a link went, for the page that shows it once.
#[derive(Clone)]
pub struct MadeNow(pub Made);

/// `POST /e/{enterprise}/share`: freezes the figures of the period in the address, and shows the link once.
pub async fn make(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    let query = parts.uri.query().unwrap_or_default().to_owned();
    match made(&visit, &enterprise, &query, &parts.headers, body).await {
        Err(error) => render::error_page(state, &parts, error).await,
        Ok(made) => {
            let status = if matches!(made, Made::Link { .. }) { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let page = Request::from_parts(parts, Body::empty());
            let mut response = render::page(state, page, move || provide_context(MadeNow(made.clone()))).await;
            if response.status().is_success() {
                *response.status_mut() = status;
            }
            response
        }
    }
}

async fn made(visit: &Visit, enterprise: &str, query: &str, headers: &HeaderMap, body: Body) -> Result<Made> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(visit, enterprise, Permission::Statistics).await?;
    let values = form::read_body(headers, body).await?.map_err(|_| AppError::BadRequest)?;
    answer::make(&visit.state, &scope, query, values.one("hours")).await
}

/// `GET /s/{token}/picture.png`
pub async fn picture(State(state): State<AppState>, Path(token): Path<String>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let visit = Visit::new(state.clone(), &parts);
    let language = language_of(render::wanted_locale(&parts.headers));
    match drawn(&visit, &token, language).await {
        Ok(png) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
                (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
                ROBOTS,
                (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"shenbao.png\"")),
            ];
            (headers, png).into_response()
        }
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn drawn(visit: &Visit, token: &str, language: Language) -> Result<Vec<u8>> {
    let shared = answer::shared_view(visit, token, false).await?;
    let _place = DRAWING.acquire().await.map_err(|_| AppError::Busy)?;
    match spawn_blocking(move || picture::png(&shared, language)).await {
        Ok(Ok(png)) => Ok(png),
        Ok(Err(error @ ImageError::NoFont)) => {
            tracing::error!(%error, "no picture can be made");
            Err(AppError::Busy)
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "a picture could not be made");
            Err(AppError::Internal)
        }
        Err(_) => Err(AppError::Internal),
    }
}

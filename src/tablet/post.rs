//! The forms of tablets.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    answer,
    model::{Made, field},
};
use crate::{
    account::{
        caller::{self, Permission},
        claim_post, session, sitting,
    },
    error::{AppError, Result},
    form, link, render,
    state::{AppState, Visit},
};

/// What became of the form, for the page that shows a link once.
#[derive(Clone)]
pub struct MadeNow(pub Made);

/// `POST /e/{enterprise}/tablets`: one more, or the end of one.
pub async fn change(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    match changed(&visit, &enterprise, &parts.headers, body).await {
        Err(error) => render::error_page(state, &parts, error).await,
        Ok(None) => Redirect::to(parts.uri.path()).into_response(),
        Ok(Some(made)) => {
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

async fn changed(visit: &Visit, enterprise: &str, headers: &HeaderMap, body: Body) -> Result<Option<Made>> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(visit, enterprise, Permission::Tablets).await?;
    let values = form::read_body(headers, body).await?.map_err(|_| AppError::BadRequest)?;
    match values.one(field::TABLET) {
        "" => answer::make(&visit.state, &scope, values.one(field::NAME)).await.map(Some),
        tablet => answer::end(&visit.state, &scope, tablet).await.map(|()| None),
    }
}

/// `POST /tablet/{tablet}`: this device is a tablet from now on. Whoever was signed in on it is not any more.
pub async fn set_up(State(state): State<AppState>, Path(link): Path<String>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let visit = Visit::new(state.clone(), &parts);
    match handed_over(&visit, &link).await {
        Ok(cookies) => (AppendHeaders(cookies), clear(), Redirect::to(link::TABLET)).into_response(),
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn handed_over(visit: &Visit, link: &str) -> Result<Vec<(HeaderName, HeaderValue)>> {
    let (tenant, secret) = answer::set_up(visit, link).await?;
    let mut cookies = vec![sitting::keep(visit, tenant, &secret), session::end(visit).await?];
    cookies.extend(sitting::forget_devices(visit));
    Ok(cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect())
}

/// What pages have kept in the browser goes.
const fn clear() -> [(&'static str, &'static str); 1] {
    [("clear-site-data", "\"storage\"")]
}

/// `POST /tablet`: somebody says who they are, and goes on to the form.
pub async fn sit(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    let taken = match claim_post::read(&parts.headers, body).await {
        Ok(values) => claim_post::kept(sitting::sit(&visit, &values).await, values),
        Err(posted) => Err(posted),
    };
    claim_post::answer(state, parts, taken).await
}

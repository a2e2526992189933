//! The forms of the messages' page, posted as plain HTML.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Redirect, Response},
};

use super::{model::READ, tell};
use crate::{
    account::caller,
    error::AppError,
    form, render,
    state::{AppState, Visit},
};

/// `POST /messages`
pub async fn messages(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let read = async {
        let viewer = caller::viewer(&Visit::new(state.clone(), &parts)).await?;
        let values = form::read_body(&parts.headers, body).await?.map_err(|_| AppError::BadRequest)?;
        tell::read(&state, &viewer, values.one(READ)).await
    };
    match read.await {
        Ok(path) => Redirect::to(&path).into_response(),
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

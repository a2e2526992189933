//! Pages as HTML: what they find in their context, and that each is rendered to its end.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use tracing::Instrument;

use crate::{
    app::{error_shell, quiet_shell, shell},
    error::AppError,
    form::Typed,
    i18n::Locale,
    metrics,
    state::{AppState, cookies},
    ui::{
        error_page::{Kept, Reference},
        locale::{self, PageFacts},
    },
};

/// What pages and server functions find in their context.
pub fn provide(state: &AppState) {
    let parts = use_context::<Parts>();
    let locale = parts.as_ref().map_or(Locale::zh_CN, |parts| wanted_locale(&parts.headers));
    let large = parts.as_ref().is_some_and(|parts| chosen(&parts.headers, locale::SIZE_COOKIE) == Some(locale::LARGE));
    let in_wechat = parts.is_some_and(|parts| is_wechat(&parts.headers));
    provide_context(PageFacts { locale, demo: state.demo, large, in_wechat });
    provide_context(state.clone());
}

fn is_wechat(headers: &HeaderMap) -> bool {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).is_some_and(|agent| agent.contains("MicroMessenger"))
}

pub fn wanted_locale(headers: &HeaderMap) -> Locale {
    let accepted = || headers.get(header::ACCEPT_LANGUAGE).and_then(|value| locale::accepted(value.to_str().ok()?));
    chosen(headers, locale::COOKIE).map(locale::from_tag).or_else(accepted).unwrap_or(Locale::zh_CN)
}

fn chosen<'a>(headers: &'a HeaderMap, cookie: &str) -> Option<&'a str> {
    cookies(headers).find(|(name, _)| *name == cookie).map(|(_, value)| value)
}

/// Renders the page at this request's address, with more in its context: for a form that was posted without JavaScript.
pub async fn page(state: AppState, mut request: Request, more: impl Fn() + Clone + Send + Sync + 'static) -> Response {
    *request.method_mut() = axum::http::Method::GET;
    let options = state.leptos.clone();
    let context = move || {
        provide(&state);
        more();
    };
    to_its_end(leptos_axum::render_app_async_with_context(context, move || shell(options.clone()))(request)).await
}

/// A page that wakes nothing, at this request's address.
pub async fn quiet_page(
    state: AppState,
    parts: &Parts,
    status: StatusCode,
    page: impl Fn() -> AnyView + Clone + Send + Sync + 'static,
) -> Response {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = parts.uri.clone();
    *request.headers_mut() = parts.headers.clone();
    let options = state.leptos.clone();
    let context = move || provide(&state);
    let page = move || quiet_shell(options.clone(), page.clone());
    let mut response = to_its_end(leptos_axum::render_app_async_with_context(context, page)(request)).await;
    *response.status_mut() = status;
    response
}

/// The page of an error that no page could show: nothing in it needs to wake up.
pub async fn error_page(state: AppState, parts: &Parts, error: AppError) -> Response {
    // A session ends while people write.
    let typed = parts.extensions.get::<Typed>().filter(|_| error == AppError::SignInRequired);
    let kept = typed.map(|typed| Kept(typed.words().into_iter().map(|words| (String::new(), words)).collect()));
    error_page_with(state, parts, error, move || kept.clone().map_or((), provide_context)).await
}

/// The same, with more in its context.
pub async fn error_page_with(state: AppState, parts: &Parts, error: AppError, more: impl Fn() + Clone + Send + Sync + 'static) -> Response {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = parts.uri.clone();
    *request.headers_mut() = parts.headers.clone();
    let options = state.leptos.clone();
    let reference = metrics::name_of(&parts.extensions).map(|name| Reference(name.to_owned()));
    let context = move || {
        provide(&state);
        if let Some(reference) = &reference {
            provide_context(reference.clone());
        }
        more();
    };
    let page = move || error_shell(options.clone(), error);
    let mut response = to_its_end(leptos_axum::render_app_async_with_context(context, page)(request)).await;
    *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or_default();
    response
}

/// The page of all components: of no release.
#[cfg(debug_assertions)]
pub async fn style_page(axum::extract::State(state): axum::extract::State<AppState>, request: Request) -> Response {
    let options = state.leptos.clone();
    let page = move || crate::app::style_shell(options.clone());
    to_its_end(leptos_axum::render_app_async_with_context(move || provide(&state), page)(request)).await
}

/// A document that is no page of the router's, and the same for everyone.
pub async fn document<V: IntoView + 'static>(state: AppState, parts: &Parts, shell: fn(LeptosOptions) -> V) -> Response {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = parts.uri.clone();
    *request.headers_mut() = parts.headers.clone();
    let options = state.leptos.clone();
    let context = move || provide(&state);
    to_its_end(leptos_axum::render_app_async_with_context(context, move || shell(options.clone()))(request)).await
}

/// As a layer around the pages that the router renders by itself.
pub async fn pages_to_their_end(request: Request, next: Next) -> Response {
    to_its_end(next.run(request)).await
}

/// Renders a page to its last byte, even if whoever asked hangs up meanwhile. What is rendered and then dropped half-way would keep
/// its memory, panic in what it left running, and could stop a thread for ever: the framework tidies up at the end only.
async fn to_its_end(rendering: impl Future<Output = Response> + Send + 'static) -> Response {
    let whole = async {
        let (parts, body) = rendering.await.into_parts();
        match axum::body::to_bytes(body, usize::MAX).await {
            Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
            Err(error) => {
                tracing::error!(%error, "a page broke off");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    };
    match tokio::spawn(whole.in_current_span()).await {
        Ok(response) => response,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

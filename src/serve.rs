//! The router and its layers.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{MatchedPath, Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use leptos_i18n::td_string;
use tokio::net::TcpListener;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, csrf::CsrfLayer, limit::RequestBodyLimitLayer, services::ServeDir,
    timeout::TimeoutLayer, trace::TraceLayer,
};

use crate::{
    account::{devices::Devices, is_our_cookie, passkey::Passkeys},
    app::{App, error_shell, shell},
    census::Censuses,
    clock::Clock,
    config,
    db::Db,
    declaration::writer::Writer,
    enterprise::registry,
    error::AppError,
    i18n::Locale,
    limit, link,
    listener::{self, Limits},
    questionnaire::catalogue::Catalogue,
    state::{AppState, PublicUrl, Shared, cookies},
    ui::locale::{self, PageFacts},
    vault::{KeyFile, Vault},
};

/// Requests larger than this are refused.
pub const BODY_LIMIT: usize = 64 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// No file of ours has so long a name, nor so long a path.
const NAME_BYTES: usize = 200;
const PATH_BYTES: usize = 1024;
/// A database that takes longer is not ready.
const READY_TIMEOUT: Duration = Duration::from_secs(2);
/// Seconds until a busy server may be asked again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// Opens everything that a request needs; fails with a sentence that says what to do.
pub async fn open(settings: &config::Serve, demo: bool) -> anyhow::Result<AppState> {
    let public_url = PublicUrl::parse(&settings.public.public_url)?;
    let clock = Clock::default();
    let vault = Arc::new(Vault::new(KeyFile::open(&settings.storage.key_file)?, clock.clone()));
    let db = Db::open(&settings.storage.database_url).await?;
    vault.check(&db).await?;
    let catalogue = Arc::new(Catalogue::load(settings.storage.questionnaires.as_deref())?);
    let budget = settings.census_mib.saturating_mul(1024 * 1024);
    Ok(AppState::from(Shared {
        writer: Writer::start(db.clone()),
        censuses: Censuses::new(db.clone(), vault.clone(), catalogue.clone(), budget),
        enterprises: registry::Known::default(),
        devices: Devices::new(db.clone()),
        passkeys: Passkeys::new(&public_url)?,
        limits: limit::Limits::default(),
        public_url,
        proxies: settings.proxies,
        demo,
        leptos: leptos_options(settings),
        db,
        vault,
        clock,
        catalogue,
    }))
}

fn leptos_options(settings: &config::Serve) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("shenbao")
        .site_root(settings.site_root.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .env(if settings.watch.is_some() { Env::DEV } else { Env::PROD })
        .site_addr(settings.addr)
        .reload_port(u32::from(settings.reload_port))
        .hash_files(settings.hash_files)
        .build()
}

/// Every route, with the layers around it. Call it once per process: Leptos keeps its route list globally.
pub fn router(state: AppState) -> Router {
    let pages = generate_route_list(App);
    let (context, options) = (state.clone(), state.leptos.clone());
    let api = {
        let state = state.clone();
        move |request: Request| {
            let state = state.clone();
            async move { leptos_axum::handle_server_fns_with_context(move || provide(&state), request).await.into_response() }
        }
    };
    Router::new()
        .route("/api/{*endpoint}", axum::routing::any(api))
        .leptos_routes_with_context(&state, pages, move || provide(&context), move || shell(options.clone()))
        .merge(crate::account::routes())
        .merge(crate::enterprise::routes())
        .merge(crate::declaration::routes())
        .route("/language/{tag}", get(language))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .fallback_service(files(&state))
        .layer(middleware::from_fn(error_status))
        .layer(middleware::from_fn(whole_body))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIMEOUT))
        .layer(own_pages(&state.public_url))
        .layer(middleware::from_fn_with_state(state.clone(), says_from_where))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(state.clone(), refused))
        .layer(middleware::from_fn(names_a_path))
        .layer(middleware::from_fn(common_headers))
        .layer(CompressionLayer::new().no_zstd())
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
            // The template, never the path: codes and searches stand in paths and queries.
            let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
            tracing::info_span!("request", method = %request.method(), route)
        }))
        .with_state(state)
}

/// The built browser files, and a page that says so for any other path.
fn files(state: &AppState) -> Router {
    let missing = Router::new().fallback(missing).with_state(state.clone());
    // Without an index there is no redirect to it either: that of `//pkg` would lead to another host.
    let site = ServeDir::new(&*state.leptos.site_root).append_index_html_on_directories(false);
    let site = site.precompressed_br().precompressed_gzip().call_fallback_on_method_not_allowed(true).fallback(missing);
    Router::new().fallback_service(site).layer(middleware::from_fn_with_state(state.clone(), can_be_a_file))
}

/// A name that is too long for any file is missing like any other; the file system would call it an error.
async fn can_be_a_file(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.len() > PATH_BYTES || path.split('/').any(|name| name.len() > NAME_BYTES) {
        return missing(State(state), request).await;
    }
    next.run(request).await
}

/// Lets a change through from our own pages only. The public address is theirs, whatever a proxy writes into `Host`.
fn own_pages(url: &PublicUrl) -> CsrfLayer {
    CsrfLayer::new().add_trusted_origin(url.origin()).expect("a public URL is an origin")
}

/// Whoever changes something with a cookie of ours says from where they come. Browsers do, by `Origin` or `Sec-Fetch-Site`; a
/// request with neither would pass [`own_pages`].
async fn says_from_where(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let silent = !headers.contains_key(header::ORIGIN) && !headers.contains_key("sec-fetch-site");
    let acts = !request.method().is_safe() && cookies(headers).any(|(name, _)| is_our_cookie(&state.public_url, name));
    if silent && acts {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

/// `CONNECT host:1` and `GET host:1` are for proxies: they name no path, and nothing further in can answer them.
async fn names_a_path(request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some() {
        return next.run(request).await;
    }
    let locale = wanted_locale(request.headers());
    let (happened, to_do) = (td_string!(locale, error.bad_request), td_string!(locale, error.bad_request_do));
    (StatusCode::BAD_REQUEST, format!("{happened}\n{to_do}\n")).into_response()
}

/// A server function gets its request's whole body: it could not tell one that is too long from one that broke off.
async fn whole_body(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, BODY_LIMIT).await {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(error) if is_over_the_limit(&error) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// The layers around wrap the limit's error, each in one of its own; its type belongs to a crate that is not ours to name.
fn is_over_the_limit(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|cause| cause.to_string() == "length limit exceeded")
}

/// What pages and server functions find in their context.
pub fn provide(state: &AppState) {
    let parts = use_context::<Parts>();
    let locale = parts.as_ref().map_or(Locale::zh_CN, |parts| wanted_locale(&parts.headers));
    provide_context(PageFacts { locale, demo: state.demo });
    provide_context(state.clone());
}

fn wanted_locale(headers: &HeaderMap) -> Locale {
    let chosen = cookies(headers).find(|(name, _)| *name == locale::COOKIE).map(|(_, tag)| locale::from_tag(tag));
    let accepted = || headers.get(header::ACCEPT_LANGUAGE).and_then(|value| locale::accepted(value.to_str().ok()?));
    chosen.or_else(accepted).unwrap_or(Locale::zh_CN)
}

/// Renders the page at this request's address, with more in its context: for a form that was posted without JavaScript.
pub async fn render_page(state: AppState, mut request: Request, more: impl Fn() + Clone + Send + Sync + 'static) -> Response {
    *request.method_mut() = axum::http::Method::GET;
    let options = state.leptos.clone();
    let context = move || {
        provide(&state);
        more();
    };
    leptos_axum::render_app_async_with_context(context, move || shell(options.clone()))(request).await
}

/// The page of an error that no page could show: nothing in it needs to wake up.
pub async fn error_page(state: AppState, parts: &Parts, error: AppError) -> Response {
    error_page_with(state, parts, error, || ()).await
}

/// The same, with more in its context.
pub async fn error_page_with(state: AppState, parts: &Parts, error: AppError, more: impl Fn() + Clone + Send + Sync + 'static) -> Response {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = parts.uri.clone();
    *request.headers_mut() = parts.headers.clone();
    let options = state.leptos.clone();
    let context = move || {
        provide(&state);
        more();
    };
    let page = move || error_shell(options.clone(), error);
    let mut response = leptos_axum::render_app_async_with_context(context, page)(request).await;
    *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or_default();
    response
}

/// A path that is neither a page nor a file.
async fn missing(State(state): State<AppState>, request: Request) -> Response {
    error_page(state, &request.into_parts().0, AppError::NotFound).await
}

/// What the layers refuse (too large, too slow, from another site, a panic) in the same words as everything else.
async fn refused(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let seen = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let plain = response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let error = match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge,
        StatusCode::SERVICE_UNAVAILABLE => AppError::Busy,
        StatusCode::INTERNAL_SERVER_ERROR => AppError::Internal,
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST => AppError::BadRequest,
        _ => return response,
    };
    if !plain || matches!(seen.uri.path(), "/healthz" | "/readyz") {
        return response;
    }
    let mut answer = if seen.uri.path().starts_with("/api/") { Json(error).into_response() } else { error_page(state, &seen, error).await };
    *answer.status_mut() = response.status();
    answer
}

/// A server function's error is one code; this gives it its status, whatever the framework chose.
async fn error_status(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    if !api || !response.status().is_server_error() && !response.status().is_client_error() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, BODY_LIMIT).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    if let Ok(error) = serde_json::from_slice::<AppError>(&bytes) {
        parts.status = StatusCode::from_u16(error.status()).unwrap_or_default();
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Keeps a choice of language, and goes back to where it was made.
async fn language(Path(tag): Path<String>, Query(query): Query<std::collections::HashMap<String, String>>) -> Response {
    let next = query.get("next").map(String::as_str).filter(|next| link::is_local(next)).unwrap_or(link::ENTRY);
    let tag = locale::tag(locale::from_tag(&tag));
    let cookie = format!("{}={tag}; Path=/; Max-Age=31536000; SameSite=Lax", locale::COOKIE);
    ([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response()
}

async fn ready(State(state): State<AppState>) -> Response {
    if state.db.is_ready(READY_TIMEOUT).await {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
    }
}

/// What every answer carries: what a browser may do with it, how long it may be kept, when a busy server may be asked again.
async fn common_headers(request: Request, next: Next) -> Response {
    let (file, api) = (request.uri().path().starts_with("/pkg/"), request.uri().path().starts_with("/api/"));
    let hashed = is_hashed(request.uri().path());
    let mut response = next.run(request).await;
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let html = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static("default-src 'none'"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.entry(header::RETRY_AFTER).or_insert(RETRY_AFTER);
    }
    if hashed && status.is_success() {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    } else if html || api || file && failed {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    } else if !file {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    }
    response
}

/// Whether a file's name carries the hash of its content, as `.ci/pack.mjs` writes it: what it names never changes.
fn is_hashed(path: &str) -> bool {
    let mut parts = path.strip_prefix("/pkg/").unwrap_or_default().rsplit('.');
    parts.nth(1).is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Serves until the process is told to stop, then lets what is under way finish.
pub async fn run(state: AppState, listener: TcpListener) {
    run_until(state, listener, Limits::default(), stop_signal()).await;
}

/// Serves until `stop` is ready.
pub async fn run_until(state: AppState, listener: TcpListener, limits: Limits, stop: impl Future<Output = ()>) {
    let db = state.db.clone();
    listener::serve(router(state), listener, limits, stop).await;
    db.close().await;
}

#[expect(clippy::expect_used, reason = "without signals there is no clean way to stop")]
async fn stop_signal() {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("SIGTERM can be listened for");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

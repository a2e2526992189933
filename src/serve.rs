//! The router and its layers.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::{prelude::*, server_fn::error::ServerFnUrlError};
use leptos_axum::{LeptosRoutes, generate_route_list};
use leptos_i18n::td_string;
use tokio::net::TcpListener;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    classify::ServerErrorsFailureClass,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    request_id::{PropagateRequestIdLayer, SetRequestIdLayer},
    services::ServeDir,
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
    trace::TraceLayer,
};

use crate::{
    account::{devices::Devices, is_our_cookie, oidc, passkey::Passkeys},
    app::{App, shell},
    asset,
    census::Censuses,
    channel::{self, address::Allowed, mail::Mailer, send::Outgoing},
    clock::Clock,
    config,
    db::{Db, checkpoint},
    declaration::writer::Writer,
    enterprise::registry,
    error::AppError,
    form, limit, link,
    listener::{self, Limits},
    message::live::Live,
    metrics::{self, Metrics, OurRequestId},
    questionnaire::catalogue::Catalogue,
    ready::{self, Stopping},
    reminder::{self, holidays::Holidays},
    render::{self, error_page, provide, wanted_locale},
    retention,
    state::{AppState, PublicUrl, Shared, cookies},
    ui::locale,
    vault::{KeyFile, Vault},
    wake,
};

/// Requests larger than this are refused.
pub const BODY_LIMIT: usize = 64 * 1024;
/// A file that is somewhat too large is read to its end, so that the browser gets to hear why it was refused.
const UPLOAD_LIMIT: usize = 4 * crate::roster::model::UPLOAD_BYTES;
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(2);
/// A request's body is given up when nothing of it came for so long.
const BODY_SILENCE: Duration = Duration::from_secs(8);
/// No file of ours has so long a name, nor so long a path.
const NAME_BYTES: usize = 200;
const PATH_BYTES: usize = 1024;
/// What no page of ours asks a browser for, unless it says so itself.
const PERMISSIONS: HeaderValue = HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()");
/// What is no page may do nothing at all. The last three do not follow from the first.
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'");
/// How hard pages are compressed: one step above the usual saves a ninth of the form, and the steps above that hardly anything.
const PAGES: CompressionLevel = CompressionLevel::Precise(5);
/// Seconds until a busy server may be asked again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// Opens everything that a request needs; fails with a sentence that says what to do.
pub async fn open(settings: &config::Serve, demo: bool) -> anyhow::Result<AppState> {
    let public_url = PublicUrl::parse(&settings.public.public_url)?;
    oidc::choose_cryptography();
    let providers = oidc::Providers::load(settings.providers.as_deref())?;
    let outgoing = outgoing(&settings.sending)?;
    let clock = Clock::default();
    let vault = Arc::new(Vault::new(KeyFile::open(&settings.storage.key_file)?, clock.clone()));
    let (storage, postgres) = (&settings.storage, &settings.postgres);
    let replica = postgres.replica_url.as_deref().map(|url| Db::follow(url, postgres.pool())).transpose()?;
    anyhow::ensure!(
        replica.is_none() || !storage.database_url.starts_with("sqlite:"),
        "SQLite has no replica: leave SHENBAO_REPLICA_URL out"
    );
    let db = Db::open_with(&storage.database_url, postgres.pool()).await?;
    vault.check(&db).await?;
    let catalogue = Arc::new(Catalogue::load(settings.storage.questionnaires.as_deref())?);
    let live = Arc::new(Live::default());
    let budget = settings.census_mib.saturating_mul(1024 * 1024);
    let writer = Writer::start(db.clone(), live.clone());
    let censuses = Censuses::new(db.clone(), replica, vault.clone(), catalogue.clone(), budget);
    Ok(AppState::from(Shared {
        metrics: Metrics::new(&writer.metrics, &censuses.metrics, budget, db.kind()),
        stopping: Stopping::default(),
        writer,
        live,
        censuses,
        enterprises: registry::Known::default(),
        devices: Devices::new(db.clone()),
        passkeys: Passkeys::new(&public_url)?,
        providers,
        limits: limit::Limits::default(),
        outgoing,
        holidays: Holidays::load(settings.sending.holidays.as_deref())?,
        public_url,
        proxies: settings.proxies,
        retention_days: settings.retention.retention_days,
        demo,
        leptos: leptos_options(settings),
        db,
        vault,
        clock,
        catalogue,
    }))
}

fn outgoing(settings: &config::Sending) -> anyhow::Result<Outgoing> {
    let allowed = Allowed::parse(&settings.allow_receivers).map_err(|why| anyhow::anyhow!("SHENBAO_ALLOW_RECEIVERS: {why}"))?;
    Ok(Outgoing::new(allowed, Mailer::new(settings.smtp_url.as_deref(), settings.mail_from.as_deref())?))
}

fn leptos_options(settings: &config::Serve) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("shenbao")
        .site_root(settings.site_root.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .env(if settings.watch.is_some() { Env::DEV } else { Env::PROD })
        .site_addr(settings.addr)
        .reload_port(u32::from(settings.reload_port))
        .hash_files(settings.hash_files.unwrap_or_else(|| !wake::hashes().is_empty()))
        .build()
}

/// Fails with a sentence where the browser's files are not those that pages name: without them nobody could sign in.
pub fn check_site(state: &AppState) -> anyhow::Result<()> {
    let options = &state.leptos;
    let script = std::path::Path::new(&*options.site_root).join(wake::script(options).trim_start_matches('/'));
    anyhow::ensure!(
        script.is_file() || options.env == Env::DEV,
        "there is no {}: give the folder with the browser's files, as the build made them together with this program, by --site-root",
        script.display()
    );
    Ok(())
}

/// Every route, with the layers around it; each answer begins within this time. Call it once per process: Leptos keeps its route
/// list globally.
pub fn router(state: AppState, answer_within: Duration) -> Router {
    let pages = generate_route_list(App);
    let (context, options) = (state.clone(), state.leptos.clone());
    let api = {
        let state = state.clone();
        move |request: Request| {
            let state = state.clone();
            async move { leptos_axum::handle_server_fns_with_context(move || provide(&state), request).await.into_response() }
        }
    };
    let pages = Router::new()
        .leptos_routes_with_context(&state, pages, move || provide(&context), move || shell(options.clone()))
        .layer(middleware::from_fn(render::pages_to_their_end));
    Router::new()
        .route("/api/{*endpoint}", axum::routing::any(api))
        .merge(pages)
        .merge(crate::account::routes())
        .merge(crate::enterprise::routes())
        .merge(crate::declaration::routes())
        .merge(crate::rights::routes())
        .merge(crate::roster::routes())
        .merge(crate::statistics::routes())
        .merge(crate::delegation::routes())
        .merge(crate::alert::routes())
        .merge(crate::message::routes())
        .merge(crate::channel::routes())
        .merge(crate::reminder::routes())
        .merge(crate::tablet::routes())
        .merge(crate::offline::routes())
        .merge(crate::gate::routes())
        .route("/language/{tag}", get(language))
        .route("/size/{size}", get(size))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready::answer))
        .merge(while_building())
        .fallback_service(files(&state))
        .layer(middleware::from_fn_with_state(state.clone(), error_status))
        .layer(middleware::from_fn(whole_body))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(RequestBodyTimeoutLayer::new(BODY_SILENCE))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, answer_within))
        .merge(uploads())
        .layer(own_pages(&state.public_url))
        .layer(middleware::from_fn_with_state(state.clone(), says_from_where))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(state.clone(), refused))
        .layer(middleware::from_fn_with_state(state.clone(), names_a_path))
        .layer(middleware::from_fn_with_state(state.clone(), common_headers))
        .layer(CompressionLayer::new().no_zstd().quality(PAGES))
        .layer(TraceLayer::new_for_http().make_span_with(metrics::span).on_failure(failed))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(OurRequestId))
        .layer(middleware::from_fn_with_state(state.clone(), metrics::observe))
        .with_state(state)
}

/// Says that an answer is none. One that asks to come again is a warning: a server with too much to do says so to many.
fn failed(class: ServerErrorsFailureClass, latency: Duration, _span: &tracing::Span) {
    match class {
        ServerErrorsFailureClass::StatusCode(StatusCode::SERVICE_UNAVAILABLE) => tracing::warn!(?latency, "unavailable"),
        class => tracing::error!(classification = %class, ?latency, "response failed"),
    }
}

/// For whoever builds this.
#[cfg(debug_assertions)]
fn while_building() -> Router<AppState> {
    Router::new().route("/style", get(render::style_page))
}

#[cfg(not(debug_assertions))]
fn while_building() -> Router<AppState> {
    Router::new()
}

/// Files are larger than forms, and take longer on a slow line.
fn uploads() -> Router<AppState> {
    crate::roster::uploads()
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(UPLOAD_LIMIT))
        .layer(RequestBodyTimeoutLayer::new(BODY_SILENCE))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, UPLOAD_TIMEOUT))
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

/// Whoever changes something with a cookie of ours says from where they come. Browsers do, by `Origin` or `Sec-Fetch-Site`, and before
/// 2020 some by `Referer` alone; a request with none of them would pass [`own_pages`].
async fn says_from_where(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (headers, url) = (request.headers(), &state.public_url);
    let acts = !request.method().is_safe() && cookies(headers).any(|(name, _)| is_our_cookie(url, name));
    if acts && !says_that_it_is_ours(headers, url) { StatusCode::FORBIDDEN.into_response() } else { next.run(request).await }
}

fn says_that_it_is_ours(headers: &HeaderMap, url: &PublicUrl) -> bool {
    let said = |name: &str| headers.get(name).map(HeaderValue::as_bytes).filter(|value| !value.is_empty());
    match said("origin") {
        // Behind https only the public address is ours: a page of the same host over plain http may be anyone's.
        Some(origin) => !url.is_secure() || origin == url.origin().as_bytes(),
        None => said("sec-fetch-site").is_some() || said("referer").is_some_and(|page| is_below(page, url.origin())),
    }
}

/// Whether an address is of a site's page, and not of another whose name begins so.
fn is_below(page: &[u8], origin: &str) -> bool {
    page.strip_prefix(origin.as_bytes()).is_some_and(|rest| rest.starts_with(b"/"))
}

/// `CONNECT host:1` and `GET host:1` are for proxies: they name no path, and nothing further in can answer them.
async fn names_a_path(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some() {
        // No name of ours has bytes that are not UTF-8.
        return if form::read(request.uri().path().as_bytes()).is_ok() {
            next.run(request).await
        } else {
            missing(State(state), request).await
        };
    }
    let locale = wanted_locale(request.headers());
    let (happened, to_do) = (td_string!(locale, error.bad_request), td_string!(locale, error.bad_request_do));
    (StatusCode::BAD_REQUEST, format!("{happened}\n{to_do}\n")).into_response()
}

/// A server function gets its request's whole body: it could not tell one that is too long from one that broke off. So does a
/// representative's form, which is shown again where their session has ended meanwhile.
async fn whole_body(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_viewers = path.starts_with("/e/") && form::is_form(request.headers());
    if !path.starts_with("/api/") && !is_viewers {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    match axum::body::to_bytes(body, BODY_LIMIT).await {
        Ok(bytes) => {
            if is_viewers {
                parts.extensions.insert(form::Typed(bytes.clone()));
            }
            next.run(Request::from_parts(parts, Body::from(bytes))).await
        }
        Err(error) if is_over_the_limit(&error) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// The layers around wrap the limit's error, each in one of its own; its type belongs to a crate that is not ours to name.
pub fn is_over_the_limit(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|cause| cause.to_string() == "length limit exceeded")
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

/// A server function's error is one code; this gives it its status, whatever the framework chose. A form that was posted without
/// JavaScript gets a page: the framework would send it back to where it came from, with the code in the address.
async fn error_status(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let (parts, body) = request.into_parts();
    let seen = api.then(|| parts.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    if let (Some(seen), Some(error)) = (seen, sent_back_with(&response)) {
        return error_page(state, &seen, error).await;
    }
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

/// The error with which the framework sends a form back, unless it is about what the form says: its page shows that beside the form.
fn sent_back_with(response: &Response) -> Option<AppError> {
    let location = response.headers().get(header::LOCATION).filter(|_| response.status().is_redirection())?;
    let query = location.to_str().ok()?.split_once('?')?.1;
    let code = form::read(query.as_bytes()).ok()?.one("__err").to_owned();
    let error = (!code.is_empty()).then(|| ServerFnUrlError::<AppError>::decode_err(&code))?;
    (!matches!(error, AppError::BadRequest | AppError::ConsentRequired)).then_some(error)
}

type Choice = Query<std::collections::HashMap<String, String>>;

/// Keeps a choice of language.
async fn language(Path(tag): Path<String>, query: Choice) -> Response {
    keep(locale::COOKIE, locale::tag(locale::from_tag(&tag)), &query)
}

/// Keeps a choice of the size of text.
async fn size(Path(size): Path<String>, query: Choice) -> Response {
    keep(locale::SIZE_COOKIE, if size == locale::LARGE { locale::LARGE } else { link::NORMAL }, &query)
}

/// Keeps a choice for a year, and goes back to where it was made.
fn keep(cookie: &str, value: &str, query: &Choice) -> Response {
    let next = query.get("next").map(String::as_str).filter(|next| link::is_local(next)).unwrap_or(link::ENTRY);
    let cookie = format!("{cookie}={value}; Path=/; Max-Age=31536000; SameSite=Lax");
    ([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response()
}

/// What every answer carries: what a browser may do with it, how long it may be kept, when a busy server may be asked again.
async fn common_headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (file, api) = (request.uri().path().starts_with("/pkg/"), request.uri().path().starts_with("/api/"));
    let hashed = is_hashed(request.uri());
    let mut response = next.run(request).await;
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let html = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.entry("permissions-policy").or_insert(PERMISSIONS);
    if state.public_url.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NO_PAGE);
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
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

/// Whether an address carries the hash of its content, as `.ci/pack.mjs` and [`asset`] write it: what it names never changes.
fn is_hashed(uri: &Uri) -> bool {
    let mut parts = uri.path().strip_prefix("/pkg/").unwrap_or_default().rsplit('.');
    let is_in_name = parts.nth(1).is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_in_name || uri.path_and_query().is_some_and(|address| asset::is_current(address.as_str()))
}

/// Serves until the process is told to stop, goes on taking requests for as long as `drain`, or until it is told once more, and lets
/// what is under way finish. `metrics` is the listener for Prometheus.
pub async fn run(state: AppState, listener: TcpListener, metrics: Option<TcpListener>, drain: Duration) {
    let measuring = metrics.map(|listener| tokio::spawn(metrics::serve(state.clone(), listener)));
    run_until(state, listener, Limits { drain, ..Limits::default() }, stop_signal()).await;
    if let Some(measuring) = measuring {
        measuring.abort();
    }
}

/// Serves until `stop` is ready.
pub async fn run_until(state: AppState, listener: TcpListener, limits: Limits, stop: impl Future<Output = ()>) {
    let db = state.db.clone();
    let folding = tokio::spawn(checkpoint::run(db.clone()));
    let forgetting = tokio::spawn(checkpoint::forget(db.clone()));
    let purging = tokio::spawn(retention::run(state.clone()));
    let delivering = tokio::spawn(channel::deliver::run(state.clone()));
    let reminding = tokio::spawn(reminder::schedule::run(state.clone()));
    let (live, stopping) = (state.live.clone(), state.stopping.clone());
    let stop = async move {
        stop.await;
        stopping.begin();
        if !limits.drain.is_zero() {
            tracing::info!(seconds = limits.drain.as_secs(), "not ready any more; requests are still taken");
            tokio::select! {
                () = tokio::time::sleep(limits.drain) => {}
                () = stop_signal() => {}
            }
        }
        // What would never end by itself.
        live.stop();
    };
    listener::serve(router(state, limits.answer), listener, limits, stop).await;
    reminding.abort();
    delivering.abort();
    purging.abort();
    checkpoint::forget_at_the_end(&db).await;
    forgetting.abort();
    folding.abort();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_that_it_comes_from_our_own_address() {
        let (secure, local) = (PublicUrl::parse("https://shenbao.example").unwrap(), PublicUrl::parse("http://localhost:3000").unwrap());
        let ours = |url: &PublicUrl, said: &[(&'static str, &'static str)]| {
            let pairs = said.iter().map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
            says_that_it_is_ours(&pairs.collect(), url)
        };
        for good in [&[("origin", "https://shenbao.example")][..], &[("sec-fetch-site", "same-origin")]] {
            assert!(ours(&secure, good), "{good:?}");
        }
        for bad in [
            &[][..],
            &[("origin", "")],
            &[("sec-fetch-site", "")],
            &[("origin", "http://shenbao.example")],
            &[("origin", "https://shenbao.example:8443")],
            &[("origin", "http://shenbao.example"), ("sec-fetch-site", "same-origin")],
            &[("origin", "null")],
        ] {
            assert!(!ours(&secure, bad), "{bad:?}");
        }
        // On this machine alone the guard behind this one compares it with the host that was asked for.
        assert!(ours(&local, &[("origin", "http://127.0.0.1:3000")]));
        assert!(!ours(&local, &[("origin", "")]));
    }
}

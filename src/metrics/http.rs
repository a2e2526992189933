//! How long requests take, by their route.

use std::{
    collections::HashSet,
    sync::LazyLock,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::Response,
};
use leptos::server_fn::axum::server_fn_paths;
use prometheus::{HistogramVec, IntGauge};

use super::{REQUEST_BUCKETS, gauge, histograms, request_id};
use crate::state::AppState;

/// Where requests go that no route takes.
const UNMATCHED: &str = "unmatched";
/// The browser's files, which have a service and no route.
const FILES: &str = "/pkg/{*file}";

/// The paths of server functions, which all have one route.
static FUNCTIONS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| server_fn_paths().map(|(path, _)| path).collect());

/// What requests come to.
pub struct Http {
    pub(super) duration: HistogramVec,
    pub(super) in_flight: IntGauge,
}

/// A request that has not been answered.
struct InFlight<'a>(&'a IntGauge);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Http {
    pub(super) fn new() -> Self {
        let help = "Time from a request's head to the head of its answer";
        Self {
            duration: histograms("shenbao_http_request_duration_seconds", help, &REQUEST_BUCKETS, &["route", "method", "status"]),
            in_flight: gauge("shenbao_http_requests_in_flight", "Requests whose answer has not begun"),
        }
    }

    fn enter(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight(&self.in_flight)
    }

    fn answered(&self, route: &str, method: &'static str, status: StatusCode, took: Duration) {
        self.duration.with_label_values(&[route, method, class(status)]).observe(took.as_secs_f64());
    }
}

/// The template of the route that takes a request, never its path: codes and searches stand in paths and queries.
#[derive(Clone)]
pub enum Route {
    Matched(MatchedPath),
    Named(&'static str),
}

impl Route {
    pub fn of(request: &Request) -> Self {
        let path = request.uri().path();
        if let Some(function) = FUNCTIONS.get(path) {
            return Self::Named(function);
        }
        let otherwise = Self::Named(if path.starts_with("/pkg/") { FILES } else { UNMATCHED });
        request.extensions().get::<MatchedPath>().cloned().map_or(otherwise, Self::Matched)
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Matched(path) => path.as_str(),
            Self::Named(name) => name,
        }
    }
}

/// What all that is logged of a request carries.
pub fn span(request: &Request) -> tracing::Span {
    let (route, name) = (Route::of(request), request_id::of(request.extensions()).unwrap_or_default());
    tracing::info_span!("request", method = method(request.method()), route = route.as_str(), id = name)
}

/// Whoever asks chooses the word; these are the ones that mean something.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

/// As the layer around all others: measures, and lets in no name for the request that is not to be trusted.
pub async fn observe(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    request_id::keep_only_a_proxys(state.proxies, request.headers_mut());
    let (route, method, http) = (Route::of(&request), method(request.method()), &state.metrics.http);
    let (_in_flight, began) = (http.enter(), Instant::now());
    let response = next.run(request).await;
    http.answered(route.as_str(), method, response.status(), began.elapsed());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_for_has_a_label_of_a_fixed_set() {
        for (word, label) in [("GET", "GET"), ("PROPFIND", "other"), ("get", "other"), ("X-123", "other")] {
            assert_eq!(method(&Method::from_bytes(word.as_bytes()).unwrap()), label);
        }
        for (status, label) in [(101, "1xx"), (204, "2xx"), (303, "3xx"), (404, "4xx"), (503, "5xx"), (999, "5xx")] {
            assert_eq!(class(StatusCode::from_u16(status).unwrap()), label);
        }
        for (path, label) in [("/i/SECRET", UNMATCHED), ("/pkg/SECRET", FILES), ("/api/SECRET", UNMATCHED)] {
            assert_eq!(Route::of(&Request::get(path).body(axum::body::Body::empty()).unwrap()).as_str(), label);
        }
    }
}

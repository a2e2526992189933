//! The page that Prometheus reads: on an address of its own, for it is the operator's.

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus::{TEXT_FORMAT, TextEncoder};
use tokio::net::TcpListener;

use super::Asked;
use crate::{
    channel,
    listener::{self, Limits},
    ready,
    state::AppState,
};

/// A scrape waits no longer than this for the database.
const PATIENCE: Duration = Duration::from_secs(2);
/// Prometheus needs one; some more are for whoever looks.
const CONNECTIONS: usize = 16;

/// Serves `/metrics`, until it is dropped.
pub async fn serve(state: AppState, listener: TcpListener) {
    let router = Router::new().route("/metrics", get(answer)).with_state(state);
    listener::serve(router, listener, Limits { connections: CONNECTIONS, ..Limits::default() }, std::future::pending()).await;
}

async fn answer(State(state): State<AppState>) -> Response {
    match page(&state).await {
        Ok(page) => ([(header::CONTENT_TYPE, HeaderValue::from_static(TEXT_FORMAT))], page).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written down");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// All metrics, as they are now.
pub async fn page(state: &AppState) -> Result<String, prometheus::Error> {
    state.metrics.asked.ask(state).await;
    TextEncoder::new().encode_to_string(&state.metrics.registry.gather())
}

impl Asked {
    async fn ask(&self, state: &AppState) {
        let (checks, outbox) = tokio::join!(ready::checks(state), self.ask_outbox(state));
        self.outbox_known.set(i64::from(outbox));
        for check in checks {
            self.ready.with_label_values(&[check.name]).set(i64::from(check.trouble.is_none()));
        }
        self.queue.set(number(state.writer.waiting()));
        let (enterprises, bytes) = state.censuses.load();
        self.census_enterprises.set(number(enterprises));
        self.census_bytes.set(number(bytes));
        for pool in state.db.pools() {
            self.connections.with_label_values(&[pool.name, "idle"]).set(number(pool.idle));
            self.connections.with_label_values(&[pool.name, "used"]).set(number(pool.all.saturating_sub(pool.idle)));
        }
    }

    /// Whether the outbox could be read. Where not, its figures stay what they were.
    async fn ask_outbox(&self, state: &AppState) -> bool {
        let read = tokio::time::timeout(PATIENCE, channel::deliver::backlog(state)).await;
        let Ok(Ok(backlog)) = read else { return false };
        self.outbox_waiting.set(backlog.waiting);
        self.outbox_age.set(backlog.oldest_secs);
        self.outbox_dead.set(backlog.dead);
        true
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

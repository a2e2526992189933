//! Whether this process can do its work just now: what `/readyz` says, line by line.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::state::AppState;

/// A database that takes longer is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the server was told to stop.
#[derive(Clone, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// One thing that must be so.
pub struct Check {
    pub name: &'static str,
    /// What is wrong, and what to do.
    pub trouble: Option<&'static str>,
}

/// Everything that must be so; it takes no longer than [`PATIENCE`].
pub async fn checks(state: &AppState) -> Vec<Check> {
    let (database, tables, keys) = tokio::join!(database(state), tables(state), keys(state));
    let writer = (!state.writer.is_alive()).then_some("declarations are not written any more: start the server again");
    let server = state.stopping.has_begun().then_some("it was told to stop");
    let named = [("server", server), ("writer", writer), ("database", database), ("tables", tables), ("keys", keys)];
    named.into_iter().map(|(name, trouble)| Check { name, trouble }).collect()
}

async fn database(state: &AppState) -> Option<&'static str> {
    (!state.db.is_ready(PATIENCE).await).then_some("it does not let a change begin")
}

async fn tables(state: &AppState) -> Option<&'static str> {
    match tokio::time::timeout(PATIENCE, state.db.is_migrated()).await {
        // A newer version only adds to what an older one knows: that one goes on until it is replaced.
        Ok(Ok(true)) => None,
        Ok(Ok(false)) => Some("they lack what this version needs: run `shenbao migrate`, or start the server again"),
        Ok(Err(_)) | Err(_) => Some("they cannot be read"),
    }
}

async fn keys(state: &AppState) -> Option<&'static str> {
    match tokio::time::timeout(PATIENCE, state.vault.is_ready(&state.db)).await {
        Ok(Ok(true)) => None,
        Ok(Ok(false)) => Some("the key file cannot be used, or does not open this database: run `shenbao key check`"),
        Ok(Err(_)) | Err(_) => Some("those of the database cannot be read"),
    }
}

/// `/readyz`: a line for each check, and 503 where one fails.
pub async fn answer(State(state): State<AppState>) -> Response {
    let checks = checks(&state).await;
    let line = |check: &Check| format!("{}: {}\n", check.name, check.trouble.unwrap_or("ready"));
    let status = if checks.iter().all(|check| check.trouble.is_none()) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, checks.iter().map(line).collect::<String>()).into_response()
}

//! An employee says how they are.
//!
//! The form is generated from the questionnaire; [`api`] takes it, whether WASM sent it or a plain HTML post; it is checked,
//! sealed, and handed to the group-committing [`writer`], which answers only after the commit is durable.

pub mod declare_page;
pub mod mine_page;
pub mod receipt_page;

#[cfg(feature = "ssr")]
pub mod record;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
pub mod writer;

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new()
}

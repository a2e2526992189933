//! 代报: a viewer declares for somebody who has no phone, or not today.
//!
//! Whoever may see the person may do it: from their page, or from a line of the roster that nobody has claimed, of which an employee
//! without a device is made. The viewer ticks that the person agreed. The form is the person's own, made and judged by the same code
//! on the server ([`on_behalf_page`] lays out what `answer` wrote, so that the viewers' part of the browser's code holds no form), and
//! is posted as plain HTML. What is stored says who declared; of the person's own and this the later counts.

pub mod api;
pub mod model;
pub mod on_behalf_page;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
mod post;

/// The form, for an employee and for a line of the roster.
#[cfg(feature = "ssr")]
pub(super) fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new()
        .route("/e/{enterprise}/people/{employee}/declare", axum::routing::post(post::employee))
        .route("/e/{enterprise}/roster/{line}/declare", axum::routing::post(post::line))
}

//! What declarations add up to, and the people behind each figure. The filter lives in the URL: a drill-down only changes
//! the query.
//!
//! [`model`] is the filter and its URL; [`api`] takes that URL, asks who wants to know, and hands both to `answer`, which
//! asks the census and puts the numbers into the words of the questionnaire, in the page's language: so a browser needs no
//! questionnaire, and each figure already carries its link. [`view`] is what travels; the pages only lay it out.
//!
//! [`trend`] sets days side by side, [`report`] says what one came to; [`export`] and [`share`] take figures and rows elsewhere.
//!
//! A person counts once, with the latest declaration of the period. Whoever is 待核对 is counted apart.

pub mod api;
pub mod export;
pub mod model;
pub mod report;
pub mod share;
pub mod trend;
pub mod view;

pub mod filter_bar;
pub mod people_page;
pub mod person_page;
mod query;
pub mod statistics_page;

#[cfg(feature = "ssr")]
mod answer;

/// Says to a person's page that document and telephone are to be shown in full.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy)]
struct Numbers;

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::share::sealed::Snapshots;
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new()
        .route("/e/{enterprise}/people/{employee}", axum::routing::post(numbers))
        .route("/e/{enterprise}/export/{file}", axum::routing::get(export::file::download))
        .route("/e/{enterprise}/share", axum::routing::post(share::post::make))
        .route("/e/{enterprise}/report.png", axum::routing::get(report::route::picture))
        .route("/s/{shared}/picture.png", axum::routing::get(share::post::picture))
}

/// The same page, with both numbers in full. It is posted, so that no link, refresh or way back shows them again.
#[cfg(feature = "ssr")]
async fn numbers(
    axum::extract::State(state): axum::extract::State<crate::state::AppState>,
    request: axum::extract::Request,
) -> axum::response::Response {
    let (parts, _) = request.into_parts();
    let page = axum::extract::Request::from_parts(parts, axum::body::Body::empty());
    crate::render::page(state, page, || leptos::prelude::provide_context(Numbers)).await
}

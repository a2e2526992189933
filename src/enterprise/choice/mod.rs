//! 问卷: which questionnaire an enterprise's people answer.
//!
//! The representative looks at those that there are and puts another one in force ([`choice_page`], a plain form that [`post`] takes).
//! What was declared stays as it is, under the questionnaire that it answered. Whoever has a form open may still send it until the day
//! ends, or for an hour where that is longer: [`still_taken`].

pub mod api;
pub mod choice_page;
pub mod model;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
mod post;

#[cfg(feature = "ssr")]
pub use self::answer::{still_taken, titles};

/// The page's form.
#[cfg(feature = "ssr")]
pub(super) fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new().route("/e/{enterprise}/questionnaire", axum::routing::post(post::post))
}

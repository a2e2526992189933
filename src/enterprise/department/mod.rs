//! 部门: the departments of an enterprise, by which its people are counted and a manager's sight is confined.
//!
//! The representative adds, renames and removes them ([`departments_page`], plain forms that [`post`] takes); an employee chooses
//! theirs with the claim, and the representative changes it on the person's page. Numbers are never used again: what is confined
//! to a department that was removed is confined to nobody.

pub mod api;
pub mod departments_page;
pub mod model;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
mod store;

#[cfg(feature = "ssr")]
pub(crate) use self::store::added_in;
#[cfg(feature = "ssr")]
pub use self::{
    answer::{add_by_operator, list},
    store::{Added, DEPARTMENT_INSERT, DEPARTMENT_LAST},
};

/// The page's forms.
#[cfg(feature = "ssr")]
pub(super) fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new().route("/e/{enterprise}/departments", axum::routing::post(post::post))
}

//! What the law gives an employee over their own data: to see and copy it, to correct it, to withdraw a consent, to ask for deletion
//! (PIPL, Art. 15 and 44 to 47). `docs/privacy.md` has each right and where it is exercised.
//!
//! An employee does all of it on one page of plain forms ([`rights_page`], taken by `post`), for one enterprise at a time, known by
//! the device's secret as everywhere. What they can do alone is done at once; what somebody else has to judge goes to the
//! representative as a request ([`requests_page`]), which shows the employee what became of it. A request goes with its employee.

pub mod api;
pub mod model;
pub mod requests_page;
pub mod rights_page;

#[cfg(feature = "ssr")]
pub mod answer;
#[cfg(feature = "ssr")]
mod copy;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod store;

#[cfg(feature = "ssr")]
pub use self::store::REQUEST_ACCEPT;

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::store::{RequestNotes, RequestReasons};
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    use axum::routing::{get, post};

    axum::Router::new()
        .route("/mine/{enterprise}", post(post::rights))
        .route("/mine/{enterprise}/copy.json", get(copy::download))
        .route("/e/{enterprise}/requests", post(post::requests))
}

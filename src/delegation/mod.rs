//! A representative (法定代表人) lends sight to a manager (管理员).
//!
//! The representative makes an invitation ([`managers_page`]); whoever opens it says who they are ([`join_page`]), or is verified by
//! an identity provider, and thereby asks for leave: they are nobody yet. The representative looks at who asks, chooses what they
//! may see, where and for how long ([`grant_page`]), and verifies themselves for exactly that ([`crate::account::step_up`]). A
//! grant is read on each request ([`right`]): it ends by the clock, by one tap, and with the representative who gave it.
//!
//! A manager whom a provider has verified signs in to their own account by that provider. One who only said who they are gets an
//! account of this enterprise alone, and a one-time link for it: a representative vouches for people before their own enterprise
//! and no other, or else whoever knows a number could make themselves a key to somebody else's enterprise.

pub mod api;
pub mod model;

pub mod grant_page;
pub mod join_page;
pub mod managers_page;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
pub mod command;
#[cfg(feature = "ssr")]
pub mod demo;
#[cfg(feature = "ssr")]
pub mod end;
#[cfg(feature = "ssr")]
pub mod join;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
pub mod right;
#[cfg(feature = "ssr")]
mod store;

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::store::Requests;
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new()
        .route("/e/{enterprise}/managers", axum::routing::post(post::make))
        .route("/join/{enterprise}/{token}", axum::routing::post(post::ask))
}

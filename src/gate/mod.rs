//! 通行码: what an employee shows at the gate, and what a guard sees of it.
//!
//! A declaration of today, as long as it is the person's latest, makes a pass ([`crate::declaration::receipt_page`]). Its QR code is an
//! address with a [`token`] that the enterprise signs, good for ten minutes and renewed by the page. Any phone's camera opens it: the
//! server checks it and shows to whom it belongs (`scan_view`). Where the gate has no line, the page that is handed to a guard
//! (`guard_view`, `/gate/{enterprise}`) checks it by itself, with the enterprise's public key; its script is `public/gate.js`, which asks the
//! server too where it can. Both are HTML that wakes nothing.
//! The key is made on first use, its private half sealed; an operator replaces it (`command`). [`gate_page`] is the representative's: the link for guards, and whom
//! employees can call.
//!
//! What a guard is told is a [`model::Verdict`], and nothing of the answers behind it. A token holds no name: a hash of a salt and the
//! masked name stands in it, and both stand behind the `#` of the address, which no browser sends to any server.

pub mod api;
pub mod gate_page;
pub mod model;
mod pass_browser;
pub mod pass_view;

#[cfg(feature = "ssr")]
pub mod answer;
#[cfg(feature = "ssr")]
pub mod command;
#[cfg(feature = "ssr")]
mod guard_view;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
mod route;
#[cfg(feature = "ssr")]
mod scan_view;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
pub mod token;

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::store::{Contacts, SigningKeys};
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    use axum::routing::get;

    axum::Router::new()
        .route("/g/{pass}", get(route::scanned))
        .route("/gate/{enterprise}", get(route::guard))
        .route("/e/{enterprise}/gate", axum::routing::post(post::post))
}

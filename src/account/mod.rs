//! Who is asking. A representative is enrolled by a one-time link and signs in with a passkey; an employee scans an
//! invitation, consents, says who they are once, and is remembered by a secret on their phone.
//!
//! Pages ask [`api`]; the claim form is a plain post ([`claim_post`]), so that a phone without JavaScript gets in. A passkey
//! ceremony has a half on the server ([`passkey`]) and one in the browser (`passkey_browser`). Identity providers verify
//! either of them by face ([`oidc`]). Who vouched for whom is a [`provider`]; who represents which enterprise is the operator's word ([`representative`], [`command`]).
//!
//! A signed-in person sees and ends their own sessions and passkeys (`own`); what weighs more asks them to verify themselves
//! once more, for exactly that ([`step_up`]).
//!
//! [`caller`] holds the only ways to be allowed anything: a `Tenant`, a `Viewer`, a `Scope` or an `Employee` cannot be made
//! elsewhere, and every store function takes one of them.

#[cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "a server function is asynchronous, whatever it does"))]
pub mod api;
pub mod model;

pub mod account_page;
pub mod claim_page;
pub mod enrol_page;
pub mod entry_page;
mod onward;
pub mod own_passkeys;
pub mod passkey_browser;
pub mod sign_in_page;
pub mod step_up_view;
pub mod stopped_page;
pub mod verify_again;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
pub mod caller;
#[cfg(feature = "ssr")]
pub mod claim;
#[cfg(feature = "ssr")]
pub mod claim_post;
#[cfg(feature = "ssr")]
pub mod command;
#[cfg(feature = "ssr")]
mod cookie;
#[cfg(feature = "ssr")]
pub mod data;
#[cfg(feature = "ssr")]
pub mod department;
#[cfg(feature = "ssr")]
pub mod devices;
#[cfg(feature = "ssr")]
pub mod employees;
#[cfg(feature = "ssr")]
pub mod notice;
#[cfg(feature = "ssr")]
pub mod oidc;
#[cfg(feature = "ssr")]
pub mod on_behalf;
#[cfg(feature = "ssr")]
pub mod own;
#[cfg(feature = "ssr")]
pub mod owner;
#[cfg(feature = "ssr")]
pub mod passkey;
#[cfg(feature = "ssr")]
pub mod provider;
#[cfg(feature = "ssr")]
mod refusal;
#[cfg(feature = "ssr")]
pub mod representative;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
pub mod sealed_person;
#[cfg(feature = "ssr")]
pub mod session;
#[cfg(feature = "ssr")]
pub mod sitting;
#[cfg(feature = "ssr")]
pub mod standing;
#[cfg(feature = "ssr")]
pub mod step_up;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
pub mod token;

#[cfg(feature = "ssr")]
pub use cookie::is_ours as is_our_cookie;

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::oidc::Flows;
    pub use super::store::{Ceremonies, Employees, PasskeyNames, Passkeys, Viewers};
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new()
        .route("/i/{code}", axum::routing::post(claim_post::claim_post))
        .route("/auth/start", axum::routing::get(oidc::route::start))
        .route("/auth/callback", axum::routing::get(oidc::route::callback))
}
